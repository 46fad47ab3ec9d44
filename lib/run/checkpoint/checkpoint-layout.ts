import { createHash } from 'node:crypto';

/** Numbers of a checkpoint, with the shape that they have for its owner. */
export interface CheckpointArray {
  readonly shape: readonly number[];
  readonly values: Float32Array | Float64Array | Int32Array | Uint8Array;
}

/** Lists of arrays by name. */
export type CheckpointArrays = Readonly<Record<string, readonly CheckpointArray[]>>;

/** What a checkpoint file holds. */
export interface CheckpointContent {
  /** Whose it is, e.g. 'training'. */
  readonly kind: string;
  /** Of the kind's state. */
  readonly version: number;
  readonly fingerprint: string;
  /** Plain data. */
  readonly state: unknown;
  readonly arrays: CheckpointArrays;
}

const MAGIC = 'modulab checkpoint, SHA-256 of what follows this line: ';
const DIGEST_LENGTH = 64;
/** Length of the first line with its end. */
const START = MAGIC.length + DIGEST_LENGTH + 1;

const KINDS = { Float32Array, Float64Array, Int32Array, Uint8Array };
type ArrayKind = keyof typeof KINDS;

interface Header extends Omit<CheckpointContent, 'arrays'> {
  readonly arrays: readonly { name: string; kind: ArrayKind; shape: readonly number[] }[];
}

/**
 * A checkpoint as bytes: a line with the SHA-256 of everything behind it, a line of JSON (readable with `head -2`), then
 * the arrays' values one after the other, little-endian.
 */
export function encodeCheckpoint({ arrays, ...about }: CheckpointContent): Buffer {
  const all = Object.entries(arrays).flatMap(([name, list]) => list.map((array) => ({ name, ...array })));
  const header: Header = {
    ...about,
    arrays: all.map(({ name, shape, values }) => ({ name, kind: kindOf(values), shape })),
  };
  const parts = [
    Buffer.from(`${JSON.stringify(header)}\n`),
    ...all.map(({ values }) => Buffer.from(values.buffer, values.byteOffset, values.byteLength)),
  ];
  const digest = createHash('sha256');
  for (const part of parts) digest.update(part);
  return Buffer.concat([Buffer.from(`${MAGIC}${digest.digest('hex')}\n`), ...parts]);
}

/** Not by the constructor's name: a Buffer is a Uint8Array. */
function kindOf(values: CheckpointArray['values']): ArrayKind {
  return (Object.keys(KINDS) as ArrayKind[]).find((kind) => values instanceof KINDS[kind])!;
}

/** What the bytes are instead of a whole checkpoint. */
export type NoCheckpoint = 'other' | 'earlier version' | 'damaged';

/** What {@link encodeCheckpoint} was given. Nothing but the first line is looked at before the digest has been found right. */
export function decodeCheckpoint(bytes: Buffer): CheckpointContent | NoCheckpoint {
  if (bytes.toString('latin1', 0, MAGIC.length) !== MAGIC) return whatElse(bytes);
  const body = bytes.subarray(START);
  const line = `${createHash('sha256').update(body).digest('hex')}\n`;
  if (bytes.toString('latin1', MAGIC.length, START) !== line) return 'damaged';
  const end = body.indexOf('\n');
  const { arrays: list, ...about } = JSON.parse(body.toString('utf8', 0, end)) as Header;
  const arrays: Record<string, CheckpointArray[]> = {};
  let offset = end + 1;
  for (const { name, kind, shape } of list) {
    const values = new KINDS[kind](shape.reduce((product, size) => product * size, 1));
    const target = Buffer.from(values.buffer);
    body.copy(target, 0, offset, (offset += target.length));
    (arrays[name] ??= []).push({ shape, values });
  }
  return { ...about, arrays };
}

/** Files that are no checkpoint of this layout: a checkpoint of before it, one whose first line was hit, or something else. */
function whatElse(bytes: Buffer): NoCheckpoint {
  const start = bytes.toString('latin1', 0, 4096);
  if (/"format": ?"modulab [^"]+"/.test(start) || start.startsWith('{"fingerprint":')) return 'earlier version';
  const first = start.slice(0, MAGIC.length);
  const alike = [...first].filter((letter, i) => letter === MAGIC[i]).length;
  return bytes.length > 0 && alike > 0.8 * first.length ? 'damaged' : 'other';
}

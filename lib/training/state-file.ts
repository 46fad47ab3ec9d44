import fs from 'node:fs/promises';
import * as tf from '../tf.js';
import { DataError, OptionError } from '../errors.js';
import { writeFileAtomically } from '../run/write-file.js';

/** What a state file says about itself; the rest of the header is its writer's. */
export interface StateHeader {
  readonly format: string;
  /** What must be the same for a run to go on: options, images and weights, as JSON. */
  readonly fingerprint: string;
}

/** Named lists of float32 tensors. */
export type StateParts = { readonly [part: string]: readonly tf.Tensor[] };

/**
 * Writes a run's state to one file: the length of the header, the header as JSON, then the tensors' values, float32,
 * little-endian, one after the other. A reader never sees half of it.
 */
export async function writeStateFile(file: string, header: StateHeader, parts: StateParts): Promise<void> {
  const entries = Object.entries(parts);
  const tensors = entries.flatMap(([part, list]) => list.map(({ shape }) => ({ part, shape })));
  const json = Buffer.from(JSON.stringify({ ...header, tensors }));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(json.length);
  const data: Buffer[] = [];
  for (const [, list] of entries) {
    for (const tensor of list) {
      const values = await tensor.data<'float32'>();
      data.push(Buffer.from(values.buffer, values.byteOffset, values.byteLength));
    }
  }
  writeFileAtomically(file, Buffer.concat([length, json, ...data]));
}

/**
 * Reads what {@link writeStateFile} wrote; null when the file is not there. The tensors are kept and the caller's.
 * @param expected format and fingerprint of the run that wants to go on; the fingerprint may depend on what the file says
 * @param what the kind of checkpoint, for messages
 * @throws DataError when the file is none of this format or cut short; OptionError when it belongs to another run
 */
export async function readStateFile<Header extends StateHeader>(
  file: string,
  expected: { readonly format: string; readonly fingerprint: string | ((header: Header) => string) },
  what: string,
): Promise<{ header: Header; parts: Record<string, tf.Tensor[]> } | null> {
  let bytes: Buffer;
  try {
    bytes = await fs.readFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  const header = parseHeader<Header>(file, bytes, expected.format, what);
  const fingerprint = typeof expected.fingerprint === 'string' ? expected.fingerprint : expected.fingerprint(header);
  if (header.fingerprint !== fingerprint) {
    throw new OptionError(
      `checkpoint: '${file}' belongs to a run with other options, images, layers or weights at its start. Name another file, or delete it to start afresh.\n` +
        `  there: ${header.fingerprint}\n  now:   ${fingerprint}`,
    );
  }
  let offset = 4 + bytes.readUInt32LE(0);
  const length = header.tensors.reduce((sum, { shape }) => sum + 4 * tf.util.sizeFromShape(shape), offset);
  if (bytes.length !== length) {
    throw new DataError(
      `checkpoint: '${file}' has ${bytes.length} bytes, expected ${length}. Delete it to start afresh.`,
    );
  }
  const parts: Record<string, tf.Tensor[]> = {};
  for (const { part, shape } of header.tensors) {
    const size = tf.util.sizeFromShape(shape);
    const values = new Float32Array(size);
    Buffer.from(values.buffer).set(bytes.subarray(offset, offset + 4 * size));
    offset += 4 * size;
    (parts[part] ??= []).push(tf.keep(tf.tensor(values, shape)));
  }
  return { header, parts };
}

function parseHeader<Header>(
  file: string,
  bytes: Buffer,
  format: string,
  what: string,
): Header & { tensors: { part: string; shape: number[] }[] } {
  try {
    const text = bytes.toString('utf8', 4, 4 + bytes.readUInt32LE(0));
    const header = JSON.parse(text) as Header & { format: string; tensors: { part: string; shape: number[] }[] };
    if (header.format === format) return header;
  } catch {
    /* reported below */
  }
  throw new DataError(
    `checkpoint: '${file}' (${bytes.length} bytes) is not a ${what} checkpoint. Name another file; it is left as it is.`,
  );
}

import fs from 'node:fs';
import { DataError, OptionError } from '../../errors.js';
import { writeFileAtomically } from '../../run/write-file.js';
import type { ActiveNodes } from '../../surgery/nodes/node-activity.js';
import type { ObservedClass } from './class-activity.js';

const FORMAT = 'modulab decompose checkpoint 1';

interface Header {
  readonly format: typeof FORMAT;
  readonly fingerprint: string;
  /** Layer and nodes, in the order of the bits. */
  readonly layers: readonly (readonly [string, number])[];
  /** Positives of each class that was observed. */
  readonly nPos: readonly number[];
}

/**
 * Writes the classes observed so far: the length of the header, the header as JSON, then for every class the bits of its
 * positives and of its negatives, layer by layer, each layer rounded up to bytes.
 */
export function writeActivityCheckpoint(file: string, fingerprint: string, classes: readonly ObservedClass[]): void {
  const layers = Object.entries(classes[0].positives).map(([layer, { length }]) => [layer, length] as const);
  const header: Header = { format: FORMAT, fingerprint, layers, nPos: classes.map(({ nPos }) => nPos) };
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(json.length);
  const bits = classes.flatMap(({ positives, negatives }) =>
    [positives, negatives].flatMap((active) => layers.map(([layer]) => active[layer].bytes)),
  );
  writeFileAtomically(file, Buffer.concat([length, json, ...bits]));
}

/**
 * Reads what {@link writeActivityCheckpoint} wrote; null when the file is not there.
 * @throws DataError when the file is no such checkpoint or cut short; OptionError when it belongs to other images or another model
 */
export function readActivityCheckpoint(file: string, fingerprint: string): ObservedClass[] | null {
  if (!fs.existsSync(file)) return null;
  const bytes = fs.readFileSync(file);
  const header = parseHeader(file, bytes);
  if (header.fingerprint !== fingerprint) {
    throw new OptionError(
      `checkpoint: '${file}' belongs to another model, other images or other numbers of them. Name another file, or delete it to ` +
        `start afresh.\n  there: ${header.fingerprint}\n  now:   ${fingerprint}`,
    );
  }
  let offset = 4 + bytes.readUInt32LE(0);
  const perSide = header.layers.reduce((sum, [, nodes]) => sum + Math.ceil(nodes / 8), 0);
  const expected = offset + 2 * perSide * header.nPos.length;
  if (bytes.length !== expected) {
    throw new DataError(
      `checkpoint: '${file}' has ${bytes.length} bytes, expected ${expected}. Delete it to start afresh.`,
    );
  }
  const read = (): ActiveNodes =>
    Object.fromEntries(
      header.layers.map(([layer, length]) => {
        const end = offset + Math.ceil(length / 8);
        const set = { length, bytes: Uint8Array.from(bytes.subarray(offset, end)) };
        offset = end;
        return [layer, set];
      }),
    );
  return header.nPos.map((nPos) => ({ nPos, positives: read(), negatives: read() }));
}

function parseHeader(file: string, bytes: Buffer): Header {
  try {
    const header = JSON.parse(bytes.toString('utf8', 4, 4 + bytes.readUInt32LE(0))) as Header;
    if (header.format === FORMAT) return header;
  } catch {
    /* reported below */
  }
  throw new DataError(
    `checkpoint: '${file}' (${bytes.length} bytes) is not a decompose checkpoint. Name another file; it is left as it is.`,
  );
}

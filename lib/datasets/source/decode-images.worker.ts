import { workerData } from 'piscina';
import { DataError, OptionError } from '../../errors.js';
import { openTree } from '../files/open-tree.js';
import { type PixelOptions, readPicture } from '../folder/read-picture.js';

/** What every worker is told once. */
export interface DecodeWorkerData {
  /** The folder or archive. */
  readonly root: string;
  readonly pixels: PixelOptions;
  readonly size: readonly [number, number];
}

/** Pictures to decode into shared memory, one after the other. */
export interface DecodeTask {
  readonly files: readonly string[];
  readonly target: SharedArrayBuffer;
  /** First byte of the first picture. */
  readonly offset: number;
}

/** What was done to the pictures, and what is wrong with one: errors lose their class between threads. */
export interface DecodeResult {
  readonly changes: readonly (readonly string[])[];
  readonly error?: { readonly kind: 'DataError' | 'OptionError'; readonly message: string };
}

const { root, pixels, size } = workerData as DecodeWorkerData;
const tree = openTree(root);

export default async function decodeImages({ files, target, offset }: DecodeTask): Promise<DecodeResult> {
  const changes: (readonly string[])[] = [];
  const imageBytes = size[0] * size[1] * pixels.channels;
  try {
    for (const [i, file] of files.entries()) {
      const picture = await readPicture(await tree, file, pixels, size);
      new Uint8Array(target, offset + i * imageBytes, imageBytes).set(picture.pixels);
      changes.push(picture.changes);
    }
    return { changes };
  } catch (error) {
    if (error instanceof DataError) return { changes, error: { kind: 'DataError', message: error.message } };
    if (error instanceof OptionError) return { changes, error: { kind: 'OptionError', message: error.message } };
    throw error;
  }
}

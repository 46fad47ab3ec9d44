import { constants } from 'node:buffer';
import { interruption } from '../../engine/interruption.js';
import { DataError, InterruptedError } from '../../errors.js';
import type { RunOptions } from '../../run/options.js';
import { ProgressMeter } from '../../run/progress.js';
import type { ImageSet } from '../dataset.js';
import { sha256Of } from '../files/data-file.js';
import type { FileTree } from '../files/file-tree.js';
import { usualNormalisation } from '../images/grey.js';
import type { ListedImage } from './list-images.js';
import { type Picture, type PixelOptions, readPicture } from './read-picture.js';
import type { Tally } from './tally.js';

/**
 * Reads and decodes pictures into one set.
 * @param expected the size they must have, where the options have none; default: that of the first
 * @returns the set, the size, and the SHA-256 over the list of files and their SHA-256
 * @throws DataError when a file is damaged or of another size, InterruptedError on `signal`
 */
export async function readImages(
  tree: FileTree,
  images: readonly ListedImage[],
  classNames: readonly string[],
  options: PixelOptions,
  changed: Tally,
  run: Pick<RunOptions, 'onProgress' | 'signal'>,
  expected?: readonly [number, number],
): Promise<{ set: ImageSet; size: readonly [number, number]; sha256: string }> {
  const stopped = interruption(run.signal);
  const meter = new ProgressMeter(run.onProgress, 'read images', images.length, 'images');
  const labelOf = new Map(classNames.map((className, label) => [className, label]));
  const labels = new Int32Array(images.length);
  const sums: string[] = [];
  let pixels = new Uint8Array(0);
  let target = options.size ?? expected;
  for (const [i, { file, name, className }] of images.entries()) {
    if (stopped()) throw new InterruptedError(`Reading stopped after ${i} of ${images.length} images.`);
    const picture = await readPicture(tree, file, options, target);
    target ??= picture.size;
    if (i === 0) pixels = roomFor(images.length, picture, options.channels);
    pixels.set(picture.pixels, i * picture.pixels.length);
    labels[i] = labelOf.get(className) ?? -1;
    sums.push(`${name} ${picture.sha256}`);
    for (const change of picture.changes) changed.add(change, name);
    meter.update(i + 1);
  }
  const [height, width] = target ?? [0, 0];
  const { channels } = options;
  return {
    set: {
      pixels,
      labels,
      imageShape: [height, width, channels],
      classNames,
      normalisation: usualNormalisation(channels),
    },
    size: [height, width],
    sha256: sha256Of(Buffer.from(sums.join('\n'))),
  };
}

/** @throws DataError where so many pictures are more than the memory holds */
function roomFor(count: number, { pixels, size }: Picture, channels: number): Uint8Array<ArrayBuffer> {
  const bytes = count * pixels.length;
  const most = Math.min(process.availableMemory(), constants.MAX_LENGTH);
  const fail = (cause?: unknown): never => {
    throw new DataError(
      `${count} images of ${[...size, channels].join('×')} take ${(bytes / 1e9).toFixed(1)} GB at once, and there is room for ` +
        `${(most / 1e9).toFixed(1)}. Let them be read when they are needed (imageFolderSource), or take fewer (--per-class 100) or smaller ones.`,
      { cause },
    );
  };
  if (bytes > most) return fail();
  try {
    return new Uint8Array(bytes);
  } catch (cause) {
    return fail(cause);
  }
}

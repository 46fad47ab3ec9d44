import { DataError, InterruptedError } from '../../errors.js';
import { interruption } from '../../engine/interruption.js';
import type { RunOptions } from '../../run/options.js';
import { ProgressMeter } from '../../run/progress.js';
import { sha256Of } from '../files/data-file.js';
import { IMAGENET_NORMALISATION, type ImageSet } from '../dataset.js';
import type { FileTree } from '../files/file-tree.js';
import { decodeImage } from '../images/decode-image.js';
import { greyNormalisation, greyOf } from '../images/grey.js';
import { fitImage, type ImageFit } from '../images/fit-image.js';
import type { ListedImage } from './list-images.js';
import type { Tally } from './tally.js';

/** What the pixels become. */
export interface PixelOptions {
  /** Height and width to resize to; null: as they are, all of one size. */
  readonly size: readonly [height: number, width: number] | null;
  readonly channels: 1 | 3;
  readonly fit: ImageFit;
}

/**
 * Reads and decodes pictures into one set.
 * @param size they must have, where `pixels.size` is null; default: that of the first
 * @returns the set, the size, and the SHA-256 over the list of files and their SHA-256
 * @throws DataError when a file is damaged or of another size, InterruptedError on `signal`
 */
export async function readImages(
  tree: FileTree,
  images: readonly ListedImage[],
  classNames: readonly string[],
  { size, channels, fit }: PixelOptions,
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
  let target = size ?? expected;
  for (const [i, { file, name, className }] of images.entries()) {
    if (stopped()) throw new InterruptedError(`Reading stopped after ${i} of ${images.length} images.`);
    const { path, bytes, sha256 } = await tree.read(file);
    const image = await decodeImage(path, bytes);
    target ??= [image.height, image.width];
    const [height, width] = target;
    if (!size && (image.height !== height || image.width !== width)) {
      throw new DataError(
        `${path}: expected ${height}×${width} pixels as in the images before it, got ${image.height}×${image.width}. Give a ` +
          `size ({ size: ${height} }) to resize all images.`,
      );
    }
    const decoded = channels === 1 ? greyOf(image.pixels) : image.pixels;
    const imageBytes = height * width * channels;
    if (i === 0) pixels = new Uint8Array(images.length * imageBytes);
    pixels.set(fitImage(decoded, [image.height, image.width, channels], target, fit), i * imageBytes);
    labels[i] = labelOf.get(className) ?? -1;
    sums.push(`${name} ${sha256}`);
    for (const change of image.changes) changed.add(change, name);
    meter.update(i + 1);
  }
  const [height, width] = target ?? [0, 0];
  return {
    set: {
      pixels,
      labels,
      imageShape: [height, width, channels],
      classNames,
      normalisation: channels === 1 ? greyNormalisation(IMAGENET_NORMALISATION) : IMAGENET_NORMALISATION,
    },
    size: [height, width],
    sha256: sha256Of(Buffer.from(sums.join('\n'))),
  };
}

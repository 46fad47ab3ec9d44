import { OptionError } from '../../errors.js';
import type { ImageSet } from '../dataset.js';

/**
 * Labelled images that are read and decoded when they are asked for, for sets that are larger than the memory. `fit`,
 * `evaluate`, `predictScores` and `sourceBatches` take one; whatever needs all pixels at once takes an `ImageSet`, which
 * {@link inMemory} makes of it or of a part of it.
 */
export interface ImageSource extends Pick<ImageSet, 'labels' | 'imageShape' | 'classNames' | 'normalisation'> {
  /** SHA-256 of the list of images, their labels and what is done to them. Files that change under their names keep it. */
  readonly digest: string;
  /**
   * The bytes of the images at the given positions, NHWC, in that order; a position may come more than once.
   * @throws DataError when a file is damaged, OptionError when a position is outside the set
   */
  read(positions: ArrayLike<number>): Promise<Uint8Array>;
}

/** Whether images are read when they are asked for. */
export const isImageSource = (images: object): images is ImageSource =>
  typeof (images as Partial<ImageSource>).read === 'function';

/** Images that are read at a time. */
const PORTION = 256;

/**
 * Reads images of a source into memory.
 * @param positions which, in that order; default: all
 * @returns a set of `positions.length · height · width · channels` bytes
 * @throws OptionError when they are more than an array can hold, or a position is outside the set; DataError as `read`
 * @example
 * const photos = await imageFolderSource('photos', { size: 224 });
 * const small = await inMemory(photos.train, firstPerClass(photos.train, 100));
 */
export async function inMemory(source: ImageSource, positions?: ArrayLike<number>): Promise<ImageSet> {
  const { labels, imageShape, classNames, normalisation } = source;
  const chosen = positions ? Int32Array.from(positions) : Int32Array.from(labels.keys());
  const size = imageShape[0] * imageShape[1] * imageShape[2];
  let pixels: Uint8Array;
  try {
    pixels = new Uint8Array(chosen.length * size);
  } catch (cause) {
    const gigabytes = ((chosen.length * size) / 1e9).toFixed(1);
    throw new OptionError(
      `inMemory: ${chosen.length} images of ${imageShape.join('×')} are ${gigabytes} GB, more than an array holds. Take a part: ` +
        'inMemory(source, firstPerClass(source, 100)).',
      { cause },
    );
  }
  for (let start = 0; start < chosen.length; start += PORTION) {
    pixels.set(await source.read(chosen.subarray(start, start + PORTION)), start * size);
  }
  return { pixels, labels: chosen.map((i) => labels[i]!), imageShape, classNames, normalisation };
}

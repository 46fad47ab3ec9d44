import { DataError } from '../../errors.js';
import type { FileTree } from '../files/file-tree.js';
import { decodeImage } from '../images/decode-image.js';
import { fitImage, type ImageFit } from '../images/fit-image.js';
import { greyOf } from '../images/grey.js';

/** What the pixels become. */
export interface PixelOptions {
  /** Height and width to resize to; null: as they are, all of one size. */
  readonly size: readonly [height: number, width: number] | null;
  readonly channels: 1 | 3;
  readonly fit: ImageFit;
}

/** A picture as a set has it. */
export interface Picture {
  readonly size: readonly [height: number, width: number];
  /** height · width · channels bytes. */
  readonly pixels: Uint8Array;
  readonly sha256: string;
  /** What was done to it, in the words of a report. */
  readonly changes: readonly string[];
}

/**
 * Reads a picture, upright, in the wanted channels and size.
 * @param expected the size it must have, where the options have none; default: its own
 * @throws DataError when it is damaged or of another size
 */
export async function readPicture(
  tree: FileTree,
  file: string,
  { size, channels, fit }: PixelOptions,
  expected?: readonly [number, number],
): Promise<Picture> {
  const { path, bytes, sha256 } = await tree.read(file);
  const image = await decodeImage(path, bytes);
  const target = size ?? expected ?? ([image.height, image.width] as const);
  if (!size && (image.height !== target[0] || image.width !== target[1])) {
    throw new DataError(
      `${path}: expected ${target[0]}×${target[1]} pixels as in the images before it, got ${image.height}×${image.width}. Give a ` +
        `size ({ size: ${target[0]} }) to resize all images.`,
    );
  }
  const values = channels === 1 ? greyOf(image.pixels) : image.pixels;
  const pixels = fitImage(values, [image.height, image.width, channels], target, fit);
  return { size: target, pixels, sha256, changes: image.changes };
}

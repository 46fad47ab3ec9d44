import path from 'node:path';
import { DataError, OptionError } from '../errors.js';
import { type ImageSet } from './dataset.js';
import { findDataFile, isFolder, readDataFile } from './files/data-file.js';
import { decodeImage } from './images/decode-image.js';
import { hasImageName } from './images/image-format.js';
import { resizeImage } from './resize.js';

/** What the labels of a set of object masks stand for. */
export const MASK_CLASSES = ['all object', 'masked'] as const;

/**
 * Object masks as a set of grey images, so that `subset`, `splitTrainValidation` and augmentation treat them like the
 * images they belong to: 255 where the object is, 0 in the background. An image without a mask counts as all object
 * (spec doctor §7); its label is 0, that of the others 1.
 * @param masks one per image: height · width bytes of 0–255, or null
 */
export function objectMaskSet(
  masks: readonly (Uint8Array | null)[],
  [height, width]: readonly [number, number],
): ImageSet {
  const pixels = new Uint8Array(masks.length * height * width).fill(255);
  masks.forEach((mask, i) => {
    if (!mask) return;
    if (mask.length !== height * width) {
      throw new OptionError(
        `objectMaskSet, mask ${i}: expected ${height}×${width} = ${height * width} bytes, got ${mask.length}.`,
      );
    }
    pixels.set(mask, i * height * width);
  });
  return {
    pixels,
    labels: Int32Array.from(masks, (mask) => (mask ? 1 : 0)),
    imageShape: [height, width, 1],
    classNames: MASK_CLASSES,
    normalisation: { mean: [0], std: [1] },
  };
}

/**
 * Reads object masks from PNG files that are named as their images (spec doctor §7): white (≥ 128) is object, black
 * background. An image whose file is not there counts as all object.
 * @param folder where the masks are
 * @param names one per image, its extension replaced by `.png`: `imageFileNames(…)` for a folder of images, or numbers
 * @param size [height, width] of the images; masks of another size are resized
 * @throws DataError when the folder is not there, has no mask for any of the images, or a file cannot be decoded
 */
export async function readObjectMasks(
  folder: string,
  names: readonly string[],
  size: readonly [number, number],
): Promise<ImageSet> {
  if (!(await isFolder(folder))) {
    throw new DataError(`object masks: expected a folder of PNG files at '${folder}', there is none.`);
  }
  const masks: (Uint8Array | null)[] = [];
  for (const name of names) {
    const file = `${withoutImageExtension(name)}.png`;
    const found = await findDataFile(folder, file);
    masks.push(found ? await readMask(found, size) : null);
  }
  if (masks.every((mask) => mask === null)) {
    throw new DataError(
      `object masks: '${folder}' has no file for any of ${names.length} images; the first was to be ` +
        `'${path.join(folder, withoutImageExtension(names[0] ?? '') + '.png')}'. Name masks as the images.`,
    );
  }
  return objectMaskSet(masks, size);
}

const withoutImageExtension = (name: string): string => (hasImageName(name) ? name.replace(/\.[^.]*$/, '') : name);

async function readMask(found: string, size: readonly [number, number]): Promise<Uint8Array> {
  const { bytes, path: file } = await readDataFile(found);
  const { pixels, height, width } = await decodeImage(file, bytes);
  const grey = new Uint8Array(height * width);
  for (let i = 0; i < grey.length; i++) grey[i] = Math.max(...pixels.subarray(3 * i, 3 * i + 3)) >= 128 ? 255 : 0;
  return resizeImage(grey, [height, width, 1], size).map((value) => (value >= 128 ? 255 : 0));
}

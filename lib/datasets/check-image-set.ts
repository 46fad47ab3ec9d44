import { types } from 'node:util';
import { OptionError } from '../errors.js';
import { type ImageSet } from './dataset.js';
import { type ImageSource, isImageSource } from './source/image-source.js';

/** Bytes of one image of the set. */
export function imageBytes(set: ImageSet): number {
  return set.imageShape[0] * set.imageShape[1] * set.imageShape[2];
}

/** @throws OptionError when the pixels are no bytes, or not as many as the labels and the image shape ask for */
export function checkPixels(set: ImageSet): void {
  const { pixels, labels, imageShape } = set;
  if (isImageSource(set)) {
    throw new OptionError(
      'This needs the pixels of all images at once, and got a source that reads them as they are asked for. Take them, or a part, ' +
        'into memory: await inMemory(source, firstPerClass(source, 100)).',
    );
  }
  if (!types.isUint8Array(pixels)) {
    const got = (pixels as object | undefined)?.constructor.name ?? String(pixels);
    throw new OptionError(
      `image set, pixels: expected a Uint8Array of values from 0 to 255, got ${got}. Scale values from 0 to 1 by 255 first.`,
    );
  }
  const expected = labels.length * imageBytes(set);
  if (pixels.length !== expected) {
    throw new OptionError(
      `image set, pixels: expected ${expected} bytes for ${labels.length} images of ${imageShape.join('×')}, got ` +
        `${pixels.length}.`,
    );
  }
}

/** @throws OptionError when the position is no whole number within the set */
export function checkPosition(set: Pick<ImageSet, 'labels'>, position: number): void {
  if (!Number.isInteger(position) || position < 0 || position >= set.labels.length) {
    throw new OptionError(
      `image position: expected a whole number from 0 to ${set.labels.length - 1}, got ${position}.`,
    );
  }
}

/** @throws OptionError when the label at the position is not the number of a class */
export function checkLabel({ labels, classNames }: Pick<ImageSet, 'labels' | 'classNames'>, position: number): void {
  const label = labels[position];
  if (label === undefined || !Number.isInteger(label) || label < 0 || label >= classNames.length) {
    throw new OptionError(
      `image set, labels: expected class numbers from 0 to ${classNames.length - 1}, got ${label} for image ${position}.`,
    );
  }
}

/**
 * Refuses two classes of one name: modules, rows and scores go by the name, so that one of them would be lost.
 * @param what whose classes they are, for the message
 * @throws OptionError naming the class
 */
export function checkClassNames(what: string, classNames: readonly string[]): void {
  const twice = classNames.findIndex((name, i) => classNames.indexOf(name) !== i);
  const same = classNames[twice];
  if (same === undefined) return;
  const name = JSON.stringify(same);
  throw new OptionError(
    `${what}: classes ${classNames.indexOf(same)} and ${twice} are both called ${name}. Give every class a name of ` +
      'its own (withClassNames).',
  );
}

/**
 * Checks what a caller built by hand: as many bytes as images, a class for every label, and a name of its own for every
 * class.
 * @throws OptionError saying what does not fit
 */
export function checkImageSet(set: ImageSet | ImageSource): void {
  checkClassNames('image set, classNames', set.classNames);
  if (!isImageSource(set)) checkPixels(set);
  for (let i = 0; i < set.labels.length; i++) checkLabel(set, i);
}

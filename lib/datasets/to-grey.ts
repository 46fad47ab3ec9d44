import { checkPixels } from './check-image-set.js';
import type { ImageSet } from './dataset.js';
import { greyNormalisation, greyOf } from './images/grey.js';

/**
 * A set of colour images as one of their luminance (ITU-R BT.601), with mean and deviation weighted likewise; a set of one
 * channel stays as it is.
 * @throws OptionError when the set's pixels do not fit
 * @example
 * const grey = datasets.toGrey(data.train); // 64×64×3 becomes 64×64×1
 */
export function toGrey(set: ImageSet): ImageSet {
  checkPixels(set);
  if (set.imageShape[2] === 1) return set;
  return {
    ...set,
    pixels: greyOf(set.pixels),
    imageShape: [set.imageShape[0], set.imageShape[1], 1],
    normalisation: greyNormalisation(set.normalisation),
  };
}

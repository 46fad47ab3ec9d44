import { DataError, OptionError } from '../../errors.js';
import { seedStream } from '../../run/mt19937.js';
import type { ListedImage } from './list-images.js';

/**
 * Draws a share of every class to test on, at least one image and never all of them; the order of files stays.
 * @param share above 0 and below 1
 * @throws OptionError for another share, DataError when a class has a single image
 */
export function drawTestImages(
  classes: ReadonlyMap<string, readonly ListedImage[]>,
  share: number,
  seed: number,
): { train: Map<string, ListedImage[]>; test: Map<string, ListedImage[]> } {
  if (!(share > 0 && share < 1)) {
    throw new OptionError(`imageFolder: expected testShare between 0 and 1, such as 0.2, got ${share}.`);
  }
  const train = new Map<string, ListedImage[]>();
  const test = new Map<string, ListedImage[]>();
  for (const [className, images] of classes) {
    if (images.length < 2) {
      throw new DataError(
        `class ${className}: expected at least 2 images, one to train and one to test on, got ${images.length}.`,
      );
    }
    const count = Math.min(Math.max(Math.round(images.length * share), 1), images.length - 1);
    const order = seedStream(seed, `image-folder/test/${className}`).permutation(images.length);
    const drawn = new Set(order.subarray(0, count));
    train.set(
      className,
      images.filter((_, i) => !drawn.has(i)),
    );
    test.set(
      className,
      images.filter((_, i) => drawn.has(i)),
    );
  }
  return { train, test };
}

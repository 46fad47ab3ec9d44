import { OptionError } from '../../errors.js';
import { drawOfClass } from '../draw-of-class.js';
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
    const about = { purpose: `image-folder/test/${className}`, where: `class ${className}` };
    const drawn = drawOfClass(images.length, { share, seed, ...about });
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

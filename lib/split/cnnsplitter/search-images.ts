import type { ImageSet } from '../../datasets/dataset.js';
import { interleaveClasses, subset } from '../../datasets/subset.js';
import type * as tf from '../../tf.js';
import { requireFittingImages, requireLogits } from '../../training/check-images.js';
import { type DividedImages, divideImages } from '../divide-images.js';
import type { CnnSplitterOptions, CnnSplitterSettings } from './options.js';

/**
 * The images of a split by what they are for, checked; those of the search in an order whose every beginning has all
 * classes alike.
 * @throws OptionError when images do not fit the model, or a class has too few; ModelError when it puts out no logits
 */
export function imagesOfSplit(
  strong: tf.LayersModel,
  images: ImageSet,
  settings: CnnSplitterSettings,
  options: Pick<CnnSplitterOptions, 'seed' | 'heldOutImages' | 'finishImages' | 'importanceImages'>,
): DividedImages {
  const { seed = 0, heldOutImages, finishImages, importanceImages } = options;
  requireLogits('split', strong);
  requireFittingImages('split', strong, images);
  for (const [name, set] of Object.entries({ heldOutImages, finishImages, importanceImages })) {
    if (set) requireFittingImages(`split, ${name}`, strong, set, images);
  }
  const parts = divideImages(
    images,
    {
      heldOut: heldOutImages ? 0 : settings.heldOutPerClass,
      finish: finishImages || !settings.finish ? 0 : settings.finishPerClass,
      search: settings.imagesPerClass,
    },
    seed,
  );
  return {
    search: subset(parts.search, interleaveClasses(parts.search)),
    finish: finishImages ?? parts.finish,
    heldOut: heldOutImages ?? parts.heldOut,
  };
}

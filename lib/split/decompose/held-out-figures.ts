import { passOver } from '../../datasets/pass-over.js';
import type { ImageSet } from '../../datasets/dataset.js';
import { marginsOf } from '../../surgery/nodes/module-margins.js';
import { accuracyOfScores } from '../../surgery/modules/module-scores.js';
import type { DecomposedModule } from '../../surgery/nodes/node-module.js';
import { createSharedPasses } from '../../surgery/nodes/shared-passes.js';
import type * as tf from '../../tf.js';
import { evaluate } from '../../training/evaluate.js';
import type { HeldOutFigures } from '../held-out.js';

/**
 * Accuracy of the model and of its modules side by side, by their margins (spec decompose §3.1).
 * @param modules one per class, in the order of the labels
 * @param check called before every batch; throws to stop
 */
export async function heldOutFigures(
  strong: tf.LayersModel,
  modules: readonly DecomposedModule[],
  images: ImageSet,
  signal: AbortSignal | undefined,
  check: () => void,
): Promise<HeldOutFigures> {
  const { labels } = images;
  const width = modules.length;
  const margins = new Float32Array(labels.length * width);
  const passes = createSharedPasses(strong, modules);
  try {
    await passOver(images, { task: 'held-out images', check }, ({ x, indices }) => {
      const { features, passOf } = passes.run(x);
      modules.forEach((module, m) => {
        const own = marginsOf(module, features);
        indices.forEach((image, row) => (margins[image * width + m] = own[passOf[row * width + m]]));
      });
    });
  } finally {
    passes.dispose();
  }
  return {
    images: labels.length,
    strongAccuracy: (await evaluate(strong, images, { signal })).accuracy,
    composedAccuracy: accuracyOfScores(margins, labels, width),
  };
}

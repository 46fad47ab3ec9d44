import type { ImageSet } from '../../datasets/dataset.js';
import { outputKind } from '../../models/output-kind.js';
import { checkOption, wholeNumber } from '../../run/check-options.js';
import type * as tf from '../../tf.js';
import { type EvaluateOptions, predictScores } from '../../training/evaluate.js';

/**
 * Positions of the images of every class that the model is right about with the lowest probability, in the order of the set; of
 * equals the earlier. (The authors' low-confidence sets prefer wrong images (spec doctor §3), which cannot be turned wrong.)
 * @param perClass fewer where a class has fewer right images
 */
export async function leastConfident(
  model: tf.LayersModel,
  set: ImageSet,
  perClass: number,
  options: EvaluateOptions,
): Promise<number[]> {
  checkOption('leastConfidentPerClass', perClass, wholeNumber());
  const { scores, classes } = await predictScores(model, set, { ...options, task: 'probe: confidence' });
  const logits = outputKind(model) === 'logits';
  const confidence = Array.from(set.labels, (label, i) => {
    const row = scores.subarray(i * classes, (i + 1) * classes);
    const largest = Math.max(...row);
    if (row.indexOf(largest) !== label) return null;
    return logits ? 1 / row.reduce((sum, z) => sum + Math.exp(z - largest), 0) : largest;
  });
  return set.classNames
    .flatMap((_, c) =>
      Array.from(set.labels.keys())
        .filter((i) => set.labels[i] === c && confidence[i] !== null)
        .sort((a, b) => confidence[a]! - confidence[b]! || a - b)
        .slice(0, perClass),
    )
    .sort((a, b) => a - b);
}

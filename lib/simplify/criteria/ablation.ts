import { fullSelection } from '../../surgery/trace/kernel-selection.js';
import { tieSelection } from '../../surgery/trace/trace.js';
import type * as tf from '../../tf.js';
import { predictScores } from '../../training/evaluate.js';
import type { RelevanceCriterion } from '../criterion.js';

/**
 * Rise of the mean cross-entropy on the sample when the unit alone is removed (spec progressive §4.1, where it is the
 * drop of a score; the loss tells kernels apart that change no decision). Not the paper's.
 */
export const ablation: RelevanceCriterion = {
  id: 'ablation',
  label: 'rise of the loss without it',
  async score({ group, extractor, images, check }) {
    const scores = new Float64Array(group.units.length);
    for (const [unit, { members }] of group.units.entries()) {
      check();
      const selection = fullSelection(extractor.trace);
      for (const { layer, kernel } of members) selection[layer][kernel] = 0;
      const compiled = extractor.compile(tieSelection(extractor.trace, selection));
      try {
        const classifier = { classNames: images.classNames, predict: (x: tf.Tensor4D) => compiled.predict(x) };
        const { scores: logits, classes } = await predictScores(classifier, images);
        scores[unit] = meanCrossEntropy(logits, classes, images.labels);
      } finally {
        compiled.dispose();
      }
    }
    return scores;
  },
};

function meanCrossEntropy(logits: Float32Array, classes: number, labels: Int32Array): number {
  let sum = 0;
  labels.forEach((label, i) => {
    const row = logits.subarray(i * classes, (i + 1) * classes);
    const top = Math.max(...row);
    sum += top + Math.log(row.reduce((total, z) => total + Math.exp(z - top), 0)) - row[label];
  });
  return sum / labels.length;
}

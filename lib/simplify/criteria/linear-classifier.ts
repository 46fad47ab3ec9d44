import type { RelevanceCriterion } from '../criterion.js';

const STEPS = 300;
const LEARNING_RATE = 0.5;
const WEIGHT_DECAY = 1e-3;

/**
 * Weight of a unit in a linear softmax classifier on the standardised pooled activations: the root of the sum of its
 * squared weights over the classes (spec progressive §4.1, 'a simple classifier on pooled activations'; not the
 * paper's). The classifier is learned by full-batch gradient descent with a small decay from zero, so it needs no seed.
 */
export const linearClassifier: RelevanceCriterion = {
  id: 'linearClassifier',
  label: 'weight in a linear classifier',
  async score(context) {
    const { mean, units, labels } = await context.pooledActivations();
    const x = standardised(mean, units);
    const classes = Math.max(...labels) + 1;
    const images = labels.length;
    const weights = new Float64Array(units * classes);
    const bias = new Float64Array(classes);
    const residual = new Float64Array(images * classes);
    const gradient = new Float64Array(units * classes);
    // Below 1 / the largest curvature, about units / 2, whatever the width.
    const rate = LEARNING_RATE / Math.max(1, units / 8);
    for (let step = 0; step < STEPS; step++) {
      if (step % 20 === 0) {
        context.check();
        await new Promise(setImmediate);
      }
      gradient.fill(0);
      const biasGradient = new Float64Array(classes);
      for (let i = 0; i < images; i++) {
        const row = residual.subarray(i * classes, (i + 1) * classes);
        row.set(bias);
        for (let u = 0; u < units; u++) {
          const value = x[i * units + u];
          for (let c = 0; c < classes; c++) row[c] += value * weights[u * classes + c];
        }
        const top = Math.max(...row);
        let sum = 0;
        for (let c = 0; c < classes; c++) sum += row[c] = Math.exp(row[c] - top);
        for (let c = 0; c < classes; c++) row[c] = row[c] / sum - (c === labels[i] ? 1 : 0);
        for (let u = 0; u < units; u++) {
          const value = x[i * units + u];
          for (let c = 0; c < classes; c++) gradient[u * classes + c] += value * row[c];
        }
        for (let c = 0; c < classes; c++) biasGradient[c] += row[c];
      }
      for (let j = 0; j < weights.length; j++) weights[j] -= rate * (gradient[j] / images + WEIGHT_DECAY * weights[j]);
      for (let c = 0; c < classes; c++) bias[c] -= (rate * biasGradient[c]) / images;
    }
    return Float64Array.from({ length: units }, (_, u) =>
      Math.sqrt(weights.subarray(u * classes, (u + 1) * classes).reduce((sum, w) => sum + w * w, 0)),
    );
  },
};

/** Columns with mean 0 and deviation 1; a constant column becomes 0. */
function standardised(values: Float32Array, units: number): Float64Array {
  const images = values.length / units;
  const result = Float64Array.from(values);
  for (let u = 0; u < units; u++) {
    let sum = 0;
    for (let i = 0; i < images; i++) sum += values[i * units + u];
    const mean = sum / images;
    let squares = 0;
    for (let i = 0; i < images; i++) squares += (values[i * units + u] - mean) ** 2;
    const deviation = Math.sqrt(squares / images);
    for (let i = 0; i < images; i++) {
      result[i * units + u] = deviation > 1e-6 ? (values[i * units + u] - mean) / deviation : 0;
    }
  }
  return result;
}

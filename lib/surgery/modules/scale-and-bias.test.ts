import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { openBackend } from '../../backend/open-backend.js';
import { ModelError } from '../../errors.js';
import { seedStream } from '../../run/mt19937.js';
import * as tf from '../../tf.js';
import { foldScaleAndBias, takesScaleAndBias } from './fold-scale-and-bias.js';
import { accuracyOfScores } from './module-scores.js';
import { fitScaleAndBias } from './scale-and-bias.js';
import { solveSymmetric } from './solve-symmetric.js';

before(async () => {
  await openBackend({ quiet: true });
});

test('a symmetric system is solved; directions that nothing is known of stay finite', () => {
  const a = [
    [4, 2, 0],
    [2, 3, 1],
    [0, 1, 2],
  ].map((row) => Float64Array.from(row));
  const x = solveSymmetric(a, Float64Array.of(2, 5, 5));
  a.forEach((row, i) => assert.ok(Math.abs(row.reduce((sum, v, j) => sum + v * x[j], 0) - [2, 5, 5][i]) < 1e-6));
  const flat = solveSymmetric([Float64Array.of(1, 1), Float64Array.of(1, 1)], Float64Array.of(1, 1));
  assert.ok(Math.abs(flat[0] + flat[1] - 1) < 1e-6);
});

/** Images whose own class has a logit that is higher by some noise; then one class's logits spoilt. */
function spoiltScores(images: number, classes: number, scale: number, bias: number) {
  const rng = seedStream(3, 'scores');
  const labels = Int32Array.from({ length: images }, (_, i) => i % classes);
  const scores = new Float32Array(images * classes);
  for (let i = 0; i < images; i++) {
    for (let c = 0; c < classes; c++) scores[i * classes + c] = rng.nextNormal() + (c === labels[i] ? 1.5 : 0);
    scores[i * classes + 1] = (scores[i * classes + 1] - bias) / scale;
  }
  return { labels, scores };
}

test('a class whose logits were scaled and shifted gets them back, the others stay; the mean is 1 and 0', () => {
  const classes = 4;
  const { labels, scores } = spoiltScores(4000, classes, 1.3, 2);
  const { scale, bias } = fitScaleAndBias(scores, labels, classes);
  const ratio = scale[1] / scale[0];
  assert.ok(Math.abs(ratio - 1.3) < 0.1, `${ratio}`);
  const shift = (bias[1] - bias[0]) / scale[0];
  assert.ok(Math.abs(shift - 2) < 0.25, `${shift}`);
  assert.ok(Math.abs(scale.reduce((a, b) => a + b) / classes - 1) < 1e-9);
  assert.ok(Math.abs(bias.reduce((a, b) => a + b)) < 1e-9);
  const repaired = scores.map((value, i) => value * scale[i % classes] + bias[i % classes]);
  const before = accuracyOfScores(scores, labels, classes);
  const after = accuracyOfScores(repaired, labels, classes);
  assert.ok(after > before + 0.05, `${before} → ${after}`);
});

test('the prior holds few images back', () => {
  const many = spoiltScores(4000, 4, 1, 2);
  const few = { labels: many.labels.subarray(0, 8), scores: many.scores.subarray(0, 32) };
  const { bias } = fitScaleAndBias(few.scores, few.labels, 4);
  assert.ok(
    bias.every((b) => Math.abs(b) < 2.5),
    bias.join(),
  );
});

test('scores that say the contrary of the labels are left alone', () => {
  const { labels, scores } = spoiltScores(400, 3, 1, 0);
  const { scale, bias } = fitScaleAndBias(scores.map((v) => -v), labels, 3); // prettier-ignore
  assert.deepEqual([scale, bias], [[1, 1, 1], [0, 0, 0]]); // prettier-ignore
});

for (const [name, last] of Object.entries({
  'a dense layer': () => [tf.layers.flatten(), tf.layers.dense({ units: 3 })],
  'a dense layer without a bias': () => [tf.layers.flatten(), tf.layers.dense({ units: 3, useBias: false })],
  'a convolution with global pooling': () => [
    tf.layers.conv2d({ filters: 3, kernelSize: 3 }),
    tf.layers.globalAveragePooling2d({}),
  ],
})) {
  test(`scale and bias go into the weights of ${name}; the other outputs stay`, () => {
    const model = tf.sequential({
      layers: [tf.layers.conv2d({ inputShape: [6, 6, 1], filters: 2, kernelSize: 3, activation: 'relu' }), ...last()],
    });
    assert.ok(takesScaleAndBias(model));
    const x = tf.randomNormal([5, 6, 6, 1], 0, 1, 'float32', 3);
    const folded = foldScaleAndBias(model, 1, 1.5, -0.25);
    const [before, after] = [model, folded].map((m) => tf.tidy(() => (m.predict(x) as tf.Tensor2D).arraySync()));
    after.forEach((row, i) =>
      row.forEach((z, c) => assert.ok(Math.abs(z - (c === 1 ? 1.5 * before[i][c] - 0.25 : before[i][c])) < 1e-5)),
    );
    tf.dispose(x);
    model.dispose();
    folded.dispose();
  });
}

test('outputs that no linear layer makes are refused', () => {
  const model = tf.sequential({
    layers: [tf.layers.flatten({ inputShape: [2, 2, 1] }), tf.layers.dense({ units: 3, activation: 'relu' })],
  });
  assert.equal(takesScaleAndBias(model), false);
  assert.throws(() => foldScaleAndBias(model, 0, 1, 1), (e: unknown) => e instanceof ModelError && /expected a dense layer/.test(e.message)); // prettier-ignore
  model.dispose();
});

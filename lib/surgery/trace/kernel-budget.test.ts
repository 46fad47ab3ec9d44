import '@tensorflow/tfjs-backend-cpu';
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { OptionError } from '../../errors.js';
import { resNet20 } from '../../models/architectures/res-net-cifar.js';
import * as tf from '../../tf.js';
import { budgetSelection, spendBudget, unitPrices } from './kernel-budget.js';
import { keptCounts, keptRatio } from './kernel-selection.js';
import { preferOwnKernels } from './prefer-own-kernels.js';
import { tieSelection, traceModel } from './trace.js';
import { unitCosts } from './unit-costs.js';

before(async () => {
  await tf.setBackend('cpu');
});

/** Convolutions a (4 kernels), b and c (2 kernels each, added to each other), a dense layer of 3 classes. */
function tied(): tf.LayersModel {
  const { layers } = tf;
  const image = tf.input({ shape: [4, 4, 1] });
  const a = layers.conv2d({ name: 'a', filters: 4, kernelSize: 1, activation: 'relu' }).apply(image);
  const b = layers.conv2d({ name: 'b', filters: 2, kernelSize: 1 }).apply(a) as tf.SymbolicTensor;
  const c = layers.conv2d({ name: 'c', filters: 2, kernelSize: 1 }).apply(a) as tf.SymbolicTensor;
  const sum = layers.add().apply([b, c]);
  const pooled = layers.globalAveragePooling2d({}).apply(sum);
  return tf.model({ inputs: image, outputs: layers.dense({ units: 3 }).apply(pooled) as tf.SymbolicTensor });
}

test('what a unit costs: its kernels, ties counted each, and the multiply-adds that make and read it', () => {
  const model = tied();
  const { kernels, macs } = unitCosts(model, traceModel(model));
  assert.deepEqual([...kernels], [1, 1, 1, 1, 2, 2]);
  // a: 16 places × 1 input, read by 2 kernels of b and 2 of c; b and c: 16 × 4 each, read by 3 classes.
  assert.deepEqual(
    [...macs],
    [...Array<number>(4).fill(16 + 16 * 2 + 16 * 2), ...Array<number>(2).fill(2 * 16 * 4 + 3)],
  );
  // Means are 8/6 kernels and (4 · 80 + 2 · 131) / 6 = 97 multiply-adds.
  const prices = unitPrices({ kernels, macs }, 0.5);
  assert.ok(Math.abs(prices[0] - (0.75 + (0.5 * 80) / 97)) < 1e-12);
  assert.ok(Math.abs(prices[4] - (1.5 + (0.5 * 131) / 97)) < 1e-12);
  model.dispose();
});

test('a budget worked out by hand: best score for the price, floors first, what does not fit passed over', () => {
  const model = tied();
  const trace = traceModel(model);
  const costs = unitCosts(model, trace);
  const spend = (scores: number[], keep: number, floor = 0, beta = 0) => [
    ...spendBudget(trace, costs, scores, { keep, floor, beta }),
  ];
  // Worth per price, prices 0.75 and 1.5: a 4, 3, 2, 1 (times 4/3), tied 5/2 and 3/2.
  const scores = [4, 3, 2, 1, 5, 3];
  assert.deepEqual(spend(scores, 0.5), [1, 1, 0, 0, 1, 0]); // 1 + 1 + 2 of 8 kernels
  assert.deepEqual(spend(scores, 0.625), [1, 1, 1, 0, 1, 0]);
  assert.deepEqual(spend(scores, 0.375), [1, 1, 1, 0, 0, 0]); // the tied unit of 2 does not fit: the next does
  assert.deepEqual(spend([1, 1, 1, 1, 9, 9], 0.5), [0, 0, 0, 0, 1, 1]);
  assert.deepEqual(spend([1, 1, 1, 1, 9, 9], 0.5, 0.5), [1, 1, 0, 0, 1, 0]); // half of every layer stays
  assert.deepEqual(spend(scores, 0, 0.25), [1, 0, 0, 0, 1, 0]); // floors may take more than the budget
  assert.deepEqual(spend([0, 0, 0, 0, 0, 0], 0.25), [1, 1, 0, 0, 0, 0]); // of equals the first
  assert.deepEqual(spend(scores, 1), [1, 1, 1, 1, 1, 1]);
  // Multiply-adds in the price speak for the tied units: 131 for 2 kernels against 80 for 1.
  const close = [3, 1.8, 1.7, 1.6, 3.3, 3];
  assert.deepEqual(spend(close, 0.5), [1, 1, 1, 1, 0, 0]);
  assert.deepEqual(spend(close, 0.5, 0, 100), [1, 1, 0, 0, 1, 0]);
  model.dispose();
});

test('scores that are not as many as the units, negative or no numbers are refused', () => {
  const model = tied();
  const trace = traceModel(model);
  const costs = unitCosts(model, trace);
  const budget = { keep: 0.5, floor: 0, beta: 0 };
  for (const [scores, message] of [
    [[1, 2, 3], /expected 6 scores from 0 on, got 3/],
    [[1, 1, NaN, 1, 1, 1], /got NaN at 2/],
    [[1, 1, 1, -1, 1, 1], /got -1 at 3/],
  ] as const) {
    assert.throws(
      () => spendBudget(trace, costs, scores, budget),
      (e: unknown) => e instanceof OptionError && message.test(e.message),
    );
  }
  model.dispose();
});

test('in a ResNet the selection is consistent, no larger than the budget, and every layer keeps its floor', () => {
  const model = resNet20({ width: 0.5 });
  const trace = traceModel(model);
  const costs = unitCosts(model, trace);
  const scores = Array.from(costs.kernels, (_, unit) => (unit * 7919) % 101);
  const selection = budgetSelection(trace, costs, scores, { keep: 0.6, floor: 0.1, beta: 1 });
  assert.deepEqual(tieSelection(trace, selection), selection);
  assert.ok(keptRatio(selection) <= 0.6 && keptRatio(selection) > 0.57, `${keptRatio(selection)}`);
  const counts = keptCounts(selection);
  for (const { name, kernels } of trace.convLayers) assert.ok(counts[name] >= 0.1 * kernels, name);
  model.dispose();
});

test('kernels that other classes use less are preferred, as far as asked', () => {
  const scores = [
    [2, 2, 0],
    [1, 4, 0],
    [3, 0, 5],
  ];
  assert.deepEqual(
    preferOwnKernels(scores, 0).map((row) => [...row]),
    scores,
  );
  const [first, , third] = preferOwnKernels(scores, 1);
  assert.deepEqual([...first], [2 * (2 / 2), 2 * (2 / 2), 0]);
  assert.deepEqual([...third], [3 * (3 / 1.5), 0, 5 * 1000]); // nobody else uses the last one
});

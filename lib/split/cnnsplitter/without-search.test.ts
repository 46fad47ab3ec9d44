import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { openBackend } from '../../backend/open-backend.js';
import { composeModules } from '../../compose/composed-model.js';
import type { ImageSet } from '../../datasets/dataset.js';
import { splitTrainValidation } from '../../datasets/split-train-validation.js';
import { synthetic } from '../../datasets/synthetic.js';
import { InterruptedError, OptionError } from '../../errors.js';
import { resCnn } from '../../models/architectures/res-cnn.js';
import { seedStream } from '../../run/mt19937.js';
import { keptCounts, keptRatio } from '../../surgery/trace/kernel-selection.js';
import { tieSelection, traceModel } from '../../surgery/trace/trace.js';
import { unitCosts } from '../../surgery/trace/unit-costs.js';
import * as tf from '../../tf.js';
import { evaluate } from '../../training/evaluate.js';
import { fit } from '../../training/fit.js';
import { split } from '../split.js';
import type { CnnSplitResult } from './cnnsplitter.js';
import { kernelOrders } from './kernel-orders.js';
import type { CnnSplitterOptions } from './options.js';
import { budgetPopulation, classBudgets } from './search/budget-population.js';
import { createEncoding } from './search/encoding.js';

let strong: tf.LayersModel;
let images: ImageSet;
let result: CnnSplitResult;
const options = { preset: 'smoke', generations: 0, keep: 0.6, seed: 2 } as const;

const selections = (r: CnnSplitResult) => Object.values(r.modules).map(({ selection }) => selection);
const dispose = (r: CnnSplitResult) => Object.values(r.modules).forEach(({ model }) => model.dispose());

before(async () => {
  await openBackend({ quiet: true });
  const { train, validation } = splitTrainValidation(synthetic({ trainPerClass: 40, testPerClass: 1, seed: 8 }).train);
  images = validation;
  strong = resCnn({ width: 1 / 16, variant: 'gradsplitter', dropout: false, seed: 4 });
  await fit(strong, train, { epochs: 3, batchSize: 32, learningRate: 0.02 });
  result = await split(strong, images, options);
});

test('modules keep what the budget allows, every layer its floor, tied kernels together', () => {
  const trace = traceModel(strong);
  assert.deepEqual(result.history, []);
  for (const selection of selections(result)) {
    assert.ok(keptRatio(selection) <= 0.6 && keptRatio(selection) > 0.58, `${keptRatio(selection)}`);
    assert.deepEqual(tieSelection(trace, selection), selection);
    const counts = keptCounts(selection);
    for (const { name, kernels } of trace.convLayers) assert.ok(counts[name] >= 0.05 * kernels, name);
  }
  assert.ok(result.validation.diff > 0);
});

test('the kernels kept are those of the best importance for their price', () => {
  const trace = traceModel(strong);
  const costs = unitCosts(strong, trace);
  const budgets = classBudgets(trace, costs, result.importance, { keep: 0.6, floor: 0.05, beta: 0, difference: 0.5 });
  const encoding = createEncoding(trace, kernelOrders(result.importance), 'kernels');
  const rng = seedStream(1, 'population');
  const population = budgetPopulation(encoding, trace, budgets, 3, 6, rng);
  assert.deepEqual(encoding.decode(population[0], 3), selections(result)[3]);
  const kept = population.map((bits) => keptRatio(encoding.decode(bits, 3)));
  assert.ok(
    kept.every((share) => share > 0.45 && share < 0.72),
    kept.join(),
  );
  assert.equal(new Set(population.map((bits) => bits.join(''))).size, 6);
});

test('the same seed gives the same modules; other seeds see other images', async () => {
  const again = await split(strong, images, options);
  assert.deepEqual(selections(again), selections(result));
  assert.deepEqual(again.heldOut, result.heldOut);
  assert.deepEqual(again.finish, result.finish);
  const other = await split(strong, images, { ...options, seed: 3 });
  assert.notDeepEqual(other.importance, result.importance);
  [again, other].forEach(dispose);
});

test('the scores on held-out images are those of the modules returned', async () => {
  const others = synthetic({ trainPerClass: 3, testPerClass: 1, seed: 77 }).train;
  const tensors = tf.memory().numTensors;
  const reported = await split(strong, images, { ...options, heldOutImages: others });
  const composed = composeModules(reported.modules);
  const { accuracy } = await evaluate(composed, others);
  composed.dispose();
  assert.deepEqual(reported.heldOut, {
    images: 30,
    strongAccuracy: (await evaluate(strong, others)).accuracy,
    composedAccuracy: accuracy,
  });
  dispose(reported);
  assert.equal(tf.memory().numTensors, tensors);
});

test('what was done after cutting is reported and named as a departure; without it there is none', async () => {
  assert.ok(result.finish!.batchNorms > 0);
  assert.equal(result.finish!.scaleAndBias!.scale.length, 10);
  for (const { provenance } of Object.values(result.modules)) assert.equal(provenance.departures!.length, 2);
  const plain = await split(strong, images, { ...options, finish: false });
  assert.equal(plain.finish, null);
  for (const { provenance } of Object.values(plain.modules)) assert.equal(provenance.departures, undefined);
  dispose(plain);
});

test('it stops on a signal at any point, without a tensor left behind', async () => {
  const tensors = tf.memory().numTensors;
  for (const task of ['gradient importance', 'check of the modules']) {
    const controller = new AbortController();
    const run = split(strong, images, {
      ...options,
      signal: controller.signal,
      onProgress: (event) => void (event.task === task && controller.abort()),
    });
    await assert.rejects(run, InterruptedError, task);
    assert.equal(tf.memory().numTensors, tensors);
  }
});

test('bad options are refused with what was expected', async () => {
  const bad = (more: CnnSplitterOptions, message: RegExp) =>
    assert.rejects(
      split(strong, images, { ...options, ...more }),
      (e) => e instanceof OptionError && message.test(e.message),
    );
  await bad({ keep: 1.5 }, /keep: expected a number from 0 to 1, got 1\.5/);
  await bad({ floor: -1 }, /floor: expected a number from 0 to 1/);
  await bad({ beta: NaN }, /beta: expected a number from 0 on/);
  await bad({ difference: -0.5 }, /difference: expected a number from 0 on/);
  await bad({ initialisation: 'sensitivity' }, /generations: 0 .*expects initialisation: 'budget', got 'sensitivity'/);
  await bad({ importance: 'weights' as 'gradient' }, /importance: expected one of gradient/);
  await bad({ weighting: 'hard' as 'even' }, /weighting: expected one of even, uncertain/);
  await bad({ heldOutPerClass: 0 }, /heldOutPerClass: expected a whole number from 1 on/);
  await bad({ finishPerClass: null as unknown as number }, /finishPerClass: expected a whole number/);
  await bad(
    { heldOutImages: synthetic({ trainPerClass: 1, testPerClass: 1, size: 16 }).train },
    /heldOutImages.*32×32/,
  );
  const turned = { ...images, classNames: [...images.classNames].reverse() };
  await bad({ heldOutImages: turned }, /heldOutImages: class 0 of these images is .* the same order/);
  await bad({ finishImages: turned }, /finishImages: class 0/);
});

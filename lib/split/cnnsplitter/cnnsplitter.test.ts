import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { before, test } from 'node:test';
import { openBackend } from '../../backend/open-backend.js';
import { composeModules } from '../../compose/composed-model.js';
import type { ImageSet } from '../../datasets/dataset.js';
import { splitTrainValidation } from '../../datasets/split-train-validation.js';
import { keepClasses } from '../../datasets/subset.js';
import { synthetic } from '../../datasets/synthetic.js';
import { DataError, InterruptedError, ModelError, OptionError } from '../../errors.js';
import { resCnn } from '../../models/architectures/res-cnn.js';
import { weakSimCnnCifar } from '../../models/architectures/weak-sim-cnn.js';
import { stopAfter } from '../../run/stop-after.fixture.js';
import { jaccard, keptRatio } from '../../surgery/trace/kernel-selection.js';
import { tieSelection, traceModel } from '../../surgery/trace/trace.js';
import * as tf from '../../tf.js';
import { evaluate } from '../../training/evaluate.js';
import { fit } from '../../training/fit.js';
import { split } from '../split.js';
import type { CnnSplitResult } from './cnnsplitter.js';
import type { CnnSplitterOptions } from './options.js';

let strong: tf.LayersModel;
let train: ImageSet;
let validation: ImageSet;
let result: CnnSplitResult;
/** All validation images are for the search. */
let options: CnnSplitterOptions & { population: number };

const withoutPace = (r: CnnSplitResult) => r.history.map((record) => ({ ...record, seconds: 0 }));

before(async () => {
  await openBackend({ quiet: true });
  const sets = splitTrainValidation(synthetic({ trainPerClass: 15, testPerClass: 1, seed: 8 }).train);
  ({ train, validation } = sets);
  const others = { heldOutImages: train, finishImages: train };
  options = { preset: 'smoke', population: 5, seed: 2, workers: 0, ...others };
  strong = resCnn({ width: 1 / 16, seed: 4 });
  await fit(strong, sets.train, { epochs: 2, batchSize: 32, learningRate: 0.02 });
  result = await split(strong, validation, options);
});

test('one module per class, cut out of the strong model, tied layers alike', () => {
  const trace = traceModel(strong);
  assert.deepEqual(Object.keys(result.modules), validation.classNames);
  for (const module of Object.values(result.modules)) {
    assert.deepEqual(tieSelection(trace, module.selection), module.selection);
    assert.ok(keptRatio(module.selection) < 1);
    for (const { name } of trace.convLayers) {
      const kept = module.selection[name].reduce((a, b) => a + b, 0);
      assert.ok(kept >= 1);
      assert.equal(module.model.getLayer(name).getWeights()[0].shape[3], kept, `kernels of ${name}`);
    }
  }
});

test('the scores it reports are those of the modules it returns', async () => {
  const composed = composeModules(Object.values(result.modules));
  const report = await evaluate(composed, validation);
  composed.dispose();
  assert.ok(Math.abs(report.accuracy - result.validation.composedAccuracy) < 1e-9);
  const selections = Object.values(result.modules).map((module) => module.selection);
  let sum = 0;
  let pairs = 0;
  for (let i = 0; i < selections.length; i++) {
    for (let j = i + 1; j < selections.length; j++, pairs++) sum += 1 - jaccard(selections[i], selections[j]);
  }
  assert.ok(Math.abs(sum / pairs - result.validation.diff) < 1e-9);
  // Without what follows cutting they are those of the best generation.
  const plain = await split(strong, validation, { ...options, finish: false });
  const best = Math.max(...plain.history.map((record) => record.score));
  assert.ok(Math.abs(best - (0.9 * plain.validation.composedAccuracy + 0.1 * plain.validation.diff)) < 1e-9);
});

test('the same seed gives the same modules, another seed others', async () => {
  const again = await split(strong, validation, options);
  const other = await split(strong, validation, { ...options, seed: 3 });
  const bits = (r: CnnSplitResult) => Object.values(r.modules).map(({ selection }) => selection);
  assert.deepEqual(bits(again), bits(result));
  assert.notDeepEqual(bits(other), bits(result));
});

test('a search stopped at any point and resumed ends with the same modules and scores', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'modulab-'));
  for (const checks of [5, 10, 14]) {
    const checkpoint = path.join(folder, `${checks}.json`);
    const signal = stopAfter(checks);
    await assert.rejects(split(strong, validation, { ...options, checkpoint, signal }), InterruptedError);
    const resumed = await split(strong, validation, { ...options, checkpoint });
    for (const [name, { selection }] of Object.entries(result.modules)) {
      assert.deepEqual(resumed.modules[name].selection, selection);
    }
    assert.deepEqual(withoutPace(resumed), withoutPace(result));
    assert.deepEqual(resumed.validation, result.validation);
  }
  const checkpoint = path.join(folder, '14.json');
  await assert.rejects(split(strong, validation, { ...options, seed: 5, checkpoint }), /seed: 2 there, 5 now/);
  fs.writeFileSync(checkpoint, '{}');
  await assert.rejects(split(strong, validation, { ...options, checkpoint }), DataError);
  assert.equal(fs.readFileSync(checkpoint, 'utf8'), '{}');
});

test('keeping the logits of elites changes nothing but the number of evaluations', async () => {
  const again = await split(strong, validation, { ...options, cache: false });
  assert.deepEqual(
    again.history.map(({ score }) => score),
    result.history.map(({ score }) => score),
  );
  assert.ok(again.history.every(({ evaluations }) => evaluations === 10 * options.population));
});

test('in a race children drop out, and the first generation if asked; elites do not', async () => {
  const racing = [{ images: 0.3, keep: 0.5 }];
  const raced = await split(strong, validation, { ...options, population: 6, elites: 2, racing, finish: false });
  const [first, ...later] = raced.history;
  assert.equal(first.dropped, 0);
  const { history } = await split(strong, validation, {
    ...options,
    population: 6,
    elites: 2,
    racing,
    raceFirst: true,
    initialisation: 'sensitivity',
  });
  assert.equal(history[0].dropped, history[0].evaluations / 2);
  const budgeted = await split(strong, validation, { ...options, population: 5, elites: 2, racing, raceFirst: true });
  // What the budgets keep is known before the race; of the four others of each class two stay in it.
  assert.deepEqual([budgeted.history[0].evaluations, budgeted.history[0].dropped], [40, 20]);
  for (const { dropped, evaluations } of later) assert.ok(dropped > 0 && dropped <= evaluations / 2, `${dropped}`);
  const best = Math.max(...raced.history.map(({ score }) => score));
  assert.ok(Math.abs(best - (0.9 * raced.validation.composedAccuracy + 0.1 * raced.validation.diff)) < 1e-9);
});

test('ablations and peculiarities of the reference run, and do what they say', async () => {
  const tiny = weakSimCnnCifar({ width: 1 / 4, classes: 3, seed: 2 });
  const [few, seen] = [validation, train].map((set) => keepClasses(set, [0, 1, 2], { relabel: true }));
  const published = { initialisation: 'sensitivity', importance: 'activation', grouping: 'groups' } as const;
  const others = { heldOutImages: seen, finishImages: seen };
  const run = (more: Partial<CnnSplitterOptions>) =>
    split(tiny, few, { ...options, ...others, ...published, generations: 1, ...more });
  const plain = await run({ keepAtLeast: 1, keepAtMost: 10 });
  for (const more of [
    { grouping: 'kernels' },
    { initialisation: 'random' },
    { initialisation: 'budget' },
    { importance: 'identity' },
    { importance: 'gradient' },
    { pruning: 'random', keepAtLeast: 1, keepAtMost: 10 },
    { pruning: 'none', keepAtLeast: 1, keepAtMost: 10 },
    { seeds: 'shared' },
    { sensitiveLayers: 'auto' },
  ] as const) {
    const other = await run(more);
    assert.notDeepEqual(withoutPace(other), withoutPace(plain), JSON.stringify(more));
  }
  const halves = (await run({ initialisation: 'random' })).keptRatio;
  assert.ok(halves > 0.35 && halves < 0.65, `fair coins keep ${halves}`);
  const screened = await run({ losers: 'screened', generations: 2, keepAtMost: 2, keepAtLeast: 1 });
  const newest = await run({ losers: 'newest', generations: 2, keepAtMost: 2, keepAtLeast: 1 });
  assert.notDeepEqual(withoutPace(screened), withoutPace(newest));
  assert.notDeepEqual(withoutPace(await run({ importanceImages: seen })), withoutPace(plain));
});

test('an early stop ends a search that does not get better', async () => {
  const tiny = weakSimCnnCifar({ width: 1 / 4, seed: 2 });
  const stuck = { mutation: 0, population: 2, parents: 1, elites: 1, earlyStop: 2, generations: 50 };
  const { history } = await split(tiny, validation, { ...options, ...stuck });
  assert.ok(history.length < 50, `${history.length} generations`);
  const best = history.reduce((a, b) => (b.score > a.score ? b : a));
  assert.equal(history.at(-1)!.generation - best.generation, 2);
});

test('elites and duplicates are not evaluated again', () => {
  const { population, elites } = result.settings as { population: number; elites: number };
  assert.equal(result.history[0].evaluations <= 10 * population, true);
  for (const record of result.history.slice(1)) assert.ok(record.evaluations <= 10 * (population - elites));
});

test('no tensor is left behind but the modules, also after an interrupt', async () => {
  const before = tf.memory().numTensors;
  const once = await split(strong, validation, options);
  Object.values(once.modules).forEach(({ model }) => model.dispose());
  assert.equal(tf.memory().numTensors, before);
  await assert.rejects(split(strong, validation, { ...options, signal: AbortSignal.abort() }), /stopped/);
  assert.equal(tf.memory().numTensors, before);
});

test('bad input: class counts that differ, unknown layers and methods', async () => {
  const fewer = { ...validation, classNames: validation.classNames.slice(0, 3) };
  await assert.rejects(
    split(strong, fewer, options),
    (e) => e instanceof OptionError && /\[10\] per image, the images have 3 classes/.test(e.message),
  );
  await assert.rejects(
    split(strong, validation, { ...options, sensitiveLayers: ['conv99'] }),
    /no convolution layer 'conv99'/,
  );
  await assert.rejects(split(strong, validation, { method: 'magic' as 'cnnsplitter' }), OptionError);
  const strange = tf.sequential({
    layers: [
      tf.layers.conv2d({ inputShape: [32, 32, 3], filters: 2, kernelSize: 3 }),
      tf.layers.flatten(),
      tf.layers.repeatVector({ n: 2 }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 10 }),
    ],
  });
  await assert.rejects(split(strange, validation, options), ModelError);
  const dense = tf.sequential({
    layers: [tf.layers.flatten({ inputShape: [32, 32, 3] }), tf.layers.dense({ units: 10 })],
  });
  await assert.rejects(split(dense, validation, options), /no convolution layer whose kernels can be removed/);
  await assert.rejects(split(strong, validation, { ...options, keepAtLeast: NaN }), /1 ≤ keepAtLeast/);
  await assert.rejects(split(strong, validation, { ...options, workers: -1 }), /workers: expected 'auto' or/);
  await assert.rejects(split(strong, validation, { ...options, racing: [{ images: 2, keep: 0.5 }] }), /racing: /);
});

import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { before, test } from 'node:test';
import { openBackend } from '../../backend/open-backend.js';
import { composeModules } from '../../compose/composed-model.js';
import { splitTrainValidation } from '../../datasets/split-train-validation.js';
import { keepClasses, subset } from '../../datasets/subset.js';
import { synthetic } from '../../datasets/synthetic.js';
import { toTensor } from '../../datasets/tensors.js';
import { DataError, InterruptedError, OptionError } from '../../errors.js';
import { balancedAccuracy } from '../../metrics/summaries.js';
import { resCnn } from '../../models/architectures/res-cnn.js';
import { countParameters } from '../../models/count-parameters.js';
import { stopAfter } from '../../run/stop-after.fixture.js';
import { maskKernels } from '../../surgery/modules/mask.js';
import { loadModule, saveModule } from '../../surgery/modules/module-file.js';
import { moduleScores } from '../../surgery/modules/module-scores.js';
import { keptRatio, meanDifference } from '../../surgery/trace/kernel-selection.js';
import { relativeDifference } from '../../surgery/trace/test-models.fixture.js';
import { tieSelection, traceModel } from '../../surgery/trace/trace.js';
import * as tf from '../../tf.js';
import { evaluate } from '../../training/evaluate.js';
import { fit } from '../../training/fit.js';
import { split } from '../split.js';
import type { SplitImages } from '../splitter.js';
import type { GradSplitResult } from './gradsplitter.js';
import type { GradSplitterOptions } from './options.js';

let strong: tf.LayersModel;
let images: SplitImages;
let result: GradSplitResult;
const options = { method: 'gradsplitter', preset: 'smoke', batchSize: 8, alpha: 0.5, seed: 2 } as const;
/** All validation images choose the epoch. */
const run = (more: GradSplitterOptions = {}) =>
  split(strong, images, { ...options, heldOutImages: images.train, ...more });

function disposeModules({ modules }: GradSplitResult): void {
  for (const { model, head } of Object.values(modules)) {
    model.dispose();
    head!.dispose();
  }
}
const bits = ({ modules }: GradSplitResult) => Object.values(modules).map(({ selection }) => selection);
const withoutPace = ({ history }: GradSplitResult) => history.map((record) => ({ ...record, seconds: 0 }));

before(async () => {
  await openBackend({ quiet: true });
  const all = synthetic({ trainPerClass: 30, testPerClass: 1, seed: 8 }).train;
  images = splitTrainValidation(keepClasses(all, [0, 3, 6, 8], { relabel: true }));
  strong = resCnn({ width: 1 / 16, variant: 'gradsplitter', dropout: false, classes: 4, seed: 4 });
  await fit(strong, images.train, { epochs: 16, batchSize: 16, learningRate: 0.02 });
  result = await run();
});

test('one module per class with a head of its own, tied layers alike', () => {
  const trace = traceModel(strong);
  assert.deepEqual(Object.keys(result.modules), images.train.classNames);
  for (const module of Object.values(result.modules)) {
    assert.deepEqual(tieSelection(trace, module.selection), module.selection);
    assert.deepEqual(module.head!.outputs[0].shape, [null, 1]);
    for (const { name } of trace.convLayers) {
      const kept = module.selection[name].reduce((a, b) => a + b, 0);
      assert.equal(module.model.getLayer(name).getWeights()[0].shape[3], kept, `kernels of ${name}`);
    }
    assert.equal(countParameters(module.head!).parameters, 4 * 10 + 10 + 10 + 1);
  }
});

test('epochs follow the schedule, and the scores are those of the modules returned', async () => {
  assert.deepEqual(
    result.history.map(({ learns }) => learns),
    ['heads', 'heads', 'masks and heads', 'masks and heads', 'heads'],
  );
  const all = traceModel(strong).convLayers.reduce((sum, { kernels }) => sum + kernels, 0);
  assert.equal(result.history[1].meanKernels, all);
  assert.ok(result.history[3].meanKernels < all);
  const chosen = result.history[result.epoch - 1];
  const ratios = bits(result).map(keptRatio);
  assert.ok(Math.abs(ratios.reduce((a, b) => a + b, 0) / ratios.length - result.keptRatio) < 1e-12);
  assert.ok(Math.abs(chosen.keptRatio - result.keptRatio) < 1e-12);
  const composed = composeModules(result.modules);
  const report = await evaluate(composed, images.validation);
  composed.dispose();
  assert.equal(report.accuracy, chosen.validationAccuracy);
  assert.equal(report.accuracy, result.validation.composedAccuracy);
  assert.equal(result.validation.diff, meanDifference(bits(result)));
});

test('the scores to report are of images that did not choose the epoch', async () => {
  const composed = composeModules(result.modules);
  const { accuracy } = await evaluate(composed, images.train);
  composed.dispose();
  assert.deepEqual(result.heldOut, {
    images: images.train.labels.length,
    strongAccuracy: (await evaluate(strong, images.train)).accuracy,
    composedAccuracy: accuracy,
  });
  const own = await split(strong, images, options);
  assert.ok(own.heldOut.images >= 4 && own.heldOut.images <= images.validation.labels.length / 5 + 4);
  disposeModules(own);
});

test('an extracted module puts out the logits of the masked strong model; a flipped bit shows', () => {
  const x = toTensor(images.validation);
  const trace = traceModel(strong);
  const module = Object.values(result.modules)[1];
  const logits = (model: tf.LayersModel) => tf.tidy(() => (model.predict(x) as tf.Tensor).dataSync<'float32'>());
  const maskedLogits = (selection: typeof module.selection) => {
    const masked = maskKernels(strong, selection);
    const values = logits(masked);
    masked.dispose();
    return values;
  };
  const own = logits(module.model);
  assert.ok(relativeDifference(maskedLogits(module.selection), own) < 1e-5);
  const shows = trace.groups[0].units.some(({ members }) => {
    const flipped = Object.fromEntries(Object.entries(module.selection).map(([l, values]) => [l, values.slice()]));
    for (const { layer, kernel } of members) flipped[layer][kernel] ^= 1;
    return relativeDifference(maskedLogits(flipped), own) > 1e-3;
  });
  assert.ok(shows);
  x.dispose();
});

test('a larger alpha makes masks drop more kernels, and what is left still classifies', async () => {
  const more = { cycles: 1, maskEpochs: 8, maskLearningRate: 0.03, headEpochs: 4, firstHeadEpochs: 10 };
  const [free, small] = [await run({ ...more, alpha: 0 }), await run({ ...more, alpha: 0.2 })];
  const [lastFree, last] = [free, small].map(({ history }) => history[history.length - 1]);
  assert.ok(last.meanKernels < 0.9 * lastFree.meanKernels, `${last.meanKernels} of ${lastFree.meanKernels} kernels`);
  // four classes; the two dozen validation images allow no finer statement
  assert.ok(last.validationAccuracy > 0.4, `accuracy ${last.validationAccuracy}`);
  [free, small].forEach(disposeModules);
});

test('the same seed gives the same modules; images in parts change nothing but rounding; no tensor is left', async () => {
  const strongBefore = strong.getWeights().map((w) => w.dataSync());
  const tensors = tf.memory().numTensors;
  const again = await run();
  assert.deepEqual(bits(again), bits(result));
  assert.deepEqual(withoutPace(again), withoutPace(result));
  disposeModules(again);
  const parts = await run({ imagesPerPass: 7 });
  const losses = [parts, result].map(({ history }) => history.slice(0, 3).map(({ loss }) => loss));
  assert.ok(relativeDifference(losses[0], losses[1]) < 1e-4);
  disposeModules(parts);
  assert.equal(tf.memory().numTensors, tensors);
  strong.getWeights().forEach((w, i) => assert.deepEqual(w.dataSync(), strongBefore[i]));
});

test('a split stopped in any epoch and resumed ends with the same modules and scores', async (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'modulab-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const stepsPerEpoch = Math.ceil(images.train.labels.length / 8);
  for (const steps of [3, stepsPerEpoch + 3]) {
    const checkpoint = path.join(folder, `${steps}.ckpt`);
    const tensors = tf.memory().numTensors;
    const stopping = run({ checkpoint, signal: stopAfter(steps) });
    await assert.rejects(
      stopping,
      (e: unknown) => e instanceof InterruptedError && /goes on from there/.test(e.message),
    );
    assert.equal(tf.memory().numTensors, tensors);
    const resumed = await run({ checkpoint });
    assert.deepEqual(withoutPace(resumed), withoutPace(result));
    assert.deepEqual(bits(resumed), bits(result));
    const heads = [resumed, result].map(({ modules }) =>
      Object.values(modules).map(({ head }) => head!.getWeights().map((w) => w.dataSync())),
    );
    assert.deepEqual(heads[0], heads[1]);
    disposeModules(resumed);
    assert.equal(tf.memory().numTensors, tensors);
    await assert.rejects(run({ checkpoint, seed: 9 }), (e: unknown) => e instanceof OptionError && /belongs to a run with other/.test(e.message)); // prettier-ignore
    fs.writeFileSync(checkpoint, 'my thesis');
    await assert.rejects(run({ checkpoint }), DataError);
  }
});

test('without cycles no kernel goes, and heads learn alone, by either loss', async () => {
  for (const headLoss of ['softmax', 'binary'] as const) {
    const only = await run({ cycles: 0, firstHeadEpochs: 8, headLoss });
    assert.ok(only.history.every(({ learns }) => learns === 'heads'));
    assert.equal(only.keptRatio, 1);
    const losses = only.history.map(({ loss }) => loss);
    assert.ok(losses[7] < losses[0], `${headLoss}: ${losses.join(' ')}`);
    // ten classes' sigmoids cannot get softmax cross-entropy below 1.46, four's not below 0.74; binary cross-entropy begins at ln 2
    assert.equal(losses[0] < Math.log(2) + 0.1, headLoss === 'binary', String(losses[0]));
    disposeModules(only);
  }
});

test('masks that start by gradients keep the share that is asked for, of each class its own kernels', async () => {
  const only = await run({ cycles: 0, firstHeadEpochs: 2, initialMasks: 'gradient', keep: 0.6 });
  assert.ok(only.keptRatio <= 0.6 + 1e-9 && only.keptRatio > 0.5, String(only.keptRatio));
  assert.ok(only.validation.diff > 0.05, String(only.validation.diff));
  const moved = await run({ initialMasks: 'gradient', keep: 0.6, maskEpochs: 6 });
  assert.notDeepEqual(bits(moved), bits(only)); // masks go on learning from there
  disposeModules(only);
  disposeModules(moved);
});

test('classes drawn evenly count alike, however many images they have', async () => {
  const rare = images.train.classNames.length - 1;
  const few = Array.from(images.train.labels.keys()).filter((i) => images.train.labels[i] !== rare || i % 8 === 0);
  const uneven = { train: subset(images.train, few), validation: images.validation };
  const options = {
    method: 'gradsplitter',
    preset: 'smoke',
    cycles: 0,
    firstHeadEpochs: 12,
    headLoss: 'binary',
  } as const;
  const scores: Record<string, number> = {};
  for (const draw of ['all', 'even'] as const) {
    const own = await split(strong, uneven, { ...options, draw, seed: 2, heldOutImages: images.train });
    const module = Object.values(own.modules)[rare];
    const values = await moduleScores([module], images.train);
    scores[draw] = values.reduce((sum, value) => sum + value, 0) / values.length;
    const composed = composeModules(own.modules);
    const report = await evaluate(composed, images.validation);
    composed.dispose();
    const expected = draw === 'even' ? balancedAccuracy(report) : report.accuracy;
    assert.ok(Math.abs(own.validation.composedAccuracy - expected) < 1e-9);
    disposeModules(own);
  }
  assert.ok(scores['even'] > scores['all'], `the rare class's module says yes more often: ${JSON.stringify(scores)}`);
});

test('a saved module scores as before', async (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'modulab-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const loaded: Record<string, Awaited<ReturnType<typeof loadModule>>> = {};
  for (const [name, module] of Object.entries(result.modules)) {
    loaded[name] = await loadModule(await saveModule(module, path.join(folder, name)));
  }
  const [before, after] = [composeModules(result.modules), composeModules(loaded)];
  const x = toTensor(images.validation);
  const [a, b] = [before.predict(x), after.predict(x)];
  assert.deepEqual(b.dataSync(), a.dataSync());
  assert.ok(a.dataSync().every((score) => score >= 0 && score <= 1));
  const headless = result.modules[images.train.classNames[0]].with({ head: undefined });
  const others = Object.values(result.modules).slice(1);
  assert.throws(() => composeModules([headless, ...others]), /1 of 4 put out a logit, 3 of 4 put out a probability/);
  tf.dispose([a, b, x]);
});

test('options that make no sense are refused by name', async () => {
  const bad = (more: object, message: RegExp) =>
    assert.rejects(run(more), (e: unknown) => e instanceof OptionError && message.test(e.message));
  await bad({ preset: 'fast' }, /preset: expected one of smoke, laptop, paper/);
  await bad({ cycles: -1 }, /cycles: expected a whole number from 0/);
  await bad({ headLoss: 'hinge' }, /headLoss: expected one of softmax, binary/);
  await bad({ draw: 'half' }, /draw: expected one of all, even/);
  await bad({ maskLearningRate: 0 }, /maskLearningRate: expected a positive number/);
  await bad({ initialMaskScale: 0 }, /initialMaskScale: expected a positive number/);
  await bad({ alpha: -1 }, /alpha: expected a number from 0 on/);
  await bad({ initialMasks: 'twos' }, /initialMasks: expected one of ones, normal, zeros, gradient/);
  await bad({ keep: 0 }, /keep: expected/);
  await assert.rejects(split(strong, images.train as never, options), /pass \{ train, validation \}/);
  await assert.rejects(split(strong, images as never, {}), /pass the validation images/);
});

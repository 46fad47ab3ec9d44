import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { openBackend } from '../../backend/open-backend.js';
import { simCnn } from '../../models/architectures/sim-cnn.js';
import { countParameters } from '../../models/count-parameters.js';
import { createMaskedNetwork } from '../../surgery/passes/masked-network.js';
import * as tf from '../../tf.js';
import { chooseEpoch, type MaskEpochRecord } from './history.js';
import { MaskState } from './mask-state.js';
import { createHeads, headModel, headScores, headValues } from './module-heads.js';
import { GRADSPLITTER_PRESETS } from './options.js';
import { phasesOf } from './schedule.js';
import { gradientThroughMask, straightThrough } from './straight-through.js';

before(async () => {
  await openBackend({ quiet: true });
});

test('the straight-through estimator: a hard step forward, the clamped incoming gradient backward', () => {
  const a = tf.tensor1d([-3, -0.1, 0, 1e-6, 0.5, 40]);
  assert.deepEqual([...tf.tidy(() => straightThrough(a).dataSync())], [0, 0, 0, 1, 1, 1]);
  // d/da Σ w·b(a) is w clamped to [−1, 1], whatever a is
  const w = tf.tensor1d([0.25, -0.5, 7, -7, 1, -1]);
  const expected = [0.25, -0.5, 1, -1, 1, -1];
  const slope = tf.grad((x) => tf.sum(tf.mul(straightThrough(x), w)))(a);
  assert.deepEqual([...slope.dataSync()], expected);
  assert.deepEqual([...gradientThroughMask(a, w).dataSync()], expected);
  // through a square: 2·b·w, clamped after the whole sum
  const square = tf.grad((x) => tf.sum(tf.mul(tf.square(straightThrough(x)), w)))(a);
  assert.deepEqual(
    [...square.dataSync()].map((v) => v + 0),
    [0, 0, 0, -1, 1, -1],
  );
});

test('a head has 121 parameters for ten classes, and as a model the scores it was trained with', () => {
  const classNames = Array.from({ length: 10 }, (_, c) => `class ${c}`);
  const heads = createHeads(classNames, 3);
  assert.deepEqual(heads.variables.map(({ shape }) => shape), [[10, 10, 10], [10, 1, 10], [10, 10, 1], [10, 1, 1]]); // prettier-ignore
  const logits = tf.randomNormal<tf.Rank.R3>([10, 5, 10], 0, 3, 'float32', 7);
  const scores = headScores(logits, heads.variables);
  assert.deepEqual(scores.shape, [5, 10]);
  const values = headValues(heads);
  assert.equal(values.length, 1210);
  const expected = scores.arraySync();
  for (const module of [0, 4, 9]) {
    const model = headModel(values, module, 10);
    assert.equal(countParameters(model).parameters, 121);
    const own = tf.tidy(() => (model.predict(tf.slice(logits, [module, 0, 0], [1, 5, 10]).reshape([5, 10])) as tf.Tensor).dataSync()); // prettier-ignore
    own.forEach((score, i) => assert.ok(Math.abs(score - expected[i][module]) < 1e-6));
    model.dispose();
  }
  heads.dispose();
  tf.dispose([logits, scores]);
});

test('the published schedule has 145 epochs in 41 phases', () => {
  const phases = phasesOf(GRADSPLITTER_PRESETS.paper);
  assert.equal(phases.length, 41);
  assert.deepEqual(phases.slice(0, 3), [
    { learns: 'heads', learningRate: 0.01, alpha: 0, start: 0, epochs: 5 },
    { learns: 'masks and heads', learningRate: 0.001, alpha: 0.1, start: 5, epochs: 5 },
    { learns: 'heads', learningRate: 0.001, alpha: 0, start: 10, epochs: 2 },
  ]);
  const last = phases[phases.length - 1];
  assert.equal(last.start + last.epochs, 145);
});

test('a phase starts with a new Adam: its first step moves every mask by the learning rate', () => {
  const model = simCnn({ width: 1 / 16, variant: 'gradsplitter', classes: 3, dropout: false });
  const network = createMaskedNetwork(model);
  const settings = { ...GRADSPLITTER_PRESETS.smoke, initialMasks: 'ones' as const };
  const tensors = tf.memory().numTensors;
  const state = new MaskState(network, ['a', 'b', 'c'], settings, 1);
  const x = tf.randomNormal<tf.Rank.R4>([6, 32, 32, 3], 0, 1, 'float32', 1);
  const labels = Int32Array.from([0, 1, 2, 0, 1, 2]);
  const step = (alpha: number) => {
    const before = state.masks.dataSync<'float32'>().slice();
    state.maskStep(x, labels, 0.125, alpha);
    return state.masks.dataSync<'float32'>().map((value, i) => before[i] - value);
  };
  // a huge alpha decides every sign; the estimator clamps it to 1 and Adam's first step is the learning rate
  assert.ok(step(1e6).every((move) => Math.abs(move - 0.125) < 1e-5));
  // old moments: a gradient of the other sign does not turn Adam round at once
  assert.ok(step(-1e6).every((move) => move > -0.06));
  state.startPhase();
  assert.equal(state.optimizerState().steps, 0);
  assert.ok(step(-1e6).every((move) => Math.abs(move + 0.125) < 1e-5));
  tf.dispose(x);
  state.dispose();
  assert.equal(tf.memory().numTensors, tensors);
  network.dispose();
});

test('masks start as asked', () => {
  const model = simCnn({ width: 1 / 16, classes: 2, dropout: false });
  const network = createMaskedNetwork(model);
  const scaled = new MaskState(network, ['a', 'b'], { ...GRADSPLITTER_PRESETS.smoke, initialMaskScale: 0.25 }, 1);
  assert.ok(scaled.masks.dataSync<'float32'>().every((value) => value === 0.25));
  scaled.dispose();
  const share = (initialMasks: 'ones' | 'normal' | 'zeros') => {
    const state = new MaskState(network, ['a', 'b'], { ...GRADSPLITTER_PRESETS.smoke, initialMasks }, 1);
    const bits = state.bits();
    state.dispose();
    return bits.reduce((a, b) => a + b, 0) / bits.length;
  };
  assert.equal(share('ones'), 1);
  assert.equal(share('zeros'), 0);
  assert.ok(Math.abs(share('normal') - 0.5) < 0.1);
  network.dispose();
});

test('of the epochs within the accuracy loss the smallest is chosen', () => {
  const record = (epoch: number, validationAccuracy: number, meanKernels: number): MaskEpochRecord => ({
    kind: 'maskEpochRecord',
    epoch,
    learns: 'heads',
    learningRate: 0.1,
    loss: 1,
    validationAccuracy,
    meanKernels,
    keptRatio: meanKernels / 100,
    seconds: 0,
  });
  const history = [record(1, 0.8, 100), record(2, 0.9, 80), record(3, 0.895, 60), record(4, 0.893, 60), record(5, 0.88, 20)]; // prettier-ignore
  assert.equal(chooseEpoch(history, 0.01, null).epoch, 3);
  assert.equal(chooseEpoch(history, 0.03, null).epoch, 5);
  assert.equal(chooseEpoch(history, 0, null).epoch, 2);
  assert.equal(chooseEpoch(history, 0.01, 0.905).epoch, 2);
  assert.equal(chooseEpoch(history, 0.01, 0.95).epoch, 2, 'none is near the strong model: the most accurate');
});

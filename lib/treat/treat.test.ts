import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { before, test } from 'node:test';
import { openBackend } from '../backend/open-backend.js';
import { synthetic, syntheticObjectMasks } from '../datasets/synthetic.js';
import { InterruptedError, ModelError, OptionError } from '../errors.js';
import { resNetCifar } from '../models/architectures/res-net-cifar.js';
import { asLogits } from '../models/as-logits.js';
import type { ProgressEvent } from '../run/progress.js';
import { stopAfter } from '../run/stop-after.fixture.js';
import * as tf from '../tf.js';
import { fit, fitTo } from '../training/fit.js';
import { treat, type TreatImages, type TreatOptions } from './treat.js';
import { summariseTreatment } from './treat-result.js';
import { TREAT_PRESETS, treatSettings } from './treat-settings.js';
import { treatmentObjective } from './treatment-objective.js';

let images: TreatImages;
let model: tf.LayersModel;

before(async () => {
  await openBackend({ quiet: true });
  const data = synthetic({ trainPerClass: 4, testPerClass: 2, seed: 5, size: 16 });
  const validation = synthetic({ trainPerClass: 1, testPerClass: 1, seed: 6, size: 16 }).train;
  const masks = { seed: 5, size: 16 };
  images = {
    ...{ train: data.train, validation, test: data.test },
    trainMasks: syntheticObjectMasks('train', 40, masks),
    testMasks: syntheticObjectMasks('test', 20, masks),
  };
  model = resNetCifar(8, { width: 0.25, inputShape: [16, 16, 3], seed: 2 });
});

const relevantKernels = {
  layer: 'conv6',
  classNames: [] as readonly string[],
  kernels: 16,
  mask: Array.from({ length: 10 }, (_, n) => Array.from({ length: 16 }, (_, k) => ((n + k) % 3 === 0 ? 1 : 0))),
};
const options = (): TreatOptions => ({
  ...{ preset: 'smoke', epochs: 2, batchSize: 16, seeds: [1], augment: { flip: true, crop: 2 } },
  relevantKernels: { ...relevantKernels, classNames: images.train.classNames },
});
const weightsOf = (m: tf.LayersModel) => m.getWeights().map((w) => Array.from(w.dataSync()));
const folder = () => path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'modulab-')), 'treatment');

test('a treatment with its controls, difference by difference, as plain data; nothing leaks', async () => {
  const before = weightsOf(model);
  const events: ProgressEvent[] = [];
  const run = () => treat(model, images, { ...options(), epochs: 1, noiseStd: 0.3, seeds: [1, 2], onProgress: (e) => events.push(e) }); // prettier-ignore
  const tensors = tf.memory().numTensors;
  const treatment = await run();
  treatment.model.dispose();
  assert.equal(tf.memory().numTensors, tensors);
  const { result } = treatment;
  const runs = result.runs.map(({ arm, seed }) => `${arm} ${seed}`);
  assert.deepEqual(runs, ['control 1', 'control 2', 'noise 1', 'noise 2', 'channel 1', 'channel 2', 'space 1', 'space 2', 'all 1', 'all 2']); // prettier-ignore
  assert.deepEqual(weightsOf(model), before, 'the model itself stays as it is');
  assert.deepEqual(JSON.parse(JSON.stringify(result)), result);
  const [control, noise, channel, space, all] = summariseTreatment(result);
  assert.equal(control.toControl, null);
  assert.equal(noise.toNoise, null);
  const byHand = [0, 1].map((i) => result.runs[4 + i].report.accuracy - result.runs[i].report.accuracy);
  assert.ok(Math.abs(channel.toControl!.mean - (byHand[0] + byHand[1]) / 2) < 1e-12);
  assert.ok(Math.abs(channel.toControl!.std! - Math.abs(byHand[0] - byHand[1]) / Math.SQRT2) < 1e-12);
  assert.equal(space.perClass.length, 10);
  assert.ok(all.channel.mean > 0 && all.space!.mean > 0);
  const terms = (arm: string) => Object.keys(result.runs.find((r) => r.arm === arm)!.history[0].terms ?? {}).sort();
  assert.deepEqual(terms('control'), []);
  assert.deepEqual(terms('channel'), ['channel', 'total']);
  assert.deepEqual(terms('all'), ['channel', 'space', 'total']);
  const last = events[events.length - 1];
  assert.deepEqual([last.done, last.total, last.unit], [30, 30, 'batches']);
  assert.match(events[0].note!, /^control, seed 1, epoch 1\/1/);
});

test('without constraints and noise a treatment is plain training, bit for bit', async () => {
  const settings = { ...options(), constraints: [] };
  const { model: treated } = await treat(model, images, settings);
  const { epochs, batchSize, learningRate, optimizer, schedule, augment } = treatSettings(settings);
  const training = { epochs, batchSize, learningRate, optimizer, schedule, augment, validation: images.validation, keep: 'best', seed: 1 } as const; // prettier-ignore
  const plain = await asLogits(model);
  await fitTo(undefined, plain, images.train, { ...training, stepwise: true });
  assert.deepEqual(weightsOf(treated), weightsOf(plain));
  const cut = await asLogits(model);
  const penalty = { ...treatSettings(settings), alpha: 0, beta: 0, relevant: settings.relevantKernels };
  await fitTo(treatmentObjective(cut, penalty, 1), cut, images.train, training);
  assert.deepEqual(weightsOf(cut), weightsOf(plain), 'also when it is cut open at the layer');
  // A plan, where the backend has one, rounds otherwise.
  const planned = await asLogits(model);
  await fit(planned, images.train, training);
  const expected = weightsOf(plain).flat();
  const found = weightsOf(planned).flat();
  assert.equal(found.length, expected.length);
  found.forEach((value, i) => assert.ok(Math.abs(value - expected[i]) < 1e-4, `planned: ${value}, ${expected[i]}`));
});

test('an interrupted treatment goes on to the same bits', async () => {
  const settings = { ...options(), noiseStd: 0.2, constraints: ['all'], path: 'differentiate' } as const;
  const whole = await treat(model, images, settings);
  const checkpoint = folder();
  // Each evaluation and each batch asks once; this stops in the control, then in the noise, then in the constraint.
  for (const checks of [3, 12, 9]) {
    await assert.rejects(
      treat(model, images, { ...settings, checkpoint, signal: stopAfter(checks) }),
      InterruptedError,
    );
  }
  const resumed = await treat(model, images, { ...settings, checkpoint });
  assert.deepEqual(weightsOf(resumed.model), weightsOf(whole.model));
  const withoutTime = (t: typeof whole) =>
    t.result.runs.map((run) => ({ ...run, history: run.history.map((epoch) => ({ ...epoch, seconds: 0 })) }));
  assert.deepEqual(withoutTime(resumed), withoutTime(whole));
  assert.equal((JSON.parse(fs.readFileSync(path.join(checkpoint, 'manifest.json'), 'utf8')) as { task: string }).task, 'treat'); // prettier-ignore
  const other = resNetCifar(8, { width: 0.25, inputShape: [16, 16, 3], seed: 3 });
  await assert.rejects(
    treat(other, images, { ...settings, checkpoint }),
    /layers or weights at its start.*\n  model: /,
  );
});

test('the constraints lower what they penalise, against the control', async () => {
  const strong = {
    ...options(),
    epochs: 4,
    learningRate: 0.02,
    alpha: 20,
    beta: 20,
    normalisation: 'perSample',
  } as const;
  const { result } = await treat(model, images, strong);
  const [control, channel, space] = summariseTreatment(result);
  assert.ok(channel.channel.mean < control.channel.mean, `${channel.channel.mean}, control ${control.channel.mean}`);
  assert.ok(space.space!.mean < control.space!.mean, `${space.space!.mean}, control ${control.space!.mean}`);
});

test('frozen layers keep their weights', async () => {
  const frozen = model.layers.map(({ name }) => name).filter((name) => name !== 'fc0');
  const { model: treated } = await treat(model, images, { ...options(), epochs: 1, constraints: ['channel'], frozen });
  for (const layer of treated.layers) {
    const same = layer.trainableWeights.map((weight, i) =>
      tf.util.arraysEqual(weight.read().dataSync(), model.getLayer(layer.name).trainableWeights[i].read().dataSync()),
    );
    if (same.length > 0) assert.equal(same.every(Boolean), layer.name !== 'fc0', layer.name);
  }
});

test('what makes no sense is refused', async () => {
  const refused = async (change: Partial<TreatOptions>, message: RegExp, kind = OptionError, set = images) =>
    assert.rejects(treat(model, set, { ...options(), ...change }), (error: Error) => {
      assert.ok(error instanceof kind, error.message);
      assert.match(error.message, message);
      return true;
    });
  const relevant = options().relevantKernels;
  await refused({ preset: 'paper' }, /noiseStd: expected a number from 0 on, got NaN. The paper does not say/);
  await refused({ preset: 'best' as 'smoke' }, /preset: expected one of smoke, laptop, paper/);
  await refused({ alpha: -1 }, /alpha: expected a number from 0 on, got -1/);
  await refused({ competitor: 'none' as 'all' }, /competitor: expected one of masked, all, got 'none'/);
  await refused(
    { beta: 0, constraints: ['all'] },
    /'all' needs weights above 0; alpha is 0.08, beta 0. Possible: channel/,
  );
  await refused({}, /needs `trainMasks`/, OptionError, { ...images, trainMasks: undefined });
  await refused({}, /one grey mask for each of 40 images, got 20/, OptionError, { ...images, trainMasks: images.testMasks }); // prettier-ignore
  await refused({ seeds: [1, 1] }, /different seeds, got \[1, 1\]/);
  await refused({ frozen: ['conv9'] }, /frozen: the model has no layer 'conv9'/);
  await refused({ relevantKernels: { ...relevant, layer: 'fc0' } }, /expected a 2-D convolution/, ModelError);
  await refused({ relevantKernels: { ...relevant, layer: 'conv1' } }, /'conv1' has 4 kernels, the relevant kernels are 16/); // prettier-ignore
  await refused({ relevantKernels: { ...relevant, mask: relevant.mask.slice(1) } }, /one row for each of 10 classes, got 9/); // prettier-ignore
});

test('presets are the published settings', () => {
  const { internal2021, release2023, paper } = TREAT_PRESETS;
  assert.deepEqual(
    [internal2021.alpha, internal2021.beta, internal2021.noiseStd, internal2021.batchSize],
    [10, 10, 1, 128],
  );
  assert.deepEqual(
    [release2023.alpha, release2023.beta, release2023.noiseStd, release2023.aggregation],
    [10, 0, 0, 'positive'],
  );
  assert.equal(paper.competitor, 'all');
  assert.ok(Number.isNaN(paper.noiseStd));
});

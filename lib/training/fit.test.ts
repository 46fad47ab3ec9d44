import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { before, test } from 'node:test';
import { openBackend } from '../backend/open-backend.js';
import type { ImageSet } from '../datasets/dataset.js';
import { synthetic } from '../datasets/synthetic.js';
import { DataError, InterruptedError, OptionError } from '../errors.js';
import { seedStream } from '../run/mt19937.js';
import type { ProgressEvent } from '../run/progress.js';
import { stopAfter } from '../run/stop-after.fixture.js';
import * as tf from '../tf.js';
import { evaluate } from './evaluate.js';
import { fit } from './fit.js';
import type { FitOptions } from './fit-options.js';

let train: ImageSet;
let validation: ImageSet;

before(async () => {
  await openBackend({ prefer: 'wasm', quiet: true });
  const data = synthetic({ trainPerClass: 24, testPerClass: 8, seed: 5 });
  train = data.train;
  validation = data.test;
});

/** A small net with everything that carries state from step to step: batch norm, dropout, momentum. */
function smallNet(): tf.LayersModel {
  const init = (seed: number) => tf.initializers.heNormal({ seed });
  return tf.sequential({
    layers: [
      tf.layers.conv2d({
        inputShape: [32, 32, 3],
        filters: 6,
        kernelSize: 3,
        strides: 2,
        padding: 'same',
        kernelInitializer: init(1),
      }),
      tf.layers.batchNormalization({ momentum: 0.8 }),
      tf.layers.reLU(),
      tf.layers.maxPooling2d({ poolSize: 4 }),
      tf.layers.flatten(),
      tf.layers.dropout({ rate: 0.3 }),
      tf.layers.dense({ units: 10, kernelInitializer: init(2) }),
    ],
  });
}

const options: FitOptions = {
  epochs: 4,
  batchSize: 32,
  learningRate: 0.05,
  optimizer: { kind: 'sgd', momentum: 0.9, weightDecay: 1e-4 },
  schedule: { kind: 'cosine' },
  augment: { flip: true, crop: 2 },
  seed: 3,
};

const weightsOf = (model: tf.LayersModel) => model.getWeights().map((w) => Array.from(w.dataSync()));
const scratch = () => path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'modulab-')), 'run.ckpt');

test('training lowers the loss and teaches the model the images it is shown', async () => {
  const model = smallNet();
  const { history, epoch } = await fit(model, train, {
    ...options,
    epochs: 20,
    augment: undefined,
    learningRate: 0.01,
  });
  assert.equal(epoch, 20);
  const last = history[history.length - 1];
  assert.ok(last.loss < 0.8 * history[0].loss, `loss ${history[0].loss} to ${last.loss}`);
  const { accuracy } = await evaluate(model, train);
  assert.ok(accuracy > 0.3, `accuracy ${accuracy}, chance is 0.1`);
  model.dispose();
});

test('a run stopped at any epoch and resumed ends with the same bits as one in a piece', async () => {
  for (const optimizer of [options.optimizer!, { kind: 'adam' } as const]) {
    const settings: FitOptions = { ...options, optimizer, validation, keep: 'best', learningRate: 0.01 };
    const whole = smallNet();
    const reference = await fit(whole, train, settings);
    const checkpoint = scratch();
    const interrupted = smallNet();
    for (const stopAfterEpoch of [1.5, 2.5]) {
      const signal = stopAfter(6 * stopAfterEpoch);
      const run = fit(smallNet(), train, { ...settings, checkpoint, signal });
      await assert.rejects(run, InterruptedError);
    }
    const resumed = await fit(interrupted, train, { ...settings, checkpoint });
    assert.deepEqual(weightsOf(interrupted), weightsOf(whole));
    const withoutTime = (h: typeof resumed.history) => h.map((record) => ({ ...record, seconds: 0 }));
    assert.deepEqual(withoutTime(resumed.history), withoutTime(reference.history));
    assert.equal(resumed.epoch, reference.epoch);
  }
});

test('an interrupt in the first epoch leaves nothing behind in the model of the next call', async () => {
  const whole = smallNet();
  await fit(whole, train, options);
  const checkpoint = scratch();
  const model = smallNet();
  const signal = stopAfter(3);
  await assert.rejects(fit(model, train, { ...options, checkpoint, signal }), InterruptedError);
  assert.deepEqual(weightsOf(model), weightsOf(smallNet()), 'the three steps are taken back');
  await fit(model, train, { ...options, checkpoint });
  assert.deepEqual(weightsOf(model), weightsOf(whole));
});

test("a checkpoint is the model's that it began with: another of the same shape is refused, its own is taken at any point", async () => {
  const checkpoint = scratch();
  const settings: FitOptions = { ...options, validation, keep: 'best', checkpoint };
  const own = smallNet();
  await assert.rejects(fit(own, train, { ...settings, signal: stopAfter(13) }), InterruptedError);
  const other = smallNet();
  const layer = other.layers[other.layers.length - 1];
  layer.setWeights(layer.getWeights().map((weight) => tf.add(weight, 0.01)));
  const before = weightsOf(other);
  await assert.rejects(
    fit(other, train, settings),
    (e) => e instanceof OptionError && /other options, images, layers or weights at its start/.test(e.message),
  );
  assert.deepEqual(weightsOf(other), before);
  const tensors = tf.memory().numTensors;
  const { epoch } = await fit(own, train, settings); // as the interrupt has left it
  assert.equal(tf.memory().numTensors, tensors);
  const again = await fit(own, train, settings); // trained to the end
  assert.equal(again.epoch, epoch);
  const anew = smallNet();
  await fit(anew, train, settings);
  assert.deepEqual(weightsOf(anew), weightsOf(own));
});

test('a checkpoint of other images of the same number is refused', async () => {
  const checkpoint = scratch();
  await fit(smallNet(), train, { ...options, epochs: 1, checkpoint });
  const other = synthetic({ trainPerClass: 24, testPerClass: 1, seed: 6 }).train;
  await assert.rejects(fit(smallNet(), other, { ...options, epochs: 1, checkpoint }), /belongs to a run with other/);
});

test('layers whose random numbers cannot be repeated are refused', async () => {
  const noisy = tf.sequential({
    layers: [
      tf.layers.gaussianNoise({ inputShape: [32, 32, 3], stddev: 1 }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 10 }),
    ],
  });
  await assert.rejects(fit(noisy, train, { epochs: 1 }), /GaussianNoise.* no seed repeats/);
});

test('another seed gives other weights', async () => {
  const [a, b] = [smallNet(), smallNet()];
  await fit(a, train, { ...options, epochs: 1 });
  await fit(b, train, { ...options, epochs: 1, seed: 4 });
  assert.notDeepEqual(weightsOf(a), weightsOf(b));
});

test('no tensor is left behind, also after an interrupt', async () => {
  const model = smallNet();
  await fit(model, train, { ...options, epochs: 1 });
  const before = tf.memory().numTensors;
  await fit(model, train, { ...options, epochs: 2, validation, keep: 'best' });
  assert.equal(tf.memory().numTensors, before);
  const signal = AbortSignal.abort();
  await assert.rejects(fit(model, train, { ...options, signal }), /Training stopped in epoch 1 of 4/);
  assert.equal(tf.memory().numTensors, before);
});

test('a checkpoint of another run, and a file that is none, are refused and left alone', async () => {
  const checkpoint = scratch();
  await fit(smallNet(), train, { ...options, epochs: 1, checkpoint });
  const bytes = fs.readFileSync(checkpoint);
  const other = fit(smallNet(), train, { ...options, epochs: 1, seed: 9, checkpoint });
  await assert.rejects(
    other,
    (e) => e instanceof OptionError && e.message.includes('belongs to a run with other options'),
  );
  assert.deepEqual(fs.readFileSync(checkpoint), bytes);
  fs.writeFileSync(checkpoint, bytes.subarray(0, bytes.length - 10));
  await assert.rejects(fit(smallNet(), train, { ...options, epochs: 1, checkpoint }), /is damaged/);
  fs.writeFileSync(checkpoint, 'my thesis');
  await assert.rejects(fit(smallNet(), train, { ...options, checkpoint }), DataError);
  assert.equal(fs.readFileSync(checkpoint, 'utf8'), 'my thesis');
});

test('options that make no sense are refused before anything is trained', async () => {
  const model = smallNet();
  await assert.rejects(fit(model, train, { epochs: 0 }), /epochs: expected a whole number from 1 on, got 0/);
  await assert.rejects(fit(model, train, { epochs: 1, learningRate: -1 }), OptionError);
  await assert.rejects(fit(model, train, { epochs: 1, keep: 'best' }), /needs `validation` images/);
  await assert.rejects(
    fit(model, train, { epochs: 1, keep: 'bset' as 'best' }),
    /keep: expected one of last, best, got 'bset'/,
  );
  await assert.rejects(fit(model, train, { epochs: 1, schedule: { kind: 'step' } as never }), /needs `at`/);
  const renamed = { ...validation, classNames: validation.classNames.slice(0, 4) };
  await assert.rejects(fit(model, train, { epochs: 1, validation: renamed }), /the images have 4 classes/);
});

test('progress counts batches with the time still to go', async () => {
  const events: ProgressEvent[] = [];
  await fit(smallNet(), train, { ...options, epochs: 2, onProgress: (e) => events.push(e) });
  const last = events[events.length - 1];
  assert.deepEqual([last.done, last.total, last.unit, last.etaMs], [16, 16, 'batches', 0]);
  assert.match(last.note!, /^epoch 2\/2, loss \d/);
});

test('seed streams of training do not collide', () => {
  const first = ['order/0', 'order/1', 'dropout/0', 'dropout/1'].map((p) => seedStream(3, p).nextUint32());
  assert.equal(new Set(first).size, 4);
});

import '@tensorflow/tfjs-backend-cpu';
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { ImageSet } from '../../datasets/dataset.js';
import { InterruptedError, OptionError } from '../../errors.js';
import type { ProgressEvent } from '../../run/progress.js';
import * as tf from '../../tf.js';
import { traceModel } from '../trace/trace.js';
import { kernelImportance } from './kernel-importance.js';

before(async () => {
  await tf.setBackend('cpu');
});

/** One 1×1 convolution of two kernels (the image, and minus the image), ReLU, 2×2 max-pool, two classes. */
function tiny(): tf.LayersModel {
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({ name: 'conv', inputShape: [2, 2, 1], filters: 2, kernelSize: 1, activation: 'relu' }),
      tf.layers.maxPooling2d({ name: 'pool', poolSize: 2 }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 2 }),
    ],
  });
  tf.tidy(() => {
    model.layers[0].setWeights([tf.tensor4d([1, -1], [1, 1, 1, 2]), tf.zeros([2])]);
    model.layers[3].setWeights([
      tf.tensor2d([
        [1, 0],
        [0, 1],
      ]),
      tf.zeros([2]),
    ]);
  });
  return model;
}

/** Images [1, 0.5, 0.5, 0] and [−1, −0.5, −0.5, −1] after normalisation, of classes 0 and 1. */
const SET: ImageSet = {
  pixels: Uint8Array.of(255, 204, 204, 153, 51, 102, 102, 51),
  labels: Int32Array.of(0, 1),
  imageShape: [2, 2, 1],
  classNames: ['bright', 'dark'],
  normalisation: { mean: [0.6], std: [0.4] },
};

const rows = (values: readonly Float32Array[]) =>
  values.map((row) => Array.from(row, (v) => Math.round(v * 1e4) / 1e4));

test('sums the map after ReLU, or after the pool on request', async () => {
  const model = tiny();
  const trace = traceModel(model);
  const tensors = tf.memory().numTensors;
  const events: ProgressEvent[] = [];
  const activation = await kernelImportance(model, trace, SET, {
    minConfidence: 0.5,
    batchSize: 1,
    onProgress: (event) => events.push(event),
  });
  assert.deepEqual(rows(activation.byGroup['conv']), [
    [2, 0],
    [0, 3],
  ]);
  const pooled = await kernelImportance(model, trace, SET, { minConfidence: 0.5, readout: 'pooled' });
  assert.deepEqual(rows(pooled.byGroup['conv']), [
    [1, 0],
    [0, 1],
  ]);
  assert.deepEqual(activation.images, [1, 1]);
  assert.deepEqual(activation.fallback, []);
  const last = events[events.length - 1];
  assert.deepEqual([last.task, last.done, last.total, last.unit], ['kernel importance', 2, 2, 'images']);
  assert.equal(tf.memory().numTensors, tensors);
  model.dispose();
});

test('a class without a confident image falls back to its best ones', async () => {
  const model = tiny();
  const { fallback, images } = await kernelImportance(model, traceModel(model), SET, { minConfidence: 0.99 });
  assert.deepEqual(fallback, ['bright', 'dark']);
  assert.deepEqual(images, [1, 1]);
  model.dispose();
});

test('an abort and a wrong image shape leave no tensor behind', async () => {
  const model = tiny();
  const trace = traceModel(model);
  const tensors = tf.memory().numTensors;
  const controller = new AbortController();
  await assert.rejects(
    kernelImportance(model, trace, SET, {
      batchSize: 1,
      signal: controller.signal,
      onProgress: () => controller.abort(),
    }),
    (error) => error instanceof InterruptedError && /1 of 2 images/.test(error.message),
  );
  const rgb: ImageSet = {
    ...SET,
    pixels: new Uint8Array(24),
    imageShape: [2, 2, 3],
    normalisation: { mean: [0, 0, 0], std: [1, 1, 1] },
  };
  await assert.rejects(kernelImportance(model, trace, rgb));
  assert.equal(tf.memory().numTensors, tensors);
  model.dispose();
});

test('other classes than the model has, and a class without images, are refused', async () => {
  const model = tiny();
  const trace = traceModel(model);
  const more = { ...SET, classNames: ['bright', 'dark', 'grey'] };
  await assert.rejects(
    kernelImportance(model, trace, more),
    (error) => error instanceof OptionError && /puts out 2 classes, the images have 3/.test(error.message),
  );
  await assert.rejects(
    kernelImportance(model, trace, { ...SET, labels: Int32Array.of(0, 0) }),
    (error) => error instanceof OptionError && /none of 'dark'/.test(error.message),
  );
  model.dispose();
});

import '@tensorflow/tfjs-backend-cpu';
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { ImageSet } from '../../datasets/dataset.js';
import { InterruptedError, ModelError, OptionError } from '../../errors.js';
import type { ProgressEvent } from '../../run/progress.js';
import * as tf from '../../tf.js';
import { gradientImportance } from './gradient-importance.js';

before(async () => {
  await tf.setBackend('cpu');
});

/** One 1×1 convolution of two kernels (the image, and minus the image), ReLU, flattened, two classes. */
function tiny(activation: 'linear' | 'softmax' = 'linear'): tf.LayersModel {
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({ name: 'conv', inputShape: [1, 2, 1], filters: 2, kernelSize: 1, activation: 'relu' }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 2, activation }),
    ],
  });
  tf.tidy(() => {
    model.layers[0].setWeights([tf.tensor4d([1, -1], [1, 1, 1, 2]), tf.zeros([2])]);
    // Rows: place 0 kernel 0, place 0 kernel 1, place 1 kernel 0, place 1 kernel 1.
    model.layers[2].setWeights([tf.tensor2d([1, -2, 0, 1, 3, 0, 0, 4], [4, 2]), tf.zeros([2])]);
  });
  return model;
}

/** Images [1, 0.5], [−1, −0.5] and [0.5, −1] after normalisation, of classes 0, 1 and 1. */
const SET: ImageSet = {
  pixels: Uint8Array.of(255, 204, 51, 102, 204, 51),
  labels: Int32Array.of(0, 1, 1),
  imageShape: [1, 2, 1],
  classNames: ['bright', 'dark'],
  normalisation: { mean: [0.6], std: [0.4] },
};

const rounded = (rows: readonly Float32Array[]) => rows.map((row) => Array.from(row, (v) => Math.round(v * 1e4) / 1e4));

test('mean magnitudes over own images plus those over the rest, worked out by hand', async () => {
  const model = tiny();
  const tensors = tf.memory().numTensors;
  const events: ProgressEvent[] = [];
  // ∂z/∂gate: kernel 0 (z0, z1) 1·1 + 0.5·3 = 2.5, −2 | 0, 0 | 0.5, −1; kernel 1: 0, 0 | 0, 1 + 2 = 3 | 0, 4.
  const { byGroup, images } = await gradientImportance(model, SET, { batchSize: 2, onProgress: (e) => events.push(e) });
  assert.deepEqual(rounded(byGroup['conv']), [
    [2.5 + (0 + 0.5) / 2, 0],
    [(0 + 1) / 2 + 2, (3 + 4) / 2 + 0],
  ]);
  assert.deepEqual(images, [1, 2]);
  const { task, done, total, unit } = events[events.length - 1];
  assert.deepEqual([task, done, total, unit], ['gradient importance', 3, 3, 'images']);
  assert.equal(tf.memory().numTensors, tensors);
  model.dispose();
});

test('what two layers read counts at each, also where a small change would cancel', async () => {
  const { layers } = tf;
  const image = tf.input({ shape: [1, 2, 1] });
  const map = layers.conv2d({ name: 'conv', filters: 1, kernelSize: 1, activation: 'relu' }).apply(image);
  const [left, right] = ['left', 'right'].map((name) =>
    layers.conv2d({ name, filters: 1, kernelSize: 1, useBias: false }).apply(map),
  ) as tf.SymbolicTensor[];
  const flat = layers.flatten().apply(layers.add().apply([left, right]));
  const model = tf.model({ inputs: image, outputs: layers.dense({ units: 2 }).apply(flat) as tf.SymbolicTensor });
  tf.tidy(() => {
    model.getLayer('conv').setWeights([tf.ones([1, 1, 1, 1]), tf.zeros([1])]);
    model.getLayer('left').setWeights([tf.fill([1, 1, 1, 1], 2)]);
    model.getLayer('right').setWeights([tf.fill([1, 1, 1, 1], -2)]);
    model.layers[model.layers.length - 1].setWeights([tf.ones([2, 2]), tf.zeros([2])]);
  });
  const { byGroup } = await gradientImportance(model, SET);
  // Both classes: 1.5 at each of two gates of weight 2 on the first image, 0 and 0.5 on the others.
  assert.deepEqual(rounded(byGroup['conv']), [[6 + (0 + 2) / 2], [(0 + 2) / 2 + 6]]);
  model.dispose();
});

test('with uncertain weights the images count by the deviation of their decision', async () => {
  const model = tiny();
  const { byGroup } = await gradientImportance(model, SET, { weighting: 'uncertain' });
  // Logits: [2.5, −2], [0, 3], [0.5, 3]; of class 1 the own images are the last two.
  const weight = (z: number) => {
    const p = 1 / (1 + Math.exp(-z));
    return Math.sqrt(p * (1 - p)) + 0.02;
  };
  const [a, b] = [weight(3), weight(2.5)];
  const expected = [(a * 0 + b * 1) / (a + b) + 2, (a * 3 + b * 4) / (a + b)];
  expected.forEach((value, unit) => assert.ok(Math.abs(byGroup['conv'][1][unit] - value) < 1e-4));
  model.dispose();
});

test('an abort leaves no tensor behind; probabilities, other classes and missing ones are refused', async () => {
  const model = tiny();
  const tensors = tf.memory().numTensors;
  const controller = new AbortController();
  await assert.rejects(
    gradientImportance(model, SET, { batchSize: 1, signal: controller.signal, onProgress: () => controller.abort() }),
    (e) => e instanceof InterruptedError && /1 of 3 images/.test(e.message),
  );
  assert.equal(tf.memory().numTensors, tensors);
  await assert.rejects(
    gradientImportance(model, { ...SET, classNames: ['a', 'b', 'c'] }),
    (e) => e instanceof OptionError && /puts out 2 classes, the images have 3/.test(e.message),
  );
  await assert.rejects(gradientImportance(model, { ...SET, labels: Int32Array.of(0, 0, 0) }), /none of 'dark'/);
  const squashed = tiny('softmax');
  await assert.rejects(gradientImportance(squashed, SET), (e) => e instanceof ModelError && /asLogits/.test(e.message));
  model.dispose();
  squashed.dispose();
});

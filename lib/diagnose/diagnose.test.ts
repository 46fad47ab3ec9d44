import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { before, test } from 'node:test';
import { openBackend } from '../backend/open-backend.js';
import type { ImageSet } from '../datasets/dataset.js';
import { synthetic } from '../datasets/synthetic.js';
import { toTensor } from '../datasets/tensors.js';
import { InterruptedError, ModelError, OptionError } from '../errors.js';
import { resNetCifar } from '../models/architectures/res-net-cifar.js';
import type { ProgressEvent } from '../run/progress.js';
import { stopAfter } from '../run/stop-after.fixture.js';
import { randomiseWeights, sequentialToy } from '../surgery/trace/test-models.fixture.js';
import * as tf from '../tf.js';
import { evaluate } from '../training/evaluate.js';
import { diagnose } from './diagnose.js';
import { aggregateGradients } from './gradient-aggregation.js';
import { heatMaps } from './heat-map.js';

let images: ImageSet;
let model: tf.LayersModel;

before(async () => {
  await openBackend({ quiet: true });
  images = synthetic({ trainPerClass: 1, testPerClass: 6, seed: 3 }).test;
  model = randomiseWeights(resNetCifar(8, { width: 1 / 4 }), 1);
});

const close = (actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 1e-4) => {
  const largest = Math.max(...Array.from(expected, Math.abs));
  assert.equal(actual.length, expected.length);
  for (let i = 0; i < expected.length; i++) {
    assert.ok(Math.abs(actual[i] - expected[i]) <= tolerance * largest, `${i}: ${actual[i]} is not ${expected[i]}`);
  }
};

test('a diagnosis is of one piece, plain data, and leaks nothing', async () => {
  const tensors = tf.memory().numTensors;
  const tasks = new Set<string>();
  const found = await diagnose(model, images, {
    layers: ['conv1', 'conv6'],
    selection: 'all',
    onProgress: ({ task }: ProgressEvent) => tasks.add(task),
  });
  assert.equal(tf.memory().numTensors, tensors);
  assert.deepEqual([...tasks].sort(), ['evaluate', 'heat-maps', 'kernel gradients', 'kernel importance']);
  assert.deepEqual(found.report, await evaluate(model, images));
  assert.deepEqual(found.relevance.map(({ layer, kernels }) => [layer, kernels]), [['conv1', 4], ['conv6', 16]]); // prettier-ignore
  for (const { images: counted, counts, mask, overlap, values } of found.relevance) {
    assert.deepEqual(counted, Array(10).fill(6));
    mask.forEach((row, c) => {
      assert.equal(row.reduce((a, b) => a + b, 0), counts[c]); // prettier-ignore
      assert.equal(overlap.shared[c][c], counts[c]);
      assert.ok(counts[c] > 0 && values[c].every((v) => v >= 0));
    });
  }
  assert.equal(found.calibration!.images, 60);
  assert.equal(found.heatMaps.length, 10);
  for (const { high, low, className } of found.heatMaps) {
    for (const map of [high, low]) {
      if (!map) continue;
      assert.deepEqual([map.height, map.width, map.layer], [8, 8, 'conv6']);
      assert.equal(images.classNames[map.label], className);
      assert.deepEqual([Math.min(...map.values), Math.max(...map.values)], [0, 1]);
    }
    assert.ok(high === null || high.predicted === high.label);
    assert.notEqual(high?.image, low!.image);
  }
  assert.match(found.summary.join('\n'), new RegExp(`of 16 kernels of conv6 carry ${found.weakest}`));
  assert.doesNotThrow(() => JSON.stringify(found));
});

test('gradients by the map are those of finite differences', async () => {
  const small = tf.sequential({
    layers: [
      tf.layers.conv2d({
        name: 'c',
        inputShape: [32, 32, 3],
        filters: 2,
        kernelSize: 9,
        strides: 9,
        activation: 'tanh',
      }),
      tf.layers.flatten(),
      tf.layers.dense({ name: 'fc', units: 10, activation: 'softmax' }),
    ],
  });
  randomiseWeights(small, 5);
  const { relevance, summary } = await diagnose(small, images, { selection: 'all' });
  assert.ok(relevance.length === 1 && !summary.some((line) => /No gradients/.test(line)));
  // z depends on the bias as on all of a kernel's map at once, and tanh keeps the signs of the weights in fc: with
  // weights of one sign there, Σ|∂z/∂map| = |∂z/∂bias|.
  const [kernel, bias, weights, offset] = small.getWeights();
  const positive = tf.abs(weights);
  small.setWeights([kernel, bias, positive, offset]);
  const { relevance: own } = await diagnose(small, images, { selection: 'all' });
  const biases = Array.from(await bias.data());
  const step = 1e-2;
  const sumOfLogits = async (shift: number, k: number) => {
    const shifted = biases.map((b, i) => b + (i === k ? shift : 0));
    small.setWeights([kernel, tf.tensor1d(shifted), positive, offset]);
    const inner = tf.model({ inputs: small.inputs, outputs: small.layers[1].output });
    const x = toTensor(images);
    const z = tf.tidy(() => tf.add(tf.matMul(inner.predict(x) as tf.Tensor2D, positive), offset));
    const values = await z.data();
    const sums = new Float64Array(10);
    images.labels.forEach((label, i) => (sums[label] += values[i * 10 + label]));
    return sums;
  };
  for (const k of [0, 1]) {
    const [above, below] = [await sumOfLogits(step, k), await sumOfLogits(-step, k)];
    const expected = Array.from(above, (sum, c) => (sum - below[c]) / (2 * step));
    close(own[0].values.map((row) => row[k]), expected, 5e-3); // prettier-ignore
  }
});

test('batch size changes nothing but rounding, noise comes from the seed alone', async () => {
  const perClass = [[0, 10, 20], [1], [], [33, 3]];
  while (perClass.length < 10) perClass.push([]);
  const run = (options: object) => aggregateGradients(model, images, perClass, { layers: ['conv3'], ...options });
  const [plain] = await run({});
  close((await run({ batchSize: 2 }))[0].values[0], plain.values[0]);
  const noise = { draws: 3, std: 0.5 };
  const [noisy] = await run({ noise, seed: 1 });
  close((await run({ noise, seed: 1, batchSize: 1 }))[0].values[0], noisy.values[0]);
  assert.notDeepEqual((await run({ noise, seed: 2 }))[0].values[0], noisy.values[0]);
  assert.notDeepEqual(noisy.values[0], plain.values[0]);
  const [positive] = await run({ phi: 'positive' });
  positive.values[0].forEach((v, k) => assert.ok(v <= plain.values[0][k] * 1.0001));
  for (const bad of [{ phi: 'max' }, { noise: { draws: 0, std: 1 } }, { batchSize: 0 }]) {
    await assert.rejects(run(bad), OptionError);
  }
});

test('an interrupted pass goes on from its checkpoint with the same result', async (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'modulab-'));
  t.after(() => fs.rmSync(folder, { recursive: true, force: true }));
  const checkpoint = path.join(folder, 'sums.json');
  const perClass = images.classNames.map((_, c) => [c, c + 10, c + 20]);
  const options = { layers: ['conv2', 'conv5'], batchSize: 4, checkpoint };
  const expected = await aggregateGradients(model, images, perClass, { ...options, checkpoint: undefined });
  const tensors = tf.memory().numTensors;
  for (const checks of [3, 5]) {
    const stopped = aggregateGradients(model, images, perClass, { ...options, signal: stopAfter(checks) });
    await assert.rejects(stopped, InterruptedError);
    assert.equal(tf.memory().numTensors, tensors);
  }
  const events: ProgressEvent[] = [];
  const onProgress = (event: ProgressEvent) => void events.push(event);
  assert.deepEqual(await aggregateGradients(model, images, perClass, { ...options, onProgress }), expected);
  assert.equal(events[events.length - 1].doneHere, 16 - 8);
  assert.deepEqual(await aggregateGradients(model, images, perClass, options), expected);
  await assert.rejects(
    aggregateGradients(model, images, perClass, { ...options, phi: 'positive' }),
    (e) => e instanceof OptionError && /another|other options/.test(e.message),
  );
});

test('what a model cannot give is left out with the reason; wrong options are refused', async () => {
  const dilated = randomiseWeights(sequentialToy(), 2);
  const small = { ...images, pixels: images.pixels.slice(0, 20 * 192), labels: new Int32Array(20), imageShape: [8, 8, 3] as const, classNames: ['a', 'b', 'c', 'd'] }; // prettier-ignore
  const found = await diagnose(dilated, small, { layers: ['c0'] });
  assert.deepEqual([found.relevance, found.heatMaps], [[], []]);
  assert.match(found.summary.join('\n'), /No gradients: Layer 'c1' .* dilation rate is 2/);
  const oneClass = await diagnose(model, { ...images, labels: new Int32Array(60) });
  assert.deepEqual(oneClass.relevance[0].counts.slice(1), Array(9).fill(0));
  await assert.rejects(diagnose(model, images, { layers: ['conv99'] }), /some of conv0, .*'conv99'/);
  await assert.rejects(diagnose(model, images, { imagesPerClass: 0 }), OptionError);
  await assert.rejects(diagnose(model, images, { preset: 'paper' }), /not known/);
  await assert.rejects(heatMaps(model, images, [0], { layer: 'relu0' }), ModelError);
});

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { openBackend } from '../backend/open-backend.js';
import type { ImageSet } from '../datasets/dataset.js';
import { synthetic } from '../datasets/synthetic.js';
import { diagnose } from '../diagnose/diagnose.js';
import { ModelError, OptionError } from '../errors.js';
import { weakSimCnnCifar } from '../models/architectures/weak-sim-cnn.js';
import { asLogits } from '../models/as-logits.js';
import type { Classifier } from '../models/classifier.js';
import { UnknownLayer } from '../surgery/trace/test-models.fixture.js';
import * as tf from '../tf.js';
import { evaluate, predictScores } from './evaluate.js';
import { fit } from './fit.js';

let images: ImageSet;

before(async () => {
  await openBackend({ prefer: 'wasm', quiet: true });
  images = synthetic({ trainPerClass: 1, testPerClass: 6, seed: 3 }).test;
});

/** Knows the answer from the first pixel: a stand-in whose confusion is known. */
function oracle(classNames: readonly string[], answer: (image: number) => string): Classifier {
  let next = 0;
  return {
    classNames,
    predict: (x) => {
      const wanted = Array.from({ length: x.shape[0] }, () => classNames.indexOf(answer(next++)));
      return tf.oneHot(tf.tensor1d(wanted, 'int32'), classNames.length).toFloat() as tf.Tensor2D;
    },
  };
}

test('classes are matched by name, whatever order the classifier has them in', async () => {
  const right = (image: number) => images.classNames[images.labels[image]];
  const reversed = [...images.classNames].reverse();
  const report = await evaluate(oracle(reversed, right), images);
  assert.equal(report.accuracy, 1);
  assert.deepEqual(report.classNames, images.classNames);
  await assert.rejects(evaluate(oracle(['zebra', ...reversed.slice(1)], right), images), /knows zebra/);
});

test('a model with nested or unknown layers is evaluated by its own predict', async () => {
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({ inputShape: [32, 32, 3], filters: 4, kernelSize: 5, strides: 4 }),
      new UnknownLayer(),
      tf.layers.flatten(),
      tf.layers.dense({ units: 10 }),
    ],
  });
  const report = await evaluate(model, images);
  assert.equal(report.images, 60);
  const { kernelMaps, summary } = await diagnose(model, images);
  assert.deepEqual(kernelMaps, []);
  assert.match(summary[summary.length - 1], /No kernel maps: .*UnknownLayer/);
});

test('scores that are not numbers are reported, not counted', async () => {
  const model = weakSimCnnCifar({ width: 1 / 16, seed: 1 });
  const weights = model.getWeights();
  model.setWeights([...weights.slice(0, -1), tf.fill(weights[weights.length - 1].shape, NaN)]);
  await assert.rejects(
    evaluate(model, images),
    (e) => e instanceof ModelError && /image 0 are not numbers/.test(e.message),
  );
});

test('images that are not the model’s are refused, and nothing leaks', async () => {
  const model = weakSimCnnCifar({ width: 1 / 16, seed: 1 });
  const grey = { ...images, imageShape: [32, 96, 1] as const, normalisation: { mean: [0], std: [1] } };
  const before = tf.memory().numTensors;
  await assert.rejects(evaluate(model, grey), /takes images of 32×32×3, the set has 32×96×1/);
  await assert.rejects(fit(model, grey, { epochs: 1 }), OptionError);
  const empty = { ...images, pixels: new Uint8Array(0), labels: new Int32Array(0) };
  await assert.rejects(evaluate(model, empty), /empty/);
  const failing: Classifier = {
    classNames: images.classNames,
    predict: () => {
      throw new Error('broken');
    },
  };
  await assert.rejects(evaluate(failing, images), /broken/);
  assert.equal(tf.memory().numTensors, before);
});

test('asLogits takes the softmax off, for every way to end in one', async () => {
  const body = () => [
    tf.layers.conv2d({ inputShape: [32, 32, 3], filters: 3, kernelSize: 5, strides: 4 }),
    tf.layers.flatten(),
  ];
  const models = [
    tf.sequential({ layers: [...body(), tf.layers.dense({ units: 10, activation: 'softmax' })] }),
    tf.sequential({
      layers: [...body(), tf.layers.dense({ units: 10 }), tf.layers.activation({ activation: 'softmax' })],
    }),
    tf.sequential({ layers: [...body(), tf.layers.dense({ units: 10 }), tf.layers.softmax()] }),
  ];
  const input = tf.input({ shape: [32, 32, 3] });
  const output = models[0].layers.reduce((x, layer) => layer.apply(x) as tf.SymbolicTensor, input);
  for (const model of [...models, tf.model({ inputs: input, outputs: output })]) {
    await assert.rejects(fit(model, images, { epochs: 1 }), /Pass `asLogits\(model\)`/);
    const logits = await asLogits(model);
    const { scores } = await predictScores(logits, images);
    const expected = (await predictScores(model, images)).scores;
    const p = tf.softmax(tf.tensor2d(scores, [60, 10])).dataSync();
    p.forEach((v, i) => assert.ok(Math.abs(v - expected[i]) < 1e-5));
    assert.ok(scores.some((s) => s < 0 || s > 1));
  }
});

test('a diagnosis names the weakest class and where its images go', async () => {
  // every circle is taken for an ellipse, everything else is right
  const answer = (image: number) => images.classNames[Math.max(1, images.labels[image])];
  const { weakest, confusions, summary } = await diagnose(oracle(images.classNames, answer), images);
  assert.equal(weakest, 'circle');
  assert.deepEqual(confusions, [{ actual: 'circle', predicted: 'ellipse', images: 6, share: 1 }]);
  assert.match(summary[2], /100.0 % of the images of circle are taken for ellipse/);
});

test('a diagnosis has one kernel map per convolution layer', async () => {
  const model = weakSimCnnCifar({ width: 1 / 8, seed: 1 });
  const { kernelMaps } = await diagnose(model, images);
  assert.deepEqual(kernelMaps.map(({ layer, kernels }) => [layer, kernels]), [['conv0', 8], ['conv1', 8], ['conv2', 8], ['conv3', 8]]); // prettier-ignore
  assert.ok(kernelMaps.every(({ values }) => values.length === 10 && values.every((row) => row.every((v) => v >= 0))));
});

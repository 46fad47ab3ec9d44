import '@tensorflow/tfjs-backend-cpu';
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { simCnn } from '../../models/architectures/sim-cnn.js';
import type { Classifier } from '../../models/classifier.js';
import * as tf from '../../tf.js';
import { randomImages, randomiseWeights, relativeDifference, UnknownLayer } from '../trace/test-models.fixture.js';
import { traceModel } from '../trace/trace.js';
import { inferenceOf } from './any-inference.js';

before(async () => {
  await tf.setBackend('cpu');
});

/** A model with a layer that surgery does not know. */
function untraceable(): tf.LayersModel {
  const input = tf.input({ shape: [4, 4, 3] });
  const normed = new UnknownLayer().apply(input) as tf.SymbolicTensor;
  const flat = tf.layers.flatten().apply(normed) as tf.SymbolicTensor;
  return tf.model({
    inputs: input,
    outputs: tf.layers.dense({ units: 5, kernelInitializer: 'ones' }).apply(flat) as tf.SymbolicTensor,
  });
}

for (const [name, build] of Object.entries({ traceable: () => simCnn({ width: 0.125 }), untraceable })) {
  test(`${name} model: predicts as the model does, and frees what it made`, () => {
    const model = randomiseWeights(build(), 1);
    const [, height, width, channels] = model.inputs[0].shape as number[];
    const x = randomImages([2, height, width, channels], 2);
    const tensors = tf.memory().numTensors;
    const inference = inferenceOf(model);
    const scores = inference.predict(x);
    const expected = model.predict(x) as tf.Tensor;
    assert.deepEqual(scores.shape, expected.shape);
    assert.ok(relativeDifference(scores.dataSync(), expected.dataSync()) < 1e-5);
    tf.dispose([scores, expected]);
    inference.dispose();
    assert.equal(tf.memory().numTensors, tensors);
    tf.dispose(model.predict(x)); // the model itself is still there
    model.dispose();
    x.dispose();
  });
}

test('the untraceable model is one', () => {
  const model = untraceable();
  assert.throws(() => traceModel(model), /UnknownLayer/);
  model.dispose();
});

test('a classifier predicts by itself', () => {
  const classifier: Classifier = {
    classNames: ['a', 'b'],
    predict: (x) => tf.tidy(() => tf.zeros<tf.Rank.R2>([x.shape[0], 2]).add(tf.tensor2d([[1, 2]]))),
  };
  const x = randomImages([3, 2, 2, 1], 1);
  const inference = inferenceOf(classifier);
  const scores = inference.predict(x);
  assert.deepEqual([...scores.dataSync()], [1, 2, 1, 2, 1, 2]);
  inference.dispose();
  tf.dispose([x, scores]);
});

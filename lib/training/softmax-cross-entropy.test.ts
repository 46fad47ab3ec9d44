import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { openBackend } from '../backend/open-backend.js';
import * as tf from '../tf.js';
import { softmaxCrossEntropy } from './softmax-cross-entropy.js';

before(() => openBackend({ prefer: 'wasm', quiet: true }));

interface Outcome {
  loss: number;
  hits: number;
  gradient: number[];
}

const classesOf = (logits: number[][]): number => logits[0].length;

function ours(labels: number[], logits: number[][]): Outcome {
  return tf.tidy(() => {
    let hits = (): number => NaN;
    const { value, grad } = tf.valueAndGrad((x: tf.Tensor2D) => {
      const result = softmaxCrossEntropy(Int32Array.from(labels), x);
      hits = result.hits;
      return tf.mul(result.loss, 3);
    })(tf.tensor2d(logits));
    return { loss: value.dataSync()[0], hits: hits(), gradient: Array.from(grad.dataSync()) };
  });
}

function stock(labels: number[], logits: number[][]): Outcome {
  return tf.tidy(() => {
    const targets = tf.oneHot(tf.tensor1d(labels, 'int32'), classesOf(logits)).toFloat() as tf.Tensor2D;
    const { value, grad } = tf.valueAndGrad((x: tf.Tensor2D) =>
      tf.mul(tf.losses.softmaxCrossEntropy<tf.Tensor2D, tf.Scalar>(targets, x), 3),
    )(tf.tensor2d(logits));
    const predicted = Array.from(tf.argMax(tf.tensor2d(logits), 1).dataSync());
    const hits = predicted.filter((c, i) => c === labels[i]).length;
    return { loss: value.dataSync()[0], hits, gradient: Array.from(grad.dataSync()) };
  });
}

const BATCHES: Record<string, [labels: number[], logits: number[][]]> = {
  'an ordinary batch': [[2, 0, 1], [[1, 2, 3], [0.5, -1, 0.25], [3, 2, -7]]], // prettier-ignore
  'one image': [[1], [[-2, 5]]],
  'logits past the range of exp': [[0, 1, 1], [[1000, -1000], [1000, -1000], [-2000, -2001]]], // prettier-ignore
  ties: [[0, 1, 2], [[1, 1, 1], [1, 1, 1], [0, 2, 2]]], // prettier-ignore
  'a label that is no class': [[5, -1, 1], [[1, 2], [2, 1], [1, 3]]], // prettier-ignore
  NaN: [[0, 1], [[NaN, 1], [1, 2]]], // prettier-ignore
  'NaN that is not first': [[1, 1], [[1, NaN], [1, 2]]], // prettier-ignore
  infinity: [[0, 1], [[Infinity, 1], [1, 2]]], // prettier-ignore
  'minus infinity': [[0, 1], [[-Infinity, 1], [1, -Infinity]]], // prettier-ignore
  'minus infinity in another class': [[1], [[-Infinity, 1, 2]]],
};

for (const [name, [labels, logits]] of Object.entries(BATCHES)) {
  test(`softmax cross-entropy is that of tf.losses: ${name}`, async () => {
    await tf.setBackend('cpu');
    const expected = stock(labels, logits);
    // tfjs rounds the logarithm of a probability, which is of the order of the largest logit.
    const largest = Math.max(...logits.flat().filter(Number.isFinite).map(Math.abs));
    const isClose = (a: number, b: number): boolean => Object.is(a, b) || Math.abs(a - b) <= 1e-6 + 1e-7 * largest;
    for (const backend of ['cpu', 'wasm']) {
      await tf.setBackend(backend);
      const before = tf.memory().numTensors;
      const actual = ours(labels, logits);
      assert.equal(tf.memory().numTensors, before);
      assert.ok(isClose(actual.loss, expected.loss), `loss ${actual.loss} is not ${expected.loss}`);
      assert.equal(actual.hits, expected.hits);
      assert.equal(actual.gradient.length, expected.gradient.length);
      expected.gradient.forEach((value, i) =>
        assert.ok(isClose(actual.gradient[i], value), `gradient ${i}: ${actual.gradient[i]} is not ${value}`),
      );
    }
  });
}

test('as many labels as logits are needed', () => {
  assert.throws(() => softmaxCrossEntropy(Int32Array.of(1), tf.zeros([2, 3])), /labels and logits/);
});

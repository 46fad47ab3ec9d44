import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as tf from '../../tf.js';
import { ACCELERATED, openAccelerated } from './accelerated.fixture.js';
import { differentiableTwice, innerGradient } from './inner-gradient.js';

before(openAccelerated);

const random = (shape: number[], seed: number): tf.Tensor => tf.randomNormal(shape, 0, 1, 'float32', seed);

const scaled = (x: tf.Tensor4D, w: tf.Tensor): tf.Tensor4D => tf.mul(x, w);

type Operation = (x: tf.Tensor4D, weights: tf.Tensor) => tf.Tensor;

/** Operations that may lie behind a convolution: of a map [2, 6, 6, 4] and weights of the given shape. */
const OPERATIONS: Record<string, { of: Operation; weights: number[] }> = {
  convolution: { of: (x, w) => tf.conv2d(x, w as tf.Tensor4D, 1, 'same'), weights: [3, 3, 4, 3] },
  'strided convolution': { of: (x, w) => tf.conv2d(x, w as tf.Tensor4D, 2, 'valid'), weights: [3, 3, 4, 3] },
  'depthwise convolution': {
    of: (x, w) => tf.depthwiseConv2d(x, w as tf.Tensor4D, 1, 'same'),
    weights: [3, 3, 4, 2],
  },
  'batch norm, statistics given': {
    of: (x, w) => tf.batchNorm(x, tf.tensor1d([0.1, 0.2, 0.3, 0.4]), tf.tensor1d([1, 2, 0.5, 1]), tf.zeros([4]), w as tf.Tensor1D), // prettier-ignore
    weights: [4],
  },
  'batch norm, statistics of the batch': {
    of: (x, w) => {
      const { mean, variance } = tf.moments(x, [0, 1, 2]);
      return tf.batchNorm(x, mean as tf.Tensor1D, variance as tf.Tensor1D, tf.zeros([4]), w as tf.Tensor1D, 1e-3);
    },
    weights: [4],
  },
  'max pooling': { of: (x, w) => tf.maxPool(scaled(x, w), 2, 2, 'valid'), weights: [4] },
  'max pooling, overlapping': { of: (x, w) => tf.maxPool(scaled(x, w), 3, 1, 'same'), weights: [4] },
  'average pooling': { of: (x, w) => tf.avgPool(scaled(x, w), 2, 2, 'valid'), weights: [4] },
  'average pooling, overlapping': { of: (x, w) => tf.avgPool(scaled(x, w), 3, 1, 'valid'), weights: [4] },
  'pooling over all': { of: (x, w) => tf.mul(tf.mean(x, [1, 2]), w), weights: [4] },
  'largest of all': { of: (x, w) => tf.max(tf.mul(x, w), [1, 2]), weights: [4] },
  relu: { of: (x, w) => tf.relu(tf.mul(x, w)), weights: [4] },
  relu6: { of: (x, w) => tf.relu6(tf.mul(x, w)), weights: [4] },
  'leaky relu': { of: (x, w) => tf.leakyRelu(tf.mul(x, w), 0.1), weights: [4] },
  sigmoid: { of: (x, w) => tf.sigmoid(tf.mul(x, w)), weights: [4] },
  tanh: { of: (x, w) => tf.tanh(tf.mul(x, w)), weights: [4] },
  elu: { of: (x, w) => tf.elu(tf.mul(x, w)), weights: [4] },
  swish: { of: (x, w) => tf.mul(x, tf.sigmoid(tf.mul(x, w))), weights: [4] },
  addition: { of: (x, w) => tf.add(tf.mul(x, w), x), weights: [4] },
  concatenation: { of: (x, w) => tf.concat([x, tf.mul(x, w)], 3), weights: [4] },
  'dense layer': { of: (x, w) => tf.matMul(tf.reshape(x, [2, 144]), w), weights: [144, 3] },
};

/** Σ r·(d Σ op(x, w)² / dx), whose derivative with respect to x and w goes through that of the gradient. */
function secondOrder(operation: Operation, direction: tf.Tensor) {
  return (x: tf.Tensor, w: tf.Tensor): tf.Scalar => {
    const y = differentiableTwice(() => tf.sum(tf.square(operation(x as tf.Tensor4D, w))));
    return tf.sum(tf.mul(direction, innerGradient(y, x)));
  };
}

for (const { backend, skip } of ACCELERATED) {
  for (const [name, { of, weights }] of Object.entries(OPERATIONS)) {
    test(`${backend}, ${name}: the gradient of a gradient agrees with finite differences`, { skip }, async () => {
      await tf.setBackend(backend);
      tf.tidy(() => {
        const x = random([2, 6, 6, 4], 1);
        const w = random(weights, 2);
        const penalty = secondOrder(of, random(x.shape, 3));
        const [dx, dw] = tf.grads(penalty)([x, w]);
        // Outside of another gradient there is nothing that could be recorded; tf.grad at depth 0 is tfjs's own.
        const value = (a: tf.Tensor, b: tf.Tensor): number =>
          tf
            .sum(tf.mul(random(x.shape, 3), tf.grad((t) => tf.sum(tf.square(of(t as tf.Tensor4D, b))))(a)))
            .dataSync()[0];
        const step = 1e-3;
        for (const [slope, along, at] of [
          [dx, random(x.shape, 4), (by: tf.Tensor) => value(tf.add(x, by), w)],
          [dw, random(weights, 5), (by: tf.Tensor) => value(x, tf.add(w, by))],
        ] as const) {
          const numeric = (at(tf.mul(along, step)) - at(tf.mul(along, -step))) / (2 * step);
          const exact = tf.sum(tf.mul(slope, along)).dataSync()[0];
          assert.ok(Math.abs(exact - numeric) < 0.02 * (1 + Math.abs(numeric)), `${exact}, numerically ${numeric}`);
        }
      });
    });
  }

  test(
    `${backend}: pooling's second derivatives are the transposes of its kernels, ties and borders too`,
    { skip },
    async () => {
      await tf.setBackend(backend);
      tf.tidy(() => {
        const x = tf.relu(random([2, 5, 5, 4], 1)) as tf.Tensor4D; // zeros: ties
        for (const pool of [
          (t: tf.Tensor) => tf.maxPool(t as tf.Tensor4D, 3, 2, 'same'),
          (t: tf.Tensor) => tf.maxPool(t as tf.Tensor4D, 2, 1, 'valid'),
          (t: tf.Tensor) => tf.avgPool(t as tf.Tensor4D, 3, 2, 'same'),
          (t: tf.Tensor) => tf.avgPool(t as tf.Tensor4D, 2, 2, 'valid'),
        ]) {
          const shape = pool(x).shape;
          const [u, v] = [random(shape, 2), random(x.shape, 3)];
          // Lᵀ as tfjs differentiates the gradient with respect to the u that comes in from behind.
          const back = tf.grad((from) =>
            tf.sum(
              tf.mul(
                v,
                innerGradient(
                  differentiableTwice(() => tf.sum(tf.mul(pool(x), from))),
                  x,
                ),
              ),
            ),
          )(u);
          const there = tf.sum(tf.mul(v, tf.grad((t) => tf.sum(tf.mul(pool(t), u)))(x))).dataSync()[0];
          const andBack = tf.sum(tf.mul(u, back)).dataSync()[0];
          assert.ok(Math.abs(there - andBack) < 1e-4 * (1 + Math.abs(there)), `${there} and ${andBack}`);
        }
      });
    },
  );

  test(`${backend}: nothing is left behind`, { skip }, async () => {
    await tf.setBackend(backend);
    const [x, w] = [random([2, 6, 6, 4], 1), random([3, 3, 4, 3], 2)];
    const before = tf.memory().numTensors;
    tf.dispose(tf.grads(secondOrder(OPERATIONS['convolution'].of, x))([x, w]));
    assert.equal(tf.memory().numTensors, before);
  });
}

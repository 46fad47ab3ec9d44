import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ModelError } from '../../errors.js';
import * as tf from '../../tf.js';
import { testLayer } from './check-layer.fixture.js';
import { GroupNormalization } from './group-normalization.js';

const SHAPE = [2, 3, 4, 6] as const;

/** Group normalisation written out; `size` values of a group count, of which those missing are 0. */
function byHand(
  x: Float32Array,
  groupOf: number[],
  size: number,
  epsilon: number,
  gamma?: Float32Array,
  beta?: Float32Array,
) {
  const [batch, height, width, channels] = SHAPE;
  const y = new Array<number>(x.length);
  for (let b = 0; b < batch; b++)
    for (const group of new Set(groupOf)) {
      const positions: number[] = [];
      for (let p = 0; p < height * width; p++)
        groupOf.forEach((g, c) => g === group && positions.push((b * height * width + p) * channels + c));
      const count = size * height * width;
      const mean = positions.reduce((sum, i) => sum + x[i], 0) / count;
      const squares = positions.reduce((sum, i) => sum + x[i] ** 2, 0) / count;
      for (const i of positions) {
        const value = (x[i] - mean) / Math.sqrt(squares - mean ** 2 + epsilon);
        y[i] = value * (gamma?.[i % channels] ?? 1) + (beta?.[i % channels] ?? 0);
      }
    }
  return y;
}

testLayer(
  'GroupNormalization, three groups',
  () => new GroupNormalization({ groups: 3 }),
  SHAPE,
  (x, [gamma, beta]) => byHand(x, [0, 0, 1, 1, 2, 2], 2, 1e-3, gamma, beta),
);
testLayer(
  'instance normalisation',
  () => new GroupNormalization({ groups: -1, epsilon: 1e-5 }),
  SHAPE,
  (x, [gamma, beta]) => byHand(x, [0, 1, 2, 3, 4, 5], 1, 1e-5, gamma, beta),
);
testLayer(
  'GroupNormalization without scale',
  () => new GroupNormalization({ groups: 1, scale: false }),
  SHAPE,
  (x, [beta]) => byHand(x, [0, 0, 0, 0, 0, 0], 6, 1e-3, undefined, beta),
);
testLayer(
  'GroupNormalization of what is left of three groups of four',
  () => new GroupNormalization({ groups: 3, groupOfChannel: [0, 0, 0, 0, 2, 2], groupSize: 4 }),
  SHAPE,
  (x, [gamma, beta]) => byHand(x, [0, 0, 0, 0, 2, 2], 4, 1e-3, gamma, beta),
);

test('settings that do not fit are refused', () => {
  const input = tf.input({ shape: [3, 4, 6] });
  assert.throws(() => new GroupNormalization({ groups: 4 }).apply(input), /4 groups do not fit 6 input channels/);
  assert.throws(() => new GroupNormalization({ groups: 0 }), /from 1 on or −1, got 0/);
  assert.throws(() => new GroupNormalization({ axis: 1 }), /last axis, got axis 1/);
  assert.throws(
    () => new GroupNormalization({ groups: 2, groupOfChannel: [0, 2], groupSize: 2 }),
    /numbers from 0 to 1/,
  );
  assert.throws(() => new GroupNormalization({ groups: 2, groupOfChannel: [0, 1] }), ModelError);
});

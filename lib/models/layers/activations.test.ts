import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as tf from '../../tf.js';
import { ADDED_ACTIVATIONS } from './activations.js';
import { testLayer } from './check-layer.fixture.js';

const sigmoid = (v: number) => 1 / (1 + Math.exp(-v));
const hardSigmoid = (v: number) => Math.min(6, Math.max(0, v + 3)) / 6;
const BY_HAND: Record<string, (v: number) => number> = {
  silu: (v) => v * sigmoid(v),
  hardSigmoidRelu6: hardSigmoid,
  hardSilu: (v) => v * hardSigmoid(v),
  hardSwish: (v) => v * hardSigmoid(v),
  leakyRelu: (v) => (v > 0 ? v : 0.2 * v),
  exponential: Math.exp,
  celu: (v) => (v > 0 ? v : Math.expm1(v)),
  logSigmoid: (v) => Math.log(sigmoid(v)),
  hardTanh: (v) => Math.min(1, Math.max(-1, v)),
  hardShrink: (v) => (Math.abs(v) > 0.5 ? v : 0),
  softShrink: (v) => Math.sign(v) * Math.max(0, Math.abs(v) - 0.5),
  tanhShrink: (v) => v - Math.tanh(v),
  squareplus: (v) => (v + Math.sqrt(v * v + 4)) / 2,
  sparsePlus: (v) => (v <= -1 ? 0 : v >= 1 ? v : (v + 1) ** 2 / 4),
  sparseSigmoid: (v) => Math.min(1, Math.max(0, (v + 1) / 2)),
  geluNew: (v) => 0.5 * v * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (v + 0.044715 * v ** 3))),
};

for (const [name, compute] of Object.entries(BY_HAND)) {
  testLayer(
    `activation ${name}`,
    () => tf.layers.activation({ activation: name as 'relu' }),
    [2, 3, 4],
    (x) => Array.from(x, (v) => compute(v)),
  );
}

test('every added activation is tested, and convolutions take them by name', () => {
  assert.deepEqual([...ADDED_ACTIVATIONS].sort(), Object.keys(BY_HAND).sort());
  const layer = tf.layers.conv2d({ filters: 2, kernelSize: 1, activation: 'hardSilu' as 'relu' });
  layer.apply(tf.input({ shape: [4, 4, 3] }));
  assert.equal(layer.getConfig()['activation'], 'hardSilu');
});

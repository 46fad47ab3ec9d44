import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as tf from '../../../tf.js';
import { loadAddon } from '../addon-file.js';
import { nativeTest } from '../compare-with-cpu.fixture.js';
import { assertLikeCpu, floats, type Given } from './given.fixture.js';
import { reductionShape } from './reduction.js';

const REDUCTIONS = { sum: tf.sum, mean: tf.mean, max: tf.max, min: tf.min };

const CASES: [number[], number[] | undefined][] = [
  [[], undefined],
  [[1], [0]],
  [[5, 7], undefined],
  [[5, 7], []],
  [[5, 7], [0]],
  [[5, 7], [-1]],
  [[128, 10], [1]],
  [[1000, 64], [1]],
  [[1000, 65], [1]],
  [[3, 20011], [1]],
  [
    [4, 9, 11, 3],
    [0, 1, 2],
  ],
  [
    [8, 33, 33, 17],
    [0, 1, 2],
  ],
  [
    [8, 33, 33, 1],
    [0, 1, 2],
  ],
  [[300, 1500], [0]],
  [[2, 300, 1500], [1]],
  [
    [4, 8, 8, 64],
    [1, 2],
  ],
  [
    [6, 1, 7, 1, 3],
    [0, 2],
  ],
  [
    [3, 4, 5],
    [0, 2],
  ],
  [
    [2, 3, 4, 5],
    [2, 1],
  ],
  [[70, 1030], [0]],
  [[0, 3], [0]],
  [[3, 0], [0]],
];

for (const [name, f] of Object.entries(REDUCTIONS)) {
  nativeTest(`${name} is that of tfjs-cpu over any dimensions`, async () => {
    for (const [shape, axes] of CASES) {
      for (const keepDims of [false, true]) {
        const what = `${name} of [${shape.join()}] over ${axes?.join()}, keepDims ${keepDims}`;
        await assertLikeCpu(what, [floats(shape)], ([x]) => f(x, axes, keepDims));
      }
    }
  });

  nativeTest(`${name} propagates NaN and infinities`, async () => {
    for (const special of [NaN, Infinity, -Infinity]) {
      for (const position of [0, 700, 1999]) {
        const given: Given = floats([2000]);
        given.values[position] = special;
        await assertLikeCpu(`${name} of ${special} at ${position}`, [given], ([x]) => f(x));
        await assertLikeCpu(`columns`, [given], ([x]) => f(x.reshape([400, 5]), 0));
        await assertLikeCpu(`rows`, [given], ([x]) => f(x.reshape([400, 5]), 1));
      }
    }
  });
}

nativeTest('a sum of ten million elements is accurate', async () => {
  await tf.setBackend('onednn');
  const count = 10_000_000;
  const sums = tf.tidy(() => {
    const x = tf.fill([count], 0.1);
    return [
      x.sum(),
      x
        .reshape([count / 10, 10])
        .sum(0)
        .mul(10),
      x.mean().mul(count),
    ].map((t) => t.dataSync()[0]);
  });
  const exact = count * Math.fround(0.1);
  for (const sum of sums) assert.ok(Math.abs(sum / exact - 1) < 1e-6, `${sum}, not ${exact}`);
});

nativeTest('sums do not depend on the number of threads', async () => {
  await tf.setBackend('onednn');
  const addon = loadAddon();
  const given = floats([64, 33, 33, 5]);
  const threads = addon.setThreads(0);
  try {
    const [one, two] = [1, 2].map((count) => {
      addon.setThreads(count);
      return tf.tidy(() => Array.from(tf.tensor(given.values, given.shape).sum([0, 1, 2]).dataSync()));
    });
    assert.deepEqual(one, two);
  } finally {
    addon.setThreads(threads);
  }
});

nativeTest('softmax and its relatives are those of tfjs-cpu', async () => {
  for (const shape of [[1], [10], [128, 10], [3, 5, 17], [2, 1001], [0, 3]]) {
    await assertLikeCpu(`softmax of [${shape.join()}]`, [floats(shape)], ([x]) => tf.softmax(x));
    await assertLikeCpu(`logSoftmax of [${shape.join()}]`, [floats(shape)], ([x]) => tf.logSoftmax(x));
    await assertLikeCpu(`logSumExp of [${shape.join()}]`, [floats(shape)], ([x]) => tf.logSumExp(x));
  }
  const special = Float32Array.of(1, NaN, 2, 1, -Infinity, 2, 1e30, 0, -1e30, -200, -100, -150, Infinity, 0, 1);
  await assertLikeCpu('softmax of special values', [{ shape: [5, 3], values: special }], ([x]) => tf.softmax(x));
});

test('dimensions of size 1 do not separate reduced ones', () => {
  assert.deepEqual(reductionShape([4, 1, 5, 1, 6], [0, 2]), [1, 20, 6]);
  assert.deepEqual(reductionShape([4, 1, 5, 1, 6], [2]), [4, 5, 6]);
  assert.deepEqual(reductionShape([4, 5, 6], [0, 2]), null);
  assert.deepEqual(reductionShape([], []), [1, 1, 1]);
});

nativeTest('the addon refuses arrays that do not fit', () => {
  const addon = loadAddon();
  const [two, six] = [new Float32Array(2), new Float32Array(6)];
  assert.throws(() => addon.reduce.Sum(1, 4, 2, six, two), RangeError);
  assert.throws(() => addon.reduce.Sum(2, 3, 2, six, two), RangeError);
  assert.throws(() => addon.reduce.Sum(0, 3, 2, six, two), RangeError);
  assert.throws(() => addon.reduce.Sum(1.5, 3, 2, six, two), TypeError);
  assert.throws(() => addon.softmax(4, six, six), RangeError);
  assert.throws(() => addon.softmax(0, six, six), RangeError);
  assert.throws(() => addon.softmax(2, two, six), TypeError);
});

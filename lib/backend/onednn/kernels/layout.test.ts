import assert from 'node:assert/strict';
import * as tf from '../../../tf.js';
import { loadAddon } from '../addon-file.js';
import { nativeTest } from '../compare-with-cpu.fixture.js';
import { assertLikeCpu, type Compute, floats, type Given, integers } from './given.fixture.js';

/** For float32 and int32 tensors. */
async function assertBoth(what: string, shapes: number[][], compute: Compute): Promise<void> {
  const kinds: ((shape: number[], seed: number) => Given)[] = [floats, integers];
  for (const kind of kinds)
    await assertLikeCpu(
      what,
      shapes.map((shape, i) => kind(shape, i + 1)),
      compute,
    );
}

nativeTest('transpose is that of tfjs-cpu', async () => {
  const cases: [number[], number[]][] = [
    [[7], [0]],
    [
      [3, 5],
      [1, 0],
    ],
    [
      [200, 133],
      [1, 0],
    ],
    [
      [4, 9, 7, 5],
      [0, 3, 1, 2],
    ],
    [
      [4, 32, 33, 17],
      [0, 3, 1, 2],
    ],
    [
      [4, 17, 32, 33],
      [0, 2, 3, 1],
    ],
    [
      [4, 9, 7, 5],
      [3, 2, 1, 0],
    ],
    [
      [4, 9, 7, 5],
      [1, 0, 2, 3],
    ],
    [
      [4, 1, 7, 1],
      [3, 2, 1, 0],
    ],
    [
      [2, 3, 4, 5, 2, 3],
      [5, 0, 4, 1, 3, 2],
    ],
    [
      [0, 3],
      [1, 0],
    ],
  ];
  for (const [shape, perm] of cases)
    await assertBoth(`[${shape.join()}] by ${perm.join()}`, [shape], ([x]) => tf.transpose(x, perm));
});

nativeTest('reverse and tile are those of tfjs-cpu', async () => {
  for (const dims of [[0], [1], [2], [0, 2], [-1, -2], [0, 1, 2]]) {
    await assertBoth(`reverse ${dims.join()}`, [[4, 5, 6]], ([x]) => tf.reverse(x, dims));
  }
  await assertBoth('reverse of ones', [[1, 40, 1, 1]], ([x]) => tf.reverse(x, [0, 1]));
  const cases: [number[], number[]][] = [
    [[3], [4]],
    [
      [1, 1, 1, 16],
      [3, 32, 33, 1],
    ],
    [
      [2, 3, 4],
      [1, 1, 1],
    ],
    [
      [2, 3, 4],
      [3, 2, 5],
    ],
    [
      [5, 1],
      [1, 9],
    ],
    [[1], [70000]],
    [
      [2, 1, 2, 1, 2],
      [1, 2, 3, 2, 1],
    ],
    [
      [2, 3],
      [0, 1],
    ],
  ];
  for (const [shape, reps] of cases)
    await assertBoth(`tile [${shape.join()}] by ${reps.join()}`, [shape], ([x]) => tf.tile(x, reps));
});

nativeTest('slices are those of tfjs-cpu', async () => {
  const cases: [number[], number[], number[]][] = [
    [[10], [3], [4]],
    [
      [5, 6],
      [1, 0],
      [3, 6],
    ],
    [
      [5, 6, 7],
      [1, 2, 3],
      [2, 3, 4],
    ],
    [
      [5, 6, 7],
      [0, 2, 0],
      [-1, 3, -1],
    ],
    [
      [9, 33, 33, 16],
      [1, 2, 3, 4],
      [7, 30, 29, 8],
    ],
    [
      [4, 5],
      [0, 5],
      [4, 0],
    ],
  ];
  for (const [shape, begin, size] of cases) {
    await assertBoth(`[${shape.join()}] from ${begin.join()}`, [shape], ([x]) => tf.slice(x, begin, size));
  }
  const strided: [number[], number[], number[], number[]][] = [
    [[10], [1], [9], [3]],
    [[10], [9], [0], [-2]],
    [
      [8, 9, 10],
      [0, 0, 0],
      [8, 9, 10],
      [1, 2, 1],
    ],
    [
      [8, 9, 10],
      [7, 8, 1],
      [0, 1, 9],
      [-2, -3, 2],
    ],
    [
      [2, 32, 32, 16],
      [0, 0, 0, 0],
      [2, 32, 32, 16],
      [1, 2, 2, 1],
    ],
    [
      [8, 9],
      [1, 2],
      [5, 7],
      [1, 1],
    ],
    [
      [8, 9],
      [0, 0],
      [8, 9],
      [1, 1],
    ],
    [
      [8, 9],
      [5, 0],
      [5, 9],
      [1, 2],
    ],
  ];
  for (const [shape, begin, end, strides] of strided) {
    const what = `[${shape.join()}] from ${begin.join()} by ${strides.join()}`;
    await assertBoth(what, [shape], ([x]) => tf.stridedSlice(x, begin, end, strides));
    await assertBoth(`${what}, masked`, [shape], ([x]) => tf.stridedSlice(x, begin, end, strides, 1, 1));
  }
});

nativeTest('a strided slice drops and adds dimensions', async () => {
  const shrink = (x: tf.Tensor): tf.Tensor => tf.stridedSlice(x, [3, 2, 1], [4, 9, 9], [1, 1, 1], 0, 0, 0, 0, 1);
  await assertBoth('shrinking', [[8, 9, 10]], ([x]) => shrink(x));
  const grow = (x: tf.Tensor): tf.Tensor => tf.stridedSlice(x, [0, 1, 1], [0, 7, 9], [1, 2, 3], 0, 0, 0, 1);
  await assertBoth('with a new dimension', [[8, 9]], ([x]) => grow(x));
  // tfjs-cpu cannot do both a stride and a dropped dimension.
  await tf.setBackend('onednn');
  const [strided, expected] = tf.tidy(() => {
    const x = tf.tensor(floats([8, 9, 10]).values, [8, 9, 10]);
    const strided = tf.stridedSlice(x, [3, 8, 1], [4, 1, 9], [1, -3, 2], 0, 0, 0, 0, 1);
    const whole = tf.stridedSlice(x, [3, 8, 1], [4, 1, 9], [1, -3, 2]);
    return [strided, whole.squeeze([0])].map((t) => ({ shape: t.shape, values: Array.from(t.dataSync()) }));
  });
  assert.deepEqual(strided, expected);
});

nativeTest('a slice keeps its values when the tensor it is from is gone', async () => {
  await tf.setBackend('onednn');
  const x = tf.fill([100, 100], 3).add(1);
  const part = x.slice([10, 0], [50, 100]);
  x.dispose();
  const other = tf.fill([100, 100], 5).add(2);
  assert.ok(part.dataSync().every((v) => v === 4));
  tf.dispose([part, other]);
});

nativeTest('pad is that of tfjs-cpu', async () => {
  const cases: [number[], [number, number][]][] = [
    [[5], [[2, 3]]],
    [
      [4, 5],
      [
        [0, 0],
        [1, 2],
      ],
    ],
    [
      [4, 5],
      [
        [3, 1],
        [0, 0],
      ],
    ],
    [
      [2, 5, 6, 3],
      [
        [0, 0],
        [2, 1],
        [0, 3],
        [0, 0],
      ],
    ],
    [
      [3, 32, 32, 16],
      [
        [0, 0],
        [4, 4],
        [4, 4],
        [0, 0],
      ],
    ],
    [
      [3, 16, 16, 16],
      [
        [0, 0],
        [0, 0],
        [0, 0],
        [8, 8],
      ],
    ],
    [
      [3, 5, 1, 4],
      [
        [1, 1],
        [1, 0],
        [0, 2],
        [3, 0],
      ],
    ],
    [
      [4, 5],
      [
        [0, 0],
        [0, 0],
      ],
    ],
    [
      [0, 5],
      [
        [1, 0],
        [0, 1],
      ],
    ],
  ];
  for (const [shape, paddings] of cases) {
    for (const value of [0, 7])
      await assertBoth(`pad [${shape.join()}] ${paddings.join()}`, [shape], ([x]) => tf.pad(x, paddings, value));
  }
});

nativeTest('concat is that of tfjs-cpu', async () => {
  const cases: [number[][], number][] = [
    [[[3], [5]], 0],
    [
      [
        [2, 3],
        [4, 3],
        [1, 3],
      ],
      0,
    ],
    [
      [
        [2, 3],
        [2, 1],
        [2, 7],
      ],
      1,
    ],
    [
      [
        [3, 32, 33, 5],
        [3, 32, 33, 16],
      ],
      -1,
    ],
    [
      [
        [2, 3, 4],
        [2, 5, 4],
      ],
      1,
    ],
    [
      [
        [2, 0],
        [2, 3],
        [2, 2],
      ],
      1,
    ],
    [
      [
        [2, 0],
        [2, 3],
      ],
      1,
    ],
  ];
  for (const [shapes, axis] of cases) await assertBoth(`along ${axis}`, shapes, (x) => tf.concat(x, axis));
});

nativeTest('gather is that of tfjs-cpu', async () => {
  const rows = Int32Array.of(4, 0, 3, 3, 1, 2);
  await assertBoth('rows', [[5, 33, 101]], ([x]) => tf.gather(x, tf.tensor1d(rows, 'int32')));
  await assertBoth('grid of rows', [[5, 3]], ([x]) => tf.gather(x, tf.tensor2d(rows, [2, 3], 'int32')));
  await assertBoth('columns', [[3, 5]], ([x]) => tf.gather(x, tf.tensor1d(rows, 'int32'), 1));
  await assertBoth('no rows', [[3, 5]], ([x]) => tf.gather(x, tf.tensor1d([], 'int32')));
  await tf.setBackend('onednn');
  assert.throws(() => tf.tidy(() => tf.gather(tf.zeros([3, 2]), tf.tensor1d([3], 'int32'))), /is not in \[0, 2\]/);
});

nativeTest('the addon refuses what reaches beyond its arrays', () => {
  const addon = loadAddon();
  const six = new Float32Array(6);
  for (const [numbers, start, outStart] of [
    [[7, 1, 1], 0, 0],
    [[6, 1, 1], 1, 0],
    [[6, 1, 1], 0, 1],
    [[3, -1, 1], 1, 0],
    [[2, 2147483647, 1], 0, 0],
    [[2, 3, 3, 4, 1, 1], 0, 0],
    [[2, 1, 0], 0, 0],
    [[0, 1, 1], 0, 0],
    [[2, 1], 0, 0],
  ] as const) {
    assert.throws(() => addon.copyStrided(Int32Array.from(numbers), six, start, six.slice(), outStart), RangeError);
  }
  assert.throws(() => addon.gatherRows(2, Int32Array.of(3), six, new Float32Array(2)), RangeError);
  assert.throws(() => addon.gatherRows(4, Int32Array.of(0), six, new Float32Array(4)), RangeError);
  assert.throws(() => addon.pad(Int32Array.of(6, 1, 0), Float32Array.of(0), six, six), TypeError);
  assert.throws(() => addon.pad(Int32Array.of(6, -1, 1), Float32Array.of(0), six, six), RangeError);
});

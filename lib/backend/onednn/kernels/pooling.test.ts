import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as tf from '../../../tf.js';
import { loadAddon } from '../addon-file.js';
import { assertAsOnCpu, random, whyNoAddon } from '../compare-with-cpu.fixture.js';

type Pad = number | 'same' | 'valid' | [[number, number], [number, number], [number, number], [number, number]];

const skip = whyNoAddon();

const agreesWithCpu = (compute: () => tf.Tensor[], tolerance = 1e-5): Promise<void> =>
  assertAsOnCpu(compute, tolerance);

/** [batch, height, width, channels, filter, strides, pad, rounding] */
const POOLS: [
  number,
  number,
  number,
  number,
  [number, number],
  [number, number],
  Pad,
  ('floor' | 'round' | 'ceil')?,
][] = [
  [2, 8, 8, 8, [2, 2], [2, 2], 'valid'],
  [5, 16, 16, 64, [2, 2], [2, 2], 'same'],
  [3, 8, 8, 61, [8, 8], [8, 8], 'valid'],
  [3, 8, 8, 16, [8, 8], [1, 1], 'valid'],
  [1, 7, 9, 1, [1, 1], [2, 2], 'valid'],
  [1, 7, 9, 5, [1, 1], [1, 1], 'valid'],
  [1, 7, 9, 3, [2, 2], [2, 2], 'same'],
  [2, 9, 7, 5, [3, 3], [2, 2], 'valid'],
  [2, 9, 6, 3, [3, 3], [2, 2], 'same'],
  [3, 5, 5, 10, [3, 3], [1, 1], 'same'],
  [9, 15, 15, 40, [3, 3], [1, 1], 'same'],
  [1, 6, 7, 4, [5, 2], [1, 3], 'same'],
  [2, 7, 6, 6, [3, 2], [2, 1], [[0, 0], [1, 1], [1, 1], [0, 0]]], // prettier-ignore
  [2, 8, 7, 13, [2, 3], [3, 2], [[0, 0], [1, 0], [0, 2], [0, 0]]], // prettier-ignore
  [1, 4, 3, 2, [7, 7], [1, 1], 3],
  [1, 3, 3, 3, [2, 2], [2, 2], 3],
  [2, 8, 6, 5, [3, 3], [2, 2], 0, 'floor'],
  [2, 8, 6, 5, [3, 3], [2, 2], 0, 'round'],
  [2, 8, 6, 5, [3, 3], [2, 2], 0, 'ceil'],
  [2, 6, 8, 4, [2, 2], [3, 3], 1, 'ceil'],
  [0, 8, 8, 4, [2, 2], [2, 2], 'valid'],
];

for (const [batch, height, width, channels, filter, strides, pad, rounding] of POOLS) {
  const name = `${batch}×${height}×${width}×${channels} ${filter.join('×')} stride ${strides.join('×')} pad ${JSON.stringify(pad)} ${rounding ?? ''}`;
  test(`pooling and its gradients agree with cpu: ${name}`, { skip }, async () => {
    for (const mean of [-5, 0, 5]) {
      await agreesWithCpu(() => {
        const x = random([batch, height, width, channels], 1).add<tf.Tensor4D>(mean);
        const rounded = tf.round(x); // many ties
        const pooled = [
          tf.maxPool(x, filter, strides, pad, rounding),
          tf.maxPool(rounded, filter, strides, pad, rounding),
          tf.avgPool(x, filter, strides, pad, rounding),
        ];
        const dy = random(pooled[0].shape, 2);
        const attrs = { filterSize: filter, strides, pad, ...(rounding && { dimRoundingMode: rounding }) };
        const maxPoolGrad = (input: tf.Tensor): tf.Tensor =>
          tf.engine().runKernel('MaxPoolGrad', { dy, input, output: dy }, attrs);
        const results = [...pooled, maxPoolGrad(x), maxPoolGrad(rounded)];
        // tfjs-core's own gradient leaves out the rounding mode.
        if (rounding) return results;
        const gradient = (pool: typeof tf.maxPool): tf.Tensor =>
          tf.grad((t) => pool(t as tf.Tensor4D, filter, strides, pad))(x, dy);
        return [...results, gradient(tf.maxPool), gradient(tf.avgPool)];
      });
    }
  });
}

test('NaN and infinities are pooled as on cpu', { skip }, () =>
  agreesWithCpu(() => {
    const odd = [NaN, Infinity, -Infinity, 1, NaN, -Infinity, -Infinity, 2, NaN, Infinity, Infinity, -3];
    const x = tf.tidy(() =>
      tf.tensor1d(
        Array.from({ length: 600 }, (_, i) => odd[(i * i + (i >> 3)) % 12]),
        'float32',
      ),
    );
    return [1, 5, 12].flatMap((channels) => {
      const t = x.slice(0, 50 * channels).reshape<tf.Tensor4D>([1, 5, 10, channels]);
      const blocks = tf.concat([tf.fill([1, 2, 10, channels], NaN), tf.fill([1, 2, 10, channels], -Infinity), t], 1);
      return [t, blocks as tf.Tensor4D].flatMap((input) =>
        [2, 3].flatMap((size) => {
          const y = tf.maxPool(input, size, 2, 'same');
          return [
            y,
            tf.avgPool(input, size, 2, 'same'),
            tf.grad((u) => tf.maxPool(u as tf.Tensor4D, size, 2, 'same'))(input, random(y.shape, 1)),
            tf.grad((u) => tf.avgPool(u as tf.Tensor4D, size, 2, 'same'))(input, y),
          ];
        }),
      );
    });
  }),
);

test('max pooling passes the gradient to the first of equal values and never to NaN', { skip }, async () => {
  await tf.setBackend('onednn');
  const gradientOf = (values: number[]): number[] =>
    tf.tidy(() => {
      const x = tf.tensor4d(values, [1, 2, values.length / 2, 1]);
      return [...tf.grad((t) => tf.maxPool(t as tf.Tensor4D, 2, 2, 'valid'))(x, tf.tensor4d([3, 5], [1, 1, 2, 1])).dataSync()]; // prettier-ignore
    });
  assert.deepEqual(gradientOf([-2, -1, 0, 0, -1, -1, 0, 0]), [0, 3, 5, 0, 0, 0, 0, 0]);
  assert.deepEqual(gradientOf([NaN, -4, NaN, NaN, -3, NaN, NaN, NaN]), [0, 0, 0, 0, 3, 0, 0, 0]);
});

test('the max-pooling gradient reaches every window that the forward pass rounded up to', { skip }, async () => {
  await tf.setBackend('onednn');
  tf.tidy(() => {
    const x = tf.range(-48, 0).reshape<tf.Tensor4D>([1, 8, 6, 1]);
    const dx = tf.grad((t) => tf.maxPool(t as tf.Tensor4D, 3, 2, 0, 'ceil'))(x, tf.ones([1, 4, 3, 1]));
    const expected = new Array<number>(48).fill(0);
    for (const row of [2, 4, 6, 7]) for (const column of [2, 4, 5]) expected[6 * row + column] = 1;
    assert.deepEqual([...dx.dataSync()], expected);
  });
});

test('integers are pooled as on cpu, whether they call themselves float32 or not', { skip }, () =>
  agreesWithCpu(() => {
    const x = tf.range(0, 48, 1, 'int32').reshape<tf.Tensor4D>([1, 6, 4, 2]);
    const floats = tf.cast<tf.Tensor4D>(x, 'float32');
    return [tf.maxPool(x, 2, 2, 'same'), tf.maxPool(floats, 2, 2, 'same'), tf.avgPool(floats, 3, 1, 'same')];
  }),
);

test('the addon refuses arrays and shapes that do not fit', { skip }, () => {
  const addon = loadAddon();
  const shape = Int32Array.of(1, 2, 4, 2, 2, 2, 0, 4, 2, 2, 2, 0);
  assert.throws(() => addon.maxPool(shape, new Float32Array(31), new Float32Array(8)), /x: expected 32 elements/);
  assert.throws(() => addon.averagePool(shape, new Float32Array(32), new Float32Array(9)), /out: expected 8/);
  assert.throws(() => addon.averagePoolGradient(shape.subarray(1), new Float32Array(8), new Float32Array(32)), /shape/);
  assert.throws(
    () => addon.maxPool(shape.with(5, 0), new Float32Array(32), new Float32Array(8)),
    /shape: number 5 is 0/,
  );
});

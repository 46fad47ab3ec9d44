import { describe, test } from 'node:test';
import * as tf from '../../../tf.js';
import { assertAsOnCpu, assertFailsAsOnCpu, random, whyNoAddon } from '../compare-with-cpu.fixture.js';

const skip = whyNoAddon();

/** Batch dimensions of a and b, and rows × inner × columns. */
const CASES: Record<string, { a?: number[]; b?: number[]; size: [number, number, number] }> = {
  'small and odd': { size: [5, 7, 3] },
  'one row': { size: [1, 33, 10] },
  'one column': { size: [17, 9, 1] },
  'outer product': { size: [6, 1, 8] },
  'a single number': { size: [1, 1, 1] },
  'larger than a block': { size: [70, 130, 65] },
  batches: { a: [3], b: [3], size: [4, 5, 6] },
  'one b for all of a': { a: [4], b: [1], size: [3, 5, 2] },
  'one a for all of b': { a: [1], b: [3], size: [4, 2, 5] },
  'a batch times a single matrix': { a: [3], b: [], size: [2, 4, 3] },
  'two batch dimensions': { a: [2, 3], b: [2, 3], size: [3, 4, 2] },
  'batch dimensions of one': { a: [1, 1], b: [2, 2], size: [3, 4, 2] },
};

describe('matrix products', { skip }, () => {
  for (const [name, { a = [], b = [], size }] of Object.entries(CASES)) {
    const [rows, inner, columns] = size;
    for (const [transposeA, transposeB] of [
      [false, false],
      [true, false],
      [false, true],
      [true, true],
    ]) {
      test(`${name}${transposeA ? ', a transposed' : ''}${transposeB ? ', b transposed' : ''}`, () =>
        assertAsOnCpu(() =>
          tf.matMul(
            random([...a, ...(transposeA ? [inner, rows] : [rows, inner])], 1),
            random([...b, ...(transposeB ? [columns, inner] : [inner, columns])], 2),
            transposeA,
            transposeB,
          ),
        ));
    }
  }

  test('gradients', () =>
    assertAsOnCpu(() =>
      tf.grads((a: tf.Tensor, b: tf.Tensor) => tf.matMul(a, b, false, true))([random([9, 5], 1), random([4, 5], 2)]),
    ));

  test('no rows, and nothing to sum', async () => {
    await assertAsOnCpu(() => tf.matMul(tf.zeros([0, 4]), tf.ones([4, 3])));
    await assertAsOnCpu(() => tf.matMul(tf.zeros([2, 0]), tf.zeros([0, 3])));
  });

  test('integers', () => assertAsOnCpu(() => tf.matMul(tf.ones([2, 3], 'int32'), tf.ones([3, 2], 'int32'))));

  test('a cast that shares integers with the original', () =>
    assertAsOnCpu(() => tf.matMul(tf.tensor2d([1, 2, 3, 4], [2, 2], 'int32').toFloat(), tf.ones([2, 2]))));

  test('NaN and infinities', async () => {
    for (const value of [NaN, Infinity, -Infinity]) {
      await assertAsOnCpu(() => {
        const a = random([5, 7], 1).dataSync().slice();
        a[9] = value;
        return tf.matMul(tf.tensor(a, [5, 7]), random([7, 19], 2));
      });
    }
  });
});

describe('fused matrix products', { skip }, () => {
  for (const activation of ['linear', 'relu', 'relu6', 'elu', 'sigmoid', 'leakyrelu', 'prelu'] as const) {
    const fused = (bias: tf.Tensor | undefined, a10?: number): tf.Tensor => {
      const a = random([6, 11], 1).dataSync().slice();
      if (a10 !== undefined) a[10] = a10;
      return tf.fused.matMul({
        a: tf.tensor2d(a, [6, 11]),
        b: random<tf.Rank.R2>([11, 6], 2),
        bias,
        activation,
        leakyreluAlpha: 0.3,
        preluActivationWeights: activation === 'prelu' ? random([6], 4) : undefined,
      });
    };

    test(`${activation}, and biases of all shapes`, async () => {
      await assertAsOnCpu(() => fused(undefined));
      await assertAsOnCpu(() => fused(random([6], 3)));
      await assertAsOnCpu(() => fused(random([1, 6], 3)));
      await assertAsOnCpu(() => fused(random([6, 1], 3)), 1e-4);
      await assertAsOnCpu(() => fused(tf.scalar(0.5)));
    });

    test(`${activation} of NaN and infinities`, async () => {
      for (const value of [NaN, Infinity, -Infinity]) await assertAsOnCpu(() => fused(random([6], 3), value));
      await assertAsOnCpu(() => fused(tf.fill([6], NaN)));
    });
  }

  test('gradients through bias and ReLU', () =>
    assertAsOnCpu(() =>
      tf.grads((a: tf.Tensor, b: tf.Tensor, bias: tf.Tensor) =>
        tf.fused.matMul({ a: a, b: b, bias, activation: 'relu' }),
      )([random([4, 7], 1), random([7, 5], 2), random([5], 3)]),
    ));
});

describe('matrix products of shapes that do not fit', { skip }, () => {
  test('fail as on cpu', async () => {
    await assertFailsAsOnCpu(() => tf.matMul(tf.ones([2, 3]), tf.ones([4, 2])));
    await assertFailsAsOnCpu(() => tf.matMul(tf.ones([2, 2, 3]), tf.ones([3, 3, 2])));
    await assertFailsAsOnCpu(() => tf.fused.matMul({ a: tf.ones([2, 3]), b: tf.ones([3, 4]), bias: tf.ones([3]) }));
  });
});

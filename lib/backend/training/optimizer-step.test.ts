import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as tf from '../../tf.js';
import { kernelsOn } from '../onednn/compare-with-cpu.fixture.js';
import { ACCELERATED, openAccelerated, valuesOn } from './accelerated.fixture.js';
import { ADAM_STEP, adamStep, SGD_STEP, sgdStep } from './optimizer-step.js';

before(openAccelerated);

const random = (shape: number[], seed: number): tf.Tensor => tf.randomNormal(shape, 0, 1, 'float32', seed);

const SHAPES = [[], [1], [3], [16], [3, 3, 3, 5], [67, 61], [3, 3, 64, 64], [0, 2]];

const adamSettings = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, stepSize: 0.003, squareCorrection: 0.04 };

/** Every kind of step, with tensors of a shape. */
const STEPS: { name: string; kernel: string; run: (shape: number[]) => tf.Tensor[] }[] = [0, 1e-2].flatMap(
  (weightDecay) => [
    ...[0, 0.9].map((momentum) => ({
      name: `SGD with momentum ${momentum}, weight decay ${weightDecay}`,
      kernel: SGD_STEP,
      run: (shape: number[]) => {
        const velocity = momentum > 0 ? random(shape, 3) : undefined;
        return sgdStep(random(shape, 1), random(shape, 2), velocity, { learningRate: 0.1, momentum, weightDecay });
      },
    })),
    {
      name: `Adam with weight decay ${weightDecay}`,
      kernel: ADAM_STEP,
      run: (shape: number[]) => {
        const square = tf.square(random(shape, 4));
        return adamStep(random(shape, 1), random(shape, 2), random(shape, 3), square, { ...adamSettings, weightDecay });
      },
    },
  ],
);

function assertClose(actual: number[][], expected: number[][], what: string): void {
  assert.equal(actual.length, expected.length);
  expected.forEach((values, i) => {
    assert.equal(actual[i].length, values.length);
    values.forEach((value, j) => {
      const error = Math.abs(actual[i][j] - value);
      // What the sums cancel is known to the rounding of their terms, which are of the order of 1.
      assert.ok(error <= 1e-6 * Math.max(1, Math.abs(value)), `${what}: ${actual[i][j]} is not ${value}`);
    });
  });
}

for (const { backend, skip } of ACCELERATED) {
  for (const { name, kernel, run } of STEPS) {
    test(`${backend}: ${name} agrees with cpu and repeats to the bit`, { skip }, async () => {
      for (const shape of SHAPES) {
        const compute = (): tf.Tensor[] => run(shape);
        const actual = await valuesOn(backend, compute);
        assertClose(actual, await valuesOn('cpu', compute), `shape ${shape.join('×')}`);
        assert.deepEqual(await valuesOn(backend, compute), actual);
      }
      assert.ok((await kernelsOn(backend, () => run([5]))).includes(kernel));
    });
  }

  test(`${backend}: infinities and NaN spread as on cpu`, { skip }, async () => {
    const special = [NaN, Infinity, -Infinity, 0, -0, 1e-40];
    const w = special.flatMap((value) => special.map(() => value));
    const g = special.flatMap(() => special);
    for (const weightDecay of [0, 0.5]) {
      const compute = (): tf.Tensor[] => {
        const [variable, gradient] = [tf.tensor1d(w), tf.tensor1d(g)];
        const zero = tf.zerosLike(gradient);
        return [
          ...sgdStep(variable, gradient, undefined, { learningRate: 0.5, momentum: 0, weightDecay }),
          ...sgdStep(variable, gradient, zero, { learningRate: 0.5, momentum: 0.5, weightDecay }),
          ...adamStep(variable, gradient, zero, zero, { ...adamSettings, weightDecay }),
        ].map((t) => tf.stack([tf.isNaN(t), tf.equal(t, Infinity), tf.equal(t, -Infinity)]));
      };
      assert.deepEqual(await valuesOn(backend, compute), await valuesOn('cpu', compute));
    }
  });

  test(`${backend}: a step leaves alone what was copied or read before`, { skip }, async () => {
    await tf.setBackend(backend);
    tf.tidy(() => {
      const variable = tf.variable(tf.ones([5000]));
      const copy = variable.clone();
      const read = variable.dataSync();
      for (let i = 0; i < 3; i++) {
        const settings = { learningRate: 1, momentum: 0, weightDecay: 0 };
        variable.assign(tf.tidy(() => sgdStep(variable, tf.ones([5000]), undefined, settings)[0]));
      }
      assert.equal(variable.dataSync()[4999], -2);
      assert.ok(read.every((value) => value === 1) && copy.dataSync().every((value) => value === 1));
      variable.dispose();
    });
  });
}

test('a gradient of another shape is left to tfjs', async () => {
  const settings = { learningRate: 1, momentum: 0, weightDecay: 0 };
  const compute = (): tf.Tensor[] => sgdStep(tf.ones([2, 3]), tf.tensor1d([1, 2, 3]), undefined, settings);
  assert.deepEqual(await valuesOn('wasm', compute), [[0, -1, -2, 0, -1, -2]]);
});

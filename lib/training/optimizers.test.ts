import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OptionError } from '../errors.js';
import * as tf from '../tf.js';
import { createOptimizer, type OptimizerOptions } from './optimizers.js';
import { learningRateAt } from './schedule.js';

/** Two steps with gradients 2w and 2w + 1 from w = [1, −3], learning rate 0.1. */
function twoSteps(options: OptimizerOptions): number[] {
  const optimizer = createOptimizer(options);
  const w = tf.variable(tf.tensor1d([1, -3]));
  for (const shift of [0, 1]) {
    tf.tidy(() => optimizer.apply([w], [tf.add(tf.mul(w, 2), shift)], 0.1));
  }
  const values = Array.from(w.dataSync());
  w.dispose();
  optimizer.dispose();
  return values;
}

function assertClose(actual: number[], expected: number[]): void {
  actual.forEach((v, i) => assert.ok(Math.abs(v - expected[i]) < 1e-6, `${actual.join()} is not ${expected.join()}`));
}

test('SGD with momentum and weight decay, by hand', () => {
  const step = (w: number, v: number, g: number) => {
    const velocity = 0.9 * v + g + 0.01 * w;
    return [w - 0.1 * velocity, velocity];
  };
  const expected = [1, -3].map((w0) => {
    const [w1, v1] = step(w0, 0, 2 * w0);
    return step(w1, v1, 2 * w1 + 1)[0];
  });
  assertClose(twoSteps({ kind: 'sgd', momentum: 0.9, weightDecay: 0.01 }), expected);
  assertClose(
    twoSteps({ kind: 'sgd', momentum: 0 }),
    [1, -3].map((w) => 0.8 * w - 0.1 * (2 * 0.8 * w + 1)),
  );
});

test('Adam with bias correction, by hand', () => {
  const expected = [1, -3].map((w0) => {
    let w = w0;
    let m = 0;
    let v = 0;
    [0, 1].forEach((shift, i) => {
      const g = 2 * w + shift;
      m = 0.9 * m + 0.1 * g;
      v = 0.999 * v + 0.001 * g * g;
      w -= (0.1 * (m / (1 - 0.9 ** (i + 1)))) / (Math.sqrt(v / (1 - 0.999 ** (i + 1))) + 1e-8);
    });
    return w;
  });
  assertClose(twoSteps({ kind: 'adam' }), expected);
});

test('optimisers keep their slots and nothing else', () => {
  for (const [options, slots] of [
    [{ kind: 'sgd' }, 1],
    [{ kind: 'adam' }, 2],
    [{ kind: 'sgd', momentum: 0 }, 0],
  ] as const) {
    const optimizer = createOptimizer(options);
    const w = tf.variable(tf.ones([3]));
    const g = tf.ones([3]);
    const before = tf.memory().numTensors;
    for (let i = 0; i < 4; i++) optimizer.apply([w], [g], 0.1);
    assert.equal(tf.memory().numTensors, before + slots);
    optimizer.dispose();
    assert.equal(tf.memory().numTensors, before);
    tf.dispose([w, g]);
  }
});

test('learning-rate schedules', () => {
  const published = { kind: 'step', at: [60, 120], factor: 0.1 } as const;
  const rates = [0, 59, 60, 119, 120, 199].map((epoch) => learningRateAt(published, 0.01, epoch, 200));
  assertClose(rates, [0.01, 0.01, 0.001, 0.001, 0.0001, 0.0001]);
  assertClose(
    [0, 50, 100].map((e) => learningRateAt({ kind: 'cosine' }, 0.2, e, 100)),
    [0.2, 0.1, 0],
  );
  assert.equal(learningRateAt({ kind: 'constant' }, 0.3, 7, 10), 0.3);
});

test('unknown kinds and values out of range are refused', () => {
  assert.throws(() => createOptimizer({ kind: 'lion' } as unknown as OptimizerOptions), /'sgd' or 'adam', got 'lion'/);
  assert.throws(() => createOptimizer({ kind: 'sgd', momentum: 1.5 }), OptionError);
  assert.throws(() => learningRateAt({ kind: 'warm' } as never, 1, 0, 1), OptionError);
});

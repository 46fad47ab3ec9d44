import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as tf from '../../../tf.js';
import { registerOneDnn } from '../register.js';

function reasonToSkip(): string | false {
  try {
    registerOneDnn();
    return false;
  } catch (error) {
    return `the oneDNN addon cannot be used: ${(error as Error).message.split('\n')[0]}`;
  }
}

const skip = reasonToSkip();

/** A test that is skipped, with the reason, where the addon is not built. */
export function nativeTest(name: string, body: () => Promise<void>): void {
  test(name, { skip }, body);
}

/** Computes tensors out of the tensors of one case. */
export type Compute = (inputs: tf.Tensor[]) => tf.Tensor;

/** A tensor that is the same on every backend. */
export interface Given {
  shape: number[];
  values: Float32Array | Int32Array;
}

/** Pseudo-random numbers between -3 and 3 whose sequence depends on `seed`. */
export function floats(shape: number[], seed = 1): Given {
  let state = seed * 7919 + 17;
  const values = Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return (state / 0x7fffffff) * 6 - 3;
  });
  return { shape, values };
}

export function integers(shape: number[]): Given {
  return { shape, values: Int32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => (i * 37) % 101) };
}

async function run(backend: string, given: Given[], compute: Compute): Promise<tf.Tensor> {
  await tf.setBackend(backend);
  return tf.tidy(() =>
    compute(
      given.map(({ shape, values }) => tf.tensor(values, shape, values instanceof Float32Array ? 'float32' : 'int32')),
    ),
  );
}

/**
 * Asserts that 'onednn' gives what 'cpu' gives, to 1e-5 relative (and absolute below 1), NaN and infinities at the same
 * places, and leaves no tensor behind.
 */
export async function assertLikeCpu(what: string, given: Given[], compute: Compute): Promise<void> {
  const before = tf.memory().numTensors;
  const expected = await run('cpu', given, compute);
  const [shape, dtype, values] = [expected.shape, expected.dtype, Array.from(expected.dataSync())];
  expected.dispose();
  const actual = await run('onednn', given, compute);
  assert.deepEqual([actual.shape, actual.dtype], [shape, dtype], what);
  Array.from(actual.dataSync()).forEach((value, i) => {
    const close = Math.abs(value - values[i]) <= 1e-5 * Math.max(1, Math.abs(values[i]));
    assert.ok(close || Object.is(value, values[i]), `${what}: element ${i} is ${value}, not ${values[i]}`);
  });
  actual.dispose();
  assert.equal(tf.memory().numTensors, before, `${what}: tensors left`);
}

import assert from 'node:assert/strict';
import * as tf from '../../../tf.js';
import { computeOn } from '../compare-with-cpu.fixture.js';

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

/** Asserts that 'onednn' gives what 'cpu' gives to 1e-5, relative to each element (absolute below 1). */
export async function assertLikeCpu(what: string, given: Given[], compute: Compute): Promise<void> {
  const run = (): tf.Tensor =>
    compute(
      given.map(({ shape, values }) => tf.tensor(values, shape, values instanceof Float32Array ? 'float32' : 'int32')),
    );
  const [expected] = await computeOn('cpu', run);
  const [actual] = await computeOn('onednn', run);
  assert.deepEqual([actual.shape, actual.dtype], [expected.shape, expected.dtype], what);
  expected.values.forEach((value, i) => {
    const other = actual.values[i];
    const close = Math.abs(other - value) <= 1e-5 * Math.max(1, Math.abs(value));
    assert.ok(close || Object.is(other, value), `${what}: element ${i} is ${other}, not ${value}`);
  });
}

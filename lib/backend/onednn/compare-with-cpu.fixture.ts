import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as tf from '../../tf.js';
import { registerOneDnn } from './register.js';

/** Why tests of the addon cannot run here, for `{ skip }`; undefined where they can. */
export function whyNoAddon(): string | undefined {
  try {
    registerOneDnn();
    return undefined;
  } catch (error) {
    return `the native backend is not available: ${(error as Error).message}`;
  }
}

/** A test that is skipped, with the reason, where the addon is not built. */
export function nativeTest(name: string, body: () => Promise<void> | void): void {
  test(name, { skip: whyNoAddon() }, body);
}

/** Values of about 1 in size that depend on nothing but `seed`. */
export const random = <Rank extends tf.Rank = tf.Rank>(shape: number[], seed: number): tf.Tensor<Rank> =>
  tf.randomNormal<Rank>(shape as tf.ShapeMap[Rank], 0, 1, 'float32', seed);

export interface Values {
  shape: number[];
  dtype: string;
  values: Float32Array | Int32Array | Uint8Array;
}

/** What `compute` gives on a backend. It must make all its tensors itself. */
export async function computeOn(
  backend: string,
  compute: () => tf.Tensor | tf.Tensor[] | Record<string, tf.Tensor>,
): Promise<Values[]> {
  await tf.setBackend(backend);
  const before = tf.memory().numTensors;
  const values = tf.tidy(() => {
    const result = compute();
    const tensors = result instanceof tf.Tensor ? [result] : Object.values(result);
    return tensors.map((t) => ({ shape: t.shape, dtype: t.dtype, values: t.dataSync().slice() }));
  });
  assert.equal(tf.memory().numTensors, before, `tensors leaked on ${backend}`);
  return values;
}

/**
 * Whether two results are the same within `tolerance`, relative to the largest finite magnitude of the expected one; NaN and
 * infinities must be the same.
 */
export function assertClose(actual: Values[], expected: Values[], tolerance = 1e-4): void {
  assert.deepEqual(
    actual.map(({ shape, dtype }) => ({ shape, dtype })),
    expected.map(({ shape, dtype }) => ({ shape, dtype })),
  );
  expected.forEach(({ values }, t) => assertValuesClose(actual[t].values, values, tolerance, `result ${t}`));
}

/** The same for the values of one tensor. */
export function assertValuesClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
  what: string,
): void {
  assert.equal(actual.length, expected.length, what);
  let largest = 1e-6;
  for (let i = 0; i < expected.length; i++) {
    if (Number.isFinite(expected[i])) largest = Math.max(largest, Math.abs(expected[i]));
  }
  for (let i = 0; i < expected.length; i++) {
    const [value, other] = [expected[i], actual[i]];
    const same = Object.is(value, other) || value === other || Math.abs(value - other) <= tolerance * largest;
    if (!same) assert.fail(`${what}, element ${i}: ${other} instead of ${value}`);
  }
}

/** The names of the kernels that `compute` runs on a backend. */
export async function kernelsOn(backend: string, compute: () => tf.Tensor | tf.Tensor[]): Promise<string[]> {
  await tf.setBackend(backend);
  const { kernelNames } = await tf.profile(() => {
    tf.tidy(() => [compute()].flat().forEach((t) => t.dataSync()));
    return tf.scalar(0);
  });
  return kernelNames;
}

/** Asserts that `compute` gives the same on onednn and on cpu. */
export async function assertAsOnCpu(
  compute: () => tf.Tensor | tf.Tensor[] | Record<string, tf.Tensor>,
  tolerance?: number,
): Promise<void> {
  const expected = await computeOn('cpu', compute);
  assertClose(await computeOn('onednn', compute), expected, tolerance);
}

/** Asserts that `compute` fails on onednn with cpu's message. */
export async function assertFailsAsOnCpu(compute: () => unknown): Promise<void> {
  const messageOn = async (backend: string): Promise<string> => {
    await tf.setBackend(backend);
    try {
      tf.tidy(() => void compute());
    } catch (error) {
      return (error as Error).message;
    }
    return assert.fail(`${backend} does not complain`);
  };
  assert.equal(await messageOn('onednn'), await messageOn('cpu'));
}

import assert from 'node:assert/strict';
import * as tf from '../../../tf.js';
import { registerOneDnn } from '../register.js';

/** Why the addon cannot be used here, or false. */
export const missingAddon: string | false = (() => {
  try {
    registerOneDnn();
    return false;
  } catch (error) {
    return `the oneDNN addon is not there: ${(error as Error).message.split('\n')[0]}`;
  }
})();

export const random = (shape: number[], seed: number): tf.Tensor => tf.randomNormal(shape, 0, 1, 'float32', seed);

/**
 * Runs `compute` on cpu and onednn. Every result has to agree relative to its largest finite value, NaN and infinities at
 * the same places; nothing may leak.
 */
export async function agreesWithCpu(compute: () => tf.Tensor[], tolerance = 1e-5): Promise<void> {
  const results: number[][][] = [];
  for (const backend of ['cpu', 'onednn']) {
    await tf.setBackend(backend);
    const before = tf.memory().numTensors;
    results.push(tf.tidy(() => compute().map((t) => [...t.dataSync()])));
    assert.equal(tf.memory().numTensors, before, `${backend} leaks tensors`);
  }
  const [expected, actual] = results;
  assert.equal(actual.length, expected.length);
  expected.forEach((values, i) => assertClose(actual[i], values, tolerance, `result ${i}`));
}

export function assertClose(actual: ArrayLike<number>, expected: number[], tolerance: number, name: string): void {
  assert.equal(actual.length, expected.length, name);
  const scale = expected.reduce((m, v) => (Number.isFinite(v) ? Math.max(m, Math.abs(v)) : m), 1e-6);
  expected.forEach((v, j) => {
    const same = Number.isFinite(v) ? Math.abs(v - actual[j]) <= tolerance * scale : Object.is(v, actual[j]);
    assert.ok(same, `${name}, element ${j}: expected ${v}, got ${actual[j]}`);
  });
}

/** Names of the kernels that run on onednn. */
export async function kernelsOf(compute: () => tf.Tensor): Promise<string[]> {
  await tf.setBackend('onednn');
  return (await tf.profile(() => tf.tidy(() => [...compute().dataSync()].length))).kernelNames;
}

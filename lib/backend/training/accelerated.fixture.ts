import assert from 'node:assert/strict';
import * as tf from '../../tf.js';
import { firstLine } from '../candidate.js';
import { registerOneDnn } from '../onednn/register.js';
import { openBackend } from '../open-backend.js';

function whyNoOneDnn(): string | false {
  try {
    registerOneDnn();
    return false;
  } catch (error) {
    return firstLine(error);
  }
}

/** The backends with kernels of their own for training; `skip` says why one cannot be tested here. */
export const ACCELERATED = [
  { backend: 'wasm', skip: false },
  { backend: 'onednn', skip: whyNoOneDnn() },
] as const;

/** Makes all of them known to tfjs. */
export const openAccelerated = (): Promise<unknown> => openBackend({ prefer: 'wasm', quiet: true });

/** Runs `compute` on a backend, checks that nothing leaks, and gives the values of its results. */
export async function valuesOn(backend: string, compute: () => tf.Tensor[]): Promise<number[][]> {
  await tf.setBackend(backend);
  const before = tf.memory().numTensors;
  const values = tf.tidy(() => compute().map((t) => Array.from(t.dataSync())));
  assert.equal(tf.memory().numTensors, before, `${backend} leaks tensors`);
  return values;
}

/** The kernels that `compute` runs on a backend. */
export async function kernelsOn(backend: string, compute: () => tf.Tensor[]): Promise<string[]> {
  await tf.setBackend(backend);
  const { kernelNames } = await tf.profile(() => {
    tf.tidy(() => compute().forEach((t) => t.dataSync()));
    return tf.scalar(0);
  });
  return kernelNames;
}

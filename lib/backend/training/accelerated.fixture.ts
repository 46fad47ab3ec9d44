import type * as tf from '../../tf.js';
import { computeOn, whyNoAddon } from '../onednn/compare-with-cpu.fixture.js';
import { openBackend } from '../open-backend.js';

/** The backends with kernels of their own for training; `skip` says why one cannot be tested here. */
export const ACCELERATED = [
  { backend: 'wasm', skip: false },
  { backend: 'onednn', skip: whyNoAddon() },
] as const;

/** Makes all of them known to tfjs. */
export const openAccelerated = (): Promise<unknown> => openBackend({ prefer: 'wasm', quiet: true });

/** The values of what `compute` gives on a backend, as plain arrays, whose elements compare to the bit. */
export const valuesOn = async (backend: string, compute: () => tf.Tensor[]): Promise<number[][]> =>
  (await computeOn(backend, compute)).map(({ values }) => Array.from(values));

import * as tf from '../../../tf.js';
import type { Kernel } from '../kernel.js';
import { fourByteValues, newFourByteTensor } from './four-byte-values.js';

/** Along the first dimension, as batches are put together. */
export const gatherRows: Kernel<{ axis: number; batchDims?: number }> = (
  backend,
  { x, indices },
  { axis, batchDims },
) => {
  if (x.shape.length === 0 || tf.util.parseAxisParam(axis, x.shape)[0] !== 0 || (batchDims ?? 0) !== 0) return null;
  const rows = indices.dtype === 'int32' ? fourByteValues(backend, indices) : null;
  const values = fourByteValues(backend, x);
  // tfjs-cpu says which index does not exist.
  if (!(rows instanceof Int32Array) || values === null || rows.some((i) => i < 0 || i >= x.shape[0])) return null;
  const result = newFourByteTensor(backend, [...indices.shape, ...x.shape.slice(1)], values);
  backend.addon.gatherRows(values.length / x.shape[0], rows, values, result.values);
  return result.out;
};

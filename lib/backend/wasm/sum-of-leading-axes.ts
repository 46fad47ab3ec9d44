import * as tf from '../../tf.js';
import type { Heap } from './heap.js';

/**
 * Sum or mean over all axes but the last, whose length is a multiple of 4: what the gradients of biases and the moments of
 * batch normalisation are. Gives null for anything else.
 */
export function sumOfLeadingAxes(
  heap: Heap,
  x: tf.TensorInfo,
  axis: number | number[],
  keepDims: boolean,
  mean: boolean,
): tf.TensorInfo | null {
  const rank = x.shape.length;
  const width = x.shape[rank - 1];
  const axes = tf.util.parseAxisParam(axis, x.shape);
  const leading = axes.length === rank - 1 && new Set(axes).size === rank - 1 && !axes.includes(rank - 1);
  if (!leading || rank < 2 || x.dtype !== 'float32' || width === 0 || width % 4 !== 0) return null;
  const rows = tf.util.sizeFromShape(x.shape) / width;
  const out = heap.output(keepDims ? [...x.shape.slice(0, -1).fill(1), width] : [width]);
  const sums = heap.view(out).fill(0);
  heap.kernels.columns('sum', { x: heap.address(x), out: heap.address(out), width, rows });
  if (mean) for (let i = 0; i < width; i++) sums[i] /= rows;
  return out;
}

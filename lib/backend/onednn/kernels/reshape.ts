import * as tf from '../../../tf.js';
import type { Kernel } from '../kernel.js';

/** Shares the data. tfjs-cpu's kernel does so too, but looks at them on the way, and so takes them out of the pool. */
export const reshape: Kernel<{ shape: number[] }> = (backend, { x }, { shape }) => {
  const size = tf.util.sizeFromShape(x.shape);
  const newShape = tf.util.inferFromImplicitShape(shape, size);
  if (x.dtype === 'complex64' || tf.util.sizeFromShape(newShape) !== size) return null;
  return backend.share(x, newShape);
};

export const expandDims: Kernel<{ dim: number }> = (backend, { input: x }, { dim }) => {
  const at = dim < 0 ? x.shape.length + dim + 1 : dim;
  if (x.dtype === 'complex64' || at < 0) return null;
  return backend.share(x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)]);
};

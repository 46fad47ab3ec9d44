import * as tf from '../../../tf.js';
import type { OneDnnBackend } from '../backend.js';
import type { Kernel } from '../kernel.js';
import { gatherStrided, steps } from './strided-copy.js';

/** Every stride-th element from `begin` on along each dimension. */
function cut(
  backend: OneDnnBackend,
  x: tf.TensorInfo,
  begin: number[],
  size: number[],
  strides: number[] | null,
): tf.TensorInfo | null {
  const step = steps(x.shape);
  return gatherStrided(
    backend,
    x,
    size,
    size.map((n, d) => ({ size: n, step: step[d] * (strides?.[d] ?? 1) })),
    begin.reduce((sum, n, d) => sum + n * step[d], 0),
  );
}

/** Always a copy: x's memory is used again when x is disposed. */
export const slice: Kernel<{ begin: number | number[]; size: number | number[] }> = (backend, { x }, attributes) => {
  const [begin, size] = tf.slice_util.parseSliceParams(x, attributes.begin, attributes.size);
  tf.slice_util.assertParamsValid(x, begin, size);
  return cut(backend, x, begin, size, null);
};

interface StridedSliceAttributes {
  begin: number[];
  end: number[];
  strides: number[];
  beginMask: number;
  endMask: number;
  ellipsisMask: number;
  newAxisMask: number;
  shrinkAxisMask: number;
}

export const stridedSlice: Kernel<StridedSliceAttributes> = (backend, { x }, attributes) => {
  const info = tf.slice_util.sliceInfo(
    x.shape,
    attributes.begin,
    attributes.end,
    attributes.strides,
    attributes.beginMask,
    attributes.endMask,
    attributes.ellipsisMask,
    attributes.newAxisMask,
    attributes.shrinkAxisMask,
  );
  if (info.isIdentity) return null;
  // Not finalShapeSparse, which lacks the dimensions that are dropped.
  const size = tf.slice_util.computeOutShape(info.begin, info.end, info.strides);
  const out = cut(backend, x, info.begin, size, info.strides);
  return out && { ...out, shape: info.finalShape };
};

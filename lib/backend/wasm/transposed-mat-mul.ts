import * as tf from '../../tf.js';
import { conv2DBackpropFilter } from './conv2d-backprop-filter.js';
import { conv2DBackpropInput } from './conv2d-backprop-input.js';
import type { Heap } from './heap.js';

/**
 * aᵀ·b or a·bᵀ of two float32 matrices: the products in the gradient of a dense layer, which are the gradients of a 1×1
 * convolution over a row of pixels. Gives null for anything else (batches, no or two transpositions, empty matrices).
 */
export function transposedMatMul(
  heap: Heap,
  a: tf.TensorInfo,
  b: tf.TensorInfo,
  { transposeA, transposeB }: tf.BatchMatMulAttrs,
): tf.TensorInfo | null {
  const sizes = [a, b].map((t) => tf.util.sizeFromShape(t.shape));
  const [aRows, aColumns] = a.shape.slice(-2);
  const [bRows, bColumns] = b.shape.slice(-2);
  const single = sizes[0] === aRows * aColumns && sizes[1] === bRows * bColumns && sizes.every((size) => size > 0);
  if (!single || transposeA === transposeB || a.dtype !== 'float32' || b.dtype !== 'float32') return null;
  if ((transposeA ? aRows : aColumns) !== (transposeB ? bColumns : bRows)) return null; // the stock kernel says what is wrong
  const shape = [...tf.broadcast_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2))];
  shape.push(transposeA ? aColumns : aRows, transposeB ? bRows : bColumns);
  const image = (t: tf.TensorInfo): tf.TensorInfo => ({ ...t, shape: [1, 1, ...t.shape.slice(-2)] });
  const attrs = { strides: [1, 1] as [number, number], pad: 'valid' as const, dataFormat: 'NHWC' as const, dimRoundingMode: 'floor' as const }; // prettier-ignore
  const product = transposeA
    ? conv2DBackpropFilter(heap, image(a), image(b), { ...attrs, filterShape: [1, 1, aColumns, bColumns] })
    : conv2DBackpropInput(heap, image(a), image(b), { ...attrs, inputShape: [1, 1, aRows, bRows] });
  return product && { ...product, shape };
}

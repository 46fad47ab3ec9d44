import type * as tf from '../../tf.js';
import type { Heap } from './heap.js';

/**
 * out[segmentIds[i], …] = Σ x[i, …] along the first axis; negative ids are dropped. The gradient of gather, and so of an
 * embedding.
 */
export function unsortedSegmentSum(
  heap: Heap,
  x: tf.TensorInfo,
  segmentIds: tf.TensorInfo,
  attrs: tf.UnsortedSegmentSumAttrs,
): tf.TensorInfo {
  const [rows, ...rest] = x.shape;
  const width = rest.reduce((a, b) => a * b, 1);
  const out = heap.output([attrs.numSegments, ...rest], x.dtype);
  const from = heap.view(x);
  const ids = heap.view(segmentIds);
  const to = heap.view(out).fill(0);
  for (let row = 0; row < rows; row++) {
    const segment = ids[row];
    if (segment < 0 || segment >= attrs.numSegments) continue;
    for (let i = 0; i < width; i++) to[segment * width + i] += from[row * width + i];
  }
  return out;
}

import * as tf from '../../../tf.js';
import type { OneDnnBackend } from '../backend.js';
import { fourByteValues, newFourByteTensor } from './four-byte-values.js';

/** A dimension of the result, and how far apart neighbours along it are in x. */
export interface Dimension {
  size: number;
  step: number;
}

/** Dimensions for `copyStrided` with a contiguous result; neighbours are joined where x allows it. */
export function packDimensions(dimensions: readonly Dimension[]): Int32Array {
  const joined: Dimension[] = [];
  for (const { size, step } of dimensions) {
    if (size === 1) continue;
    const outer = joined[joined.length - 1];
    if (outer !== undefined && outer.step === step * size)
      joined[joined.length - 1] = { size: outer.size * size, step };
    else joined.push({ size, step });
  }
  if (joined.length === 0) return Int32Array.of(1, 1, 1);
  const packed = new Int32Array(3 * joined.length);
  let outStep = 1;
  for (let d = joined.length - 1; d >= 0; d--) {
    packed.set([joined[d].size, joined[d].step, outStep], 3 * d);
    outStep *= joined[d].size;
  }
  return packed;
}

/** The distance in elements between neighbours along each dimension. */
export function steps(shape: readonly number[]): number[] {
  const result = new Array<number>(shape.length);
  let step = 1;
  for (let d = shape.length - 1; d >= 0; d--) {
    result[d] = step;
    step *= shape[d];
  }
  return result;
}

/**
 * A tensor of `shape` whose elements lie along `dimensions` in x.
 * @param start where the first one lies
 * @returns null where x or the result is empty or not of float32 or int32
 */
export function gatherStrided(
  backend: OneDnnBackend,
  x: tf.TensorInfo,
  shape: number[],
  dimensions: readonly Dimension[],
  start = 0,
): tf.TensorInfo | null {
  const values = shape.includes(0) ? null : fourByteValues(backend, x);
  if (values === null) return null;
  const result = newFourByteTensor(backend, shape, values);
  backend.addon.copyStrided(packDimensions(dimensions), values, start, result.values, 0);
  return result.out;
}

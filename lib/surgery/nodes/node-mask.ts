import * as tf from '../../tf.js';
import { type Bitset, hasBit } from '../graph/bitset.js';

/**
 * Output positions of a convolution (after its bias and folded batch norm, before ReLU or addition) or of an addition that
 * are set to 0. Position (y, x, c) is number (y · w + x) · c's count + c (NHWC).
 */
export interface ConvMask {
  readonly layer: string;
  /** Height, width, channels of the layer's output. */
  readonly shape: readonly [number, number, number];
  readonly inactive: Bitset;
}

/** Units of a hidden dense layer that are set to 0. */
export interface DenseMask {
  readonly layer: string;
  readonly inactive: Bitset;
}

/** 1 where a node is kept and 0 where it is inactive: [1, …shape]. The caller disposes it. */
export function keepTensor(inactive: Bitset, shape: readonly number[]): tf.Tensor {
  const values = Float32Array.from({ length: inactive.length }, (_, i) => (hasBit(inactive, i) ? 0 : 1));
  return tf.tensor(values, [1, ...shape]);
}

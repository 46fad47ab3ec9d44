import * as tf from '../tf.js';
import type { Normalisation } from './dataset.js';

/**
 * Undoes one normalisation of images and applies another: channel by channel x · factor + shift.
 * @param x [batch, height, width, channels]
 * @returns as x; the caller disposes it
 */
export function renormalise(x: tf.Tensor4D, from: Normalisation, to: Normalisation): tf.Tensor4D {
  return tf.tidy(() => {
    const factor = from.std.map((std, c) => std / to.std[c]!);
    const shift = from.mean.map((mean, c) => (mean - to.mean[c]!) / to.std[c]!);
    return tf.add(tf.mul(x, factor), shift);
  });
}

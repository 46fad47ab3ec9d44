import * as tf from '../../tf.js';

/** Probabilities are kept this far from 0 and 1 before a logarithm is taken. */
export const SMALLEST_PROBABILITY = 1e-7;

/** The logit of a probability. */
export function logOdds(probability: number): number {
  const inside = Math.min(1 - SMALLEST_PROBABILITY, Math.max(SMALLEST_PROBABILITY, probability));
  return Math.log(inside / (1 - inside));
}

/** The logits of probabilities of any shape, which stays. */
export function tensorLogOdds(probabilities: tf.Tensor2D): tf.Tensor2D {
  const inside = tf.clipByValue(probabilities, SMALLEST_PROBABILITY, 1 - SMALLEST_PROBABILITY);
  return tf.log(tf.div<tf.Tensor2D>(inside, tf.sub(1, inside)));
}

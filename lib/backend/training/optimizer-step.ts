import * as tf from '../../tf.js';
import { areAlike, hasOwnKernel, runOwnKernel } from './own-kernel.js';

/** Kernel from variable, gradient and, where there is momentum, velocity to [variable, velocity]: see `sgdStep`. */
export const SGD_STEP = 'ModulabSgdStep';
/** Kernel from variable, gradient, mean and square to [variable, mean, square]: see `adamStep`. */
export const ADAM_STEP = 'ModulabAdamStep';

export interface SgdAttributes {
  learningRate: number;
  momentum: number;
  weightDecay: number;
}

export interface AdamAttributes {
  beta1: number;
  beta2: number;
  epsilon: number;
  weightDecay: number;
  /** The learning rate, corrected for the mean's start at 0. */
  stepSize: number;
  /** What corrects the root of `square` for its start at 0. */
  squareCorrection: number;
}

const withDecay = (gradient: tf.Tensor, variable: tf.Tensor, weightDecay: number): tf.Tensor =>
  weightDecay === 0 ? gradient : tf.add(gradient, tf.mul(variable, weightDecay));

/**
 * v ← momentum·v + (g + weightDecay·w); w ← w − learningRate·v, in one pass where the backend has a kernel for it. The inputs
 * keep their values, since their memory may be shared with clones and with arrays that were read.
 * @param velocity undefined counts as 0 and is not updated
 * @returns the new w and v (without momentum, w alone)
 */
export function sgdStep(
  variable: tf.Tensor,
  gradient: tf.Tensor,
  velocity: tf.Tensor | undefined,
  attributes: SgdAttributes,
): tf.Tensor[] {
  const slots: tf.NamedTensorMap = velocity === undefined ? {} : { velocity };
  if (hasOwnKernel(SGD_STEP) && areAlike(variable, gradient, ...Object.values(slots))) {
    return runOwnKernel(SGD_STEP, { variable, gradient, ...slots }, attributes);
  }
  const { learningRate, momentum, weightDecay } = attributes;
  const update = withDecay(gradient, variable, weightDecay);
  const newVelocity = velocity === undefined ? [] : [tf.add(tf.mul(velocity, momentum), update)];
  return [tf.sub(variable, tf.mul(newVelocity[0] ?? update, learningRate)), ...newVelocity];
}

/**
 * m ← β₁·m + (1 − β₁)·g; s ← β₂·s + (1 − β₂)·g²; w ← w − stepSize·m / (√s / squareCorrection + ε), with weightDecay·w added
 * to g before, in one pass where the backend has a kernel for it. The inputs keep their values.
 * @returns the new w, m and s
 */
export function adamStep(
  variable: tf.Tensor,
  gradient: tf.Tensor,
  mean: tf.Tensor,
  square: tf.Tensor,
  attributes: AdamAttributes,
): tf.Tensor[] {
  if (hasOwnKernel(ADAM_STEP) && areAlike(variable, gradient, mean, square)) {
    return runOwnKernel(ADAM_STEP, { variable, gradient, mean, square }, attributes);
  }
  const { beta1, beta2, epsilon, weightDecay, stepSize, squareCorrection } = attributes;
  const g = withDecay(gradient, variable, weightDecay);
  const newMean = tf.add(tf.mul(mean, beta1), tf.mul(g, 1 - beta1));
  const newSquare = tf.add(tf.mul(square, beta2), tf.mul(tf.square(g), 1 - beta2));
  const denominator = tf.add(tf.div(tf.sqrt(newSquare), squareCorrection), epsilon);
  return [tf.sub(variable, tf.mul(tf.div(newMean, denominator), stepSize)), newMean, newSquare];
}

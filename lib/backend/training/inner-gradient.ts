import * as tf from '../../tf.js';
import { registerSecondOrderGradients } from './second-order-gradients.js';

/**
 * Runs operations whose gradient, taken with {@link innerGradient}, is to be differentiated in turn. To be called inside
 * the function that is differentiated (`tf.variableGrads`, `tf.grad`).
 */
export function differentiableTwice<T>(operations: () => T): T {
  registerSecondOrderGradients();
  const tape = tf.engine() as unknown as { startTape(): void; endTape(): void };
  // One level deeper, as in tf.grad(tf.grad): there kernels without a second derivative stay out of the way.
  tape.startTape();
  try {
    return operations();
  } finally {
    tape.endTape();
  }
}

/**
 * dy/dx of tensors that {@link differentiableTwice} has computed already, itself differentiable. In contrast to
 * `tf.grad`, the way from x to y is not run again.
 * @param y scalar
 */
export function innerGradient<T extends tf.Tensor>(y: tf.Tensor, x: T): T {
  return tf.engine().gradients(() => y, [x]).grads[0] as T;
}

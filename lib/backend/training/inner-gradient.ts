import * as tf from '../../tf.js';
import { registerSecondOrderGradients } from './second-order-gradients.js';

/**
 * Runs operations whose gradient, taken with {@link innerGradient}, is to be differentiated in turn. To be called inside
 * the function that is differentiated (`tf.variableGrads`, `tf.grad`).
 */
export function differentiableTwice<T>(operations: () => T): T {
  registerSecondOrderGradients();
  // One level deeper, as in tf.grad(tf.grad): there kernels without a second derivative stay out of the way.
  return recording(operations);
}

/** A place for {@link innerGradient}s that are wanted for themselves: nothing is differentiated in turn. */
export function withInnerGradients<T extends tf.TensorContainer>(operations: () => T): T {
  return tf.tidy(() => {
    const state = tf.engine().state as unknown as { activeTape: { saved?: tf.Tensor[] }[] | null };
    try {
      return recording(operations);
    } finally {
      for (const { saved } of state.activeTape ?? []) tf.dispose(saved ?? []);
      state.activeTape = null;
    }
  });
}

function recording<T>(operations: () => T): T {
  const tape = tf.engine() as unknown as { startTape(): void; endTape(): void };
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

import * as tf from '../../tf.js';

/**
 * The binary mask 1[a > 0] with the clamped straight-through estimator: backward, the incoming gradient is clamped to
 * [−1, 1] and passed on whatever the value of `a` (spec cnnsplitter §4.1). Not the usual "pass only where |a| ≤ 1".
 */
export function straightThrough<T extends tf.Tensor>(a: T): T {
  const binarise = tf.customGrad((x) => ({
    value: tf.step(x as T),
    gradFunc: (dy: T) => tf.clipByValue(dy, -1, 1),
  }));
  return binarise(a);
}

/** The gradient of `a`, given that of its binary mask. Both belong to the caller. */
export function gradientThroughMask<T extends tf.Tensor>(a: T, maskGradient: T): T {
  return tf.tidy(() => tf.grad((x) => straightThrough(x))(a, maskGradient) as T);
}

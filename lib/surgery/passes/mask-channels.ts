import * as tf from '../../tf.js';

/** tfjs hands a custom gradient its saver as one more input. */
type Save = (tensors: tf.Tensor[]) => void;

/**
 * Multiplies the channels of every module's maps with its own mask.
 * @param x [modules · batch, …, channels], the modules' maps one after the other; or [batch, …, channels], one map that
 *   all modules have in common
 * @param masks [modules, channels]
 * @param shared which of the two x is
 * @returns [modules · batch, …, channels]; differentiable in both, in a shared x not
 */
export function maskChannels(x: tf.Tensor, masks: tf.Tensor2D, shared: boolean): tf.Tensor {
  const [modules, channels] = masks.shape;
  const rows = x.size / channels / (shared ? 1 : modules);
  const batch = shared ? x.shape[0] * modules : x.shape[0];
  const shape = [batch, ...x.shape.slice(1)];
  const perModule = (t: tf.Tensor) => tf.reshape(t, [modules, rows, channels]);
  const maps = (t: tf.Tensor) => (shared ? tf.reshape(t, [1, rows, channels]) : perModule(t));
  const wide = (m: tf.Tensor) => tf.reshape(m, [modules, 1, channels]);
  /** Σ over a module's rows of dy · x. A product with a row of ones is faster than a sum over a middle axis. */
  const maskGradient = (dy: tf.Tensor, saved: tf.Tensor) => {
    const products = tf.mul(perModule(dy), maps(saved));
    return tf.reshape(tf.matMul(tf.ones([modules, 1, rows]), products), [modules, channels]);
  };
  if (shared) {
    const forward = tf.customGrad((m) => ({
      value: tf.reshape(tf.mul(maps(x), wide(m as tf.Tensor)), shape),
      gradFunc: (dy: tf.Tensor) => maskGradient(dy, x),
    }));
    return forward(masks);
  }
  const forward = tf.customGrad((input, m, save) => {
    (save as unknown as Save)([input as tf.Tensor, m as tf.Tensor]);
    return {
      value: tf.reshape(tf.mul(perModule(input as tf.Tensor), wide(m as tf.Tensor)), shape),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => [
        tf.reshape(tf.mul(perModule(dy), wide(saved[1])), shape),
        maskGradient(dy, saved[0]),
      ],
    };
  });
  return forward(x, masks);
}

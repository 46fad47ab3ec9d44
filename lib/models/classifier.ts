import type * as tf from '../tf.js';

/**
 * Anything that scores classes: what `evaluate`, `diagnose` and `plot` take beside a `tf.LayersModel`.
 * Patched and composed models are of this kind.
 */
export interface Classifier {
  readonly classNames: readonly string[];
  /**
   * @param x [batch, height, width, channels], normalised as the model was trained
   * @returns [batch, classes]; the class with the highest score is the prediction. The caller disposes it.
   */
  predict(x: tf.Tensor4D): tf.Tensor2D;
}

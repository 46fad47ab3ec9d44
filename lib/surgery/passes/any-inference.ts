import { ModelError, OptionError } from '../../errors.js';
import type { Classifier } from '../../models/classifier.js';
import * as tf from '../../tf.js';
import { type CompiledInference, compileInference, type CompileOptions } from './inference.js';

/**
 * A forward pass of anything that classifies: fused where the model's layers can be traced, else the model's own.
 * `predict` gives the scores [batch, classes] of x [batch, height, width, channels]; both tensors are the caller's.
 * `dispose` frees what was compiled and leaves the model alone.
 * @throws OptionError when another precision than float32 is asked for and is not to be had, ModelError likewise when the
 *   model cannot be traced
 */
export function inferenceOf(
  model: tf.LayersModel | Classifier,
  { precision = 'f32' }: Pick<CompileOptions, 'precision'> = {},
): Pick<CompiledInference, 'predict' | 'dispose'> {
  if (model instanceof tf.LayersModel) {
    try {
      return compileInference(model, { precision });
    } catch (error) {
      if (!(error instanceof ModelError) || precision !== 'f32') throw error;
      return { predict: (x) => tf.tidy(() => model.predict(x) as tf.Tensor2D), dispose: () => undefined };
    }
  }
  if (precision !== 'f32') {
    throw new OptionError(
      `precision: this classifier computes in its own way, not in ${precision}; leave the option out.`,
    );
  }
  return { predict: (x) => model.predict(x), dispose: () => undefined };
}

import * as tf from '../../tf.js';
import { ModelError } from '../../errors.js';
import type { Classifier } from '../../models/classifier.js';
import { compileInference, type CompiledInference } from './inference.js';

/**
 * A forward pass of anything that classifies: fused where the model's layers can be traced, else the model's own.
 * `predict` gives the scores [batch, classes] of x [batch, height, width, channels]; both tensors are the caller's.
 * `dispose` frees what was compiled and leaves the model alone.
 */
export function inferenceOf(model: tf.LayersModel | Classifier): Pick<CompiledInference, 'predict' | 'dispose'> {
  if (model instanceof tf.LayersModel) {
    try {
      return compileInference(model);
    } catch (error) {
      if (!(error instanceof ModelError)) throw error;
      return { predict: (x) => tf.tidy(() => model.predict(x) as tf.Tensor2D), dispose: () => undefined };
    }
  }
  return { predict: (x) => model.predict(x), dispose: () => undefined };
}

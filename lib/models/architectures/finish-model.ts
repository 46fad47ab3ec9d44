import * as tf from '../../tf.js';
import type { ResolvedOptions } from './architecture-options.js';
import { type InitialisationScheme, initialiseWeights } from './initialise-weights.js';

/** Closes a layer graph into a model and gives it its initial weights. */
export function finishModel(
  name: string,
  input: tf.SymbolicTensor,
  logits: tf.SymbolicTensor,
  scheme: InitialisationScheme,
  options: ResolvedOptions,
): tf.LayersModel {
  const model = tf.model({ inputs: input, outputs: logits, name });
  if (options.weights === 'random') initialiseWeights(model, scheme, options.seed);
  return model;
}

/** Input layer `input` of [batch, height, width, channels]. */
export function imageInput(options: ResolvedOptions): tf.SymbolicTensor {
  return tf.input({ shape: [...options.inputShape], name: 'input' });
}

import type * as tf from '../tf.js';
import { asLogits } from './as-logits.js';
import { outputKind } from './output-kind.js';

/**
 * Runs what works on logits with a model whatever its end: one that puts out probabilities is handed over as a copy without its
 * softmax, which is disposed afterwards.
 * @throws ModelError when the softmax cannot be taken off
 */
export async function withLogits<T>(model: tf.LayersModel, run: (logits: tf.LayersModel) => Promise<T>): Promise<T> {
  if (outputKind(model) === 'logits') return run(model);
  const logits = await asLogits(model);
  try {
    return await run(logits);
  } finally {
    logits.dispose();
  }
}

import { createHash } from 'node:crypto';
import type * as tf from '../tf.js';

/**
 * SHA-256 of the kinds of a model's layers and of its weights, in order. Unlike `modelDigest` without the layers' names,
 * which differ when a network is built a second time in one process.
 * @param weights those that the model has or had, as `model.getWeights()` gives them
 */
export function weightsDigest(model: tf.LayersModel, weights: readonly tf.Tensor[] = model.getWeights()): string {
  const about = [model.layers.map((layer) => layer.getClassName()), weights.map(({ shape }) => shape)];
  const digest = createHash('sha256').update(JSON.stringify(about));
  for (const tensor of weights) digest.update(tensor.dataSync<'float32'>());
  return digest.digest('hex');
}

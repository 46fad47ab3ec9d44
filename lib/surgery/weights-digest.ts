import { createHash } from 'node:crypto';
import type * as tf from '../tf.js';

/** SHA-256 of a model's layer kinds, weight shapes and weights: what a checkpoint that depends on the model is known by. */
export function weightsDigest(model: tf.LayersModel): string {
  const hash = createHash('sha256');
  for (const layer of model.layers) {
    hash.update(JSON.stringify([layer.name, layer.getClassName(), layer.weights.map(({ shape }) => shape)]));
    for (const weight of layer.getWeights()) hash.update(weight.dataSync<'float32'>());
  }
  return hash.digest('hex');
}

import { createHash } from 'node:crypto';
import type * as tf from '../tf.js';

/**
 * SHA-256 of a model's layers (names and kinds), weight shapes and weights: the same for a model and for what `loadModel` makes of
 * its saved form.
 */
export function modelDigest(model: tf.LayersModel): string {
  const digest = createHash('sha256');
  for (const layer of model.layers) {
    const weights = layer.getWeights();
    if (weights.length === 0) continue;
    digest.update(JSON.stringify([layer.name, layer.getClassName(), weights.map(({ shape }) => shape)]));
    for (const tensor of weights) digest.update(tensor.dataSync<'float32'>());
  }
  return digest.digest('hex');
}

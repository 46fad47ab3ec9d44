import { createHash } from 'node:crypto';
import type * as tf from '../tf.js';

/** SHA-256 of a model's weights in their order, to tell whether two runs had the same model. */
export function weightsDigest(model: tf.LayersModel): string {
  const hash = createHash('sha256');
  for (const weight of model.getWeights()) hash.update(JSON.stringify(weight.shape)).update(weight.dataSync());
  return hash.digest('hex');
}

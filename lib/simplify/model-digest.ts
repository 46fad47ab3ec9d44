import { createHash } from 'node:crypto';
import type * as tf from '../tf.js';
import { readLayerGraph } from '../surgery/layer-graph.js';

/** SHA-256 of a model: names, kinds and shapes of its layers, how they hang together, and all weights. */
export function modelDigest(model: tf.LayersModel): string {
  const hash = createHash('sha256');
  for (const { name, className, inputs, outputShape } of readLayerGraph(model)) {
    hash.update(JSON.stringify([name, className, inputs, outputShape]));
  }
  for (const tensor of model.getWeights()) hash.update(tensor.dataSync<'float32'>());
  return hash.digest('hex');
}

import * as tf from '../tf.js';
import type { MT19937 } from '../run/mt19937.js';
import { allLayers } from '../models/model-graph.js';
import type { Optimizer } from './optimizers.js';
import { softmaxCrossEntropy, type CrossEntropy } from './softmax-cross-entropy.js';

export interface StepResult {
  /** Mean softmax cross-entropy over the batch before the update (nats). */
  readonly loss: number;
  /** Images of the batch that were classified right before the update. */
  readonly hits: number;
}

/**
 * One gradient step in training mode: batch norm uses and updates batch statistics, dropout is on.
 * @param model [batch, height, width, channels] → [batch, classes], logits
 * @param x [batch, height, width, channels]; not disposed
 * @param labels class index per image
 * @param dropoutSeeds where dropout masks come from; without it they are not repeatable
 */
export function trainStep(
  model: tf.LayersModel,
  x: tf.Tensor4D,
  labels: Int32Array,
  optimizer: Optimizer,
  learningRate: number,
  dropoutSeeds?: MT19937,
): StepResult {
  if (dropoutSeeds) seedDropout(model, dropoutSeeds);
  const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
  return tf.tidy(() => {
    let hits: CrossEntropy['hits'];
    const { value, grads } = tf.variableGrads(() => {
      const result = softmaxCrossEntropy(labels, model.apply(x, { training: true }) as tf.Tensor2D);
      hits = result.hits;
      return result.loss;
    }, variables);
    optimizer.apply(
      variables,
      variables.map((variable) => grads[variable.name]),
      learningRate,
    );
    return { loss: value.dataSync()[0], hits: hits!() };
  });
}

/** Gives every dropout layer the seed of its next mask: tf.layers otherwise draws from Math.random or repeats one mask. */
function seedDropout(model: tf.LayersModel, seeds: MT19937): void {
  for (const layer of allLayers(model)) {
    if (/Dropout/.test(layer.getClassName())) (layer as unknown as { seed: number }).seed = seeds.nextUint32();
  }
}

import { allLayers } from '../models/model-graph.js';
import type { MT19937 } from '../run/mt19937.js';
import * as tf from '../tf.js';
import { type BatchLoss, type Objective, type ObjectiveBatch, plainLoss } from './objective.js';
import type { Optimizer } from './optimizers.js';
import { plannedTraining } from './planned-training.js';

/** A plan computes images in groups of up to 16, however few there are: of fewer than half a group the tape is faster. */
const FEWEST_PLANNED = 8;

export interface StepResult {
  /** Mean softmax cross-entropy over the batch before the update (nats). */
  readonly loss: number;
  /** Images of the batch that were classified right before the update. */
  readonly hits: number;
  /** What else the objective measured, and 'total', what it minimises; empty for plain cross-entropy. */
  readonly terms: Readonly<Record<string, number>>;
}

/**
 * One gradient step in training mode: batch norm uses and updates batch statistics, dropout is on.
 * @param model [batch, height, width, channels] → [batch, classes], logits
 * @param x [batch, height, width, channels]; not disposed
 * @param labels class index per image
 * @param dropoutSeeds where dropout masks come from; without it they are not repeatable
 * @param toMinimise an objective in place of cross-entropy, and what it needs of the batch beside x and labels
 * @param stepwise whether the backend's plan is not used where it has one
 */
export function trainStep(
  model: tf.LayersModel,
  x: tf.Tensor4D,
  labels: Int32Array,
  optimizer: Optimizer,
  learningRate: number,
  dropoutSeeds?: MT19937,
  toMinimise?: Pick<Objective, 'lossOf'> & { batch: Pick<ObjectiveBatch, 'indices' | 'companion'> },
  stepwise = false,
): StepResult {
  if (dropoutSeeds) seedDropout(model, dropoutSeeds);
  const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
  const isPlanned = !toMinimise && !stepwise && labels.length >= FEWEST_PLANNED;
  const planned = isPlanned ? plannedTraining(model, x, labels) : undefined;
  if (planned) {
    const { loss, hits, gradients } = planned.gradientsOf(x, labels);
    try {
      optimizer.apply(variables, gradients, learningRate);
    } finally {
      tf.dispose(gradients);
    }
    return { loss, hits, terms: {} };
  }
  return tf.tidy(() => {
    let hits: BatchLoss['crossEntropy']['hits'];
    let loss = NaN;
    let terms: Record<string, number> = {};
    const { value, grads } = tf.variableGrads(() => {
      const batch = { x, labels };
      const {
        total,
        crossEntropy,
        terms: measured,
      } = toMinimise ? toMinimise.lossOf({ ...batch, ...toMinimise.batch }) : plainLoss(model, batch);
      hits = crossEntropy.hits;
      if (toMinimise) {
        loss = crossEntropy.loss.dataSync()[0];
        terms = Object.fromEntries(Object.entries(measured).map(([name, scalar]) => [name, scalar.dataSync()[0]]));
      }
      return total;
    }, variables);
    optimizer.apply(
      variables,
      variables.map((variable) => grads[variable.name]),
      learningRate,
    );
    const total = value.dataSync()[0];
    return toMinimise ? { loss, hits: hits!(), terms: { ...terms, total } } : { loss: total, hits: hits!(), terms };
  });
}

/** Gives every dropout layer the seed of its next mask: tf.layers otherwise draws from Math.random or repeats one mask. */
function seedDropout(model: tf.LayersModel, seeds: MT19937): void {
  for (const layer of allLayers(model)) {
    if (/Dropout/.test(layer.getClassName())) (layer as unknown as { seed: number }).seed = seeds.nextUint32();
  }
}

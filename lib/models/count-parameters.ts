import type * as tf from '../tf.js';
import { allLayers } from './model-graph.js';

/** Parameters of a model, and its batch-norm statistics beside them. */
export interface ParameterCount {
  /** What PyTorch's `parameters()` would count: kernels, biases, BN scales and offsets (frozen or not). */
  parameters: number;
  /** Running means and variances of batch normalisation, not part of `parameters`. */
  batchNormStatistics: number;
  /** The layers that have weights, in the model's order. */
  layers: { layer: string; kind: string; parameters: number; batchNormStatistics: number }[];
}

/**
 * Counts a model's weights. A layer used several times counts once.
 * @example
 * console.log(`${countParameters(strong).parameters} parameters`);
 */
export function countParameters(model: tf.LayersModel): ParameterCount {
  const layers = allLayers(model)
    .filter((layer) => layer.weights.length > 0)
    .map((layer) => {
      const kind = layer.getClassName();
      const sizes = layer.weights.map((weight) => (weight.shape as number[]).reduce((product, n) => product * n, 1));
      const total = sum(sizes);
      const batchNormStatistics = kind === 'BatchNormalization' ? sum(sizes.slice(-2)) : 0;
      return { layer: layer.name, kind, parameters: total - batchNormStatistics, batchNormStatistics };
    });
  return {
    parameters: sum(layers.map((layer) => layer.parameters)),
    batchNormStatistics: sum(layers.map((layer) => layer.batchNormStatistics)),
    layers,
  };
}

const sum = (values: number[]): number => values.reduce((total, n) => total + n, 0);

import { ModelError } from '../errors.js';
import * as tf from '../tf.js';
import { readLayerGraph, type LayerNode } from './layer-graph.js';
import { readWeights, type WeightArray } from './layer-weights.js';
import { rebuildModel } from './rebuild.js';

/** Layers through which scale · x + bias passes unchanged. */
const PASSES = new Set(['Flatten', 'Reshape', 'Dropout', 'GlobalAveragePooling2D']);

/**
 * A copy of a model whose output `column` is scale · (what it was) + bias; the other columns stay. Scale and bias go into
 * the weights of the layer that makes the outputs, so that every way of running, saving and loading the model knows them.
 * @returns a new model; the caller disposes both
 * @throws ModelError when the outputs are not made by a dense layer or convolution without an activation
 */
export function foldScaleAndBias(model: tf.LayersModel, column: number, scale: number, bias: number): tf.LayersModel {
  const graph = readLayerGraph(model);
  const maker = outputMaker(graph);
  if (!maker) {
    const { name, className } = graph[graph.length - 1];
    throw new ModelError(
      `Model '${model.name}': its outputs come from '${name}' (${className}), expected a dense layer or a convolution without ` +
        'an activation. A scale and a bias cannot be put into its weights.',
    );
  }
  return rebuildModel(graph, model.name, (node) => {
    const weights = readWeights(node).map(({ values, shape }) => ({ values: values.slice(), shape }));
    if (node.name !== maker.name) return { config: node.config, weights };
    return { config: { ...node.config, useBias: true }, weights: scaleColumn(weights, column, scale, bias) };
  });
}

/** Whether {@link foldScaleAndBias} can take a model. */
export function takesScaleAndBias(model: tf.LayersModel): boolean {
  return outputMaker(readLayerGraph(model)) !== null;
}

/** The linear layer whose channels are the model's outputs. */
function outputMaker(graph: readonly LayerNode[]): LayerNode | null {
  const byName = new Map(graph.map((node) => [node.name, node]));
  let node = graph[graph.length - 1];
  const isLinear = ({ config }: LayerNode) => (config['activation'] ?? 'linear') === 'linear';
  while (PASSES.has(node.className) || (node.className === 'Activation' && isLinear(node))) {
    node = byName.get(node.inputs[0])!;
  }
  return (node.className === 'Dense' || node.className === 'Conv2D') && isLinear(node) ? node : null;
}

/** Kernel (output channels last) and bias with one output channel rescaled and shifted. */
function scaleColumn(
  [kernel, given]: readonly WeightArray[],
  column: number,
  scale: number,
  shift: number,
): WeightArray[] {
  const channels = kernel.shape[kernel.shape.length - 1];
  const values = kernel.values.map((value, i) => (i % channels === column ? value * scale : value));
  const bias = given?.values.slice() ?? new Float32Array(channels);
  bias[column] = bias[column] * scale + shift;
  return [
    { values, shape: kernel.shape },
    { values: bias, shape: [channels] },
  ];
}

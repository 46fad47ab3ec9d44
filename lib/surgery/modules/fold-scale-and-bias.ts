import { ModelError } from '../../errors.js';
import * as tf from '../../tf.js';
import { type LayerNode, readLayerGraph } from '../graph/layer-graph.js';
import type { WeightArray } from '../graph/weight-layout.js';
import { requireCapability } from '../layers/table.js';
import { readWeights } from '../trace/layer-weights.js';
import { outputMaker } from './output-maker.js';
import { rebuildModel } from './rebuild.js';

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
    return { config: { ...node.config, useBias: true }, weights: scaleColumn(node, weights, column, scale, bias) };
  });
}

/** Whether {@link foldScaleAndBias} can take a model. */
export function takesScaleAndBias(model: tf.LayersModel): boolean {
  return outputMaker(readLayerGraph(model)) !== null;
}

/** Kernel and bias with one output channel rescaled and shifted. */
function scaleColumn(
  node: LayerNode,
  weights: readonly WeightArray[],
  column: number,
  scale: number,
  shift: number,
): WeightArray[] {
  const channels = node.outputShape.at(-1)!;
  const vector = (others: number, own: number) => ({
    values: Float32Array.from({ length: channels }, (_, i) => (i === column ? own : others)),
    shape: [channels],
  });
  return requireCapability(node, 'absorbs').scale!(weights, [vector(1, scale), vector(0, shift)]);
}

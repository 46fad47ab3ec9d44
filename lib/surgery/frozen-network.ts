import { ModelError } from '../errors.js';
import * as tf from '../tf.js';
import { allLayers } from '../models/model-graph.js';
import { requireImages } from './compile-program.js';
import { frozenStep } from './frozen-step.js';
import { evaluationSource, fuseGraph } from './fused-program.js';
import { readLayerGraph } from './layer-graph.js';
import { readWeights } from './layer-weights.js';

/** A model's evaluation-mode forward pass, differentiable in the images. Holds weight tensors: dispose it. */
export interface FrozenNetwork {
  /**
   * @param x [batch, height, width, channels]
   * @returns [batch, classes]; the caller disposes it
   */
  outputs: (x: tf.Tensor4D) => tf.Tensor2D;
  dispose(): void;
}

/**
 * Compiles a model for gradients with respect to its input: batch norm folded into convolutions, no gradient of any
 * weight computed. The weights are copied. A model whose layers cannot be traced runs as it is, which is slower.
 * @throws ModelError for dilated convolutions, which have no gradient
 */
export function createFrozenNetwork(model: tf.LayersModel): FrozenNetwork {
  requireNoDilation(model);
  try {
    return compile(model);
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    return { outputs: (x) => model.apply(x, { training: false }) as tf.Tensor2D, dispose: () => undefined };
  }
}

function compile(model: tf.LayersModel): FrozenNetwork {
  const graph = readLayerGraph(model);
  const byName = new Map(graph.map((node) => [node.name, node]));
  const weights = new Map(graph.map((node) => [node.name, readWeights(node)]));
  const held: tf.Tensor[] = [];
  const steps = fuseGraph(graph, weights, [], false).map((op) => ({ op, run: frozenStep(op, byName, held).run }));
  const image = graph.find((node) => node.inputs.length === 0)!;
  const last = evaluationSource(byName, graph[graph.length - 1].name);
  return {
    outputs: (x) =>
      tf.tidy(() => {
        requireImages(x, image);
        const maps = new Map<string, tf.Tensor>([[image.name, x]]);
        for (const { op, run } of steps) maps.set(op.output, run(op.inputs.map((input) => maps.get(input)!)));
        return maps.get(last) as tf.Tensor2D;
      }),
    dispose: () => tf.dispose(held),
  };
}

function requireNoDilation(model: tf.LayersModel): void {
  for (const layer of allLayers(model)) {
    const rate = layer.getConfig()['dilationRate'] as number | number[] | undefined;
    if (rate !== undefined && [rate].flat().some((d) => d !== 1)) {
      throw new ModelError(
        `Layer '${layer.name}': its dilation rate is ${[rate].flat().join('×')}; gradients through dilated convolutions are ` +
          'not available.',
      );
    }
  }
}

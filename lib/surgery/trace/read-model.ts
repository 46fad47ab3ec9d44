import type * as tf from '../../tf.js';
import { type LayerNode, readLayerGraph } from '../graph/layer-graph.js';
import type { WeightArray } from '../graph/weight-layout.js';
import { readWeights } from './layer-weights.js';
import { type ModelTrace, traceGraph } from './trace.js';

/** A model that has been read once: what happens to it afterwards is not seen. Holds no tensors. */
export interface ReadModel {
  readonly name: string;
  /** Inputs before their readers. */
  readonly graph: readonly LayerNode[];
  readonly nodes: ReadonlyMap<string, LayerNode>;
  /** The layer that the images come in by. */
  readonly image: LayerNode;
  readonly output: LayerNode;
  /** Copies of every layer's weights. */
  readonly weights: ReadonlyMap<string, readonly WeightArray[]>;
  /** Which channel goes where, found out when it is first asked for. @throws ModelError when the model cannot be traced */
  readonly trace: ModelTrace;
}

/**
 * Reads a model's layers and weights.
 * @throws ModelError on several inputs or outputs, nested models and shared layers
 */
export function readModel(model: tf.LayersModel): ReadModel {
  const graph = readLayerGraph(model);
  let trace: ModelTrace | undefined;
  return {
    name: model.name,
    graph,
    nodes: new Map(graph.map((node) => [node.name, node])),
    image: graph.find((node) => node.inputs.length === 0)!,
    output: graph[graph.length - 1],
    // cpu tensors hand out their own buffer, which later training would change
    weights: new Map(
      graph.map((node) => [node.name, readWeights(node).map((w) => ({ ...w, values: w.values.slice() }))]),
    ),
    get trace() {
      return (trace ??= traceGraph(graph));
    },
  };
}

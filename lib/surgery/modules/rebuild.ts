import * as tf from '../../tf.js';
import type { LayerNode } from '../graph/layer-graph.js';
import type { WeightArray } from '../graph/weight-layout.js';

/** What a rebuilt layer gets instead of the original's. */
export interface LayerChange {
  readonly config: tf.serialization.ConfigDict;
  /** Where it is of another class than the original. */
  readonly className?: string;
  readonly weights: readonly WeightArray[];
}

/**
 * Builds a new functional model of the same topology and layer names.
 * @param change configuration and weights of each new layer
 */
export function rebuildModel(
  graph: readonly LayerNode[],
  modelName: string,
  change: (node: LayerNode) => LayerChange,
): tf.LayersModel {
  const outputs = new Map<string, tf.SymbolicTensor>();
  let input: tf.SymbolicTensor | undefined;
  for (const node of graph) {
    if (node.inputs.length === 0) {
      input = tf.input({ shape: [...node.outputShape], name: node.name, dtype: node.layer.dtype });
      outputs.set(node.name, input);
      continue;
    }
    const { config, className, weights } = change(node);
    const layerClass = className === undefined ? classOf(node.layer) : classNamed(className);
    const layer = layerClass.fromConfig(layerClass, config);
    layer.setFastWeightInitDuringBuild(true);
    const sources = node.inputs.map((name) => outputs.get(name)!);
    outputs.set(node.name, layer.apply(sources.length === 1 ? sources[0] : sources) as tf.SymbolicTensor);
    if (weights.length > 0) {
      tf.tidy(() => layer.setWeights(weights.map(({ values, shape }) => tf.tensor(values, [...shape]))));
    }
  }
  return tf.model({ inputs: input!, outputs: outputs.get(graph[graph.length - 1].name)!, name: modelName });
}

type LayerClass = tf.serialization.SerializableConstructor<tf.layers.Layer>;
const classOf = (layer: tf.layers.Layer): LayerClass => layer.constructor as LayerClass;
const classNamed = (className: string): LayerClass =>
  tf.serialization.SerializationMap.getMap().classNameMap[className][0] as unknown as LayerClass;

import { ModelError } from '../errors.js';
import { type LayerNode, readLayerGraph } from '../surgery/graph/layer-graph.js';
import type * as tf from '../tf.js';

/** A layer as it is written to a file. */
export interface ExportedLayer {
  readonly name: string;
  readonly className: string;
  /** As the layer's `getConfig` has it. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly inputs: readonly string[];
  /** Without the batch axis. */
  readonly shape: readonly (number | null)[];
  /** By the class's own names (`kernel`, `bias`, `gamma`, `moving_mean`, …), in the class's order. */
  readonly weights: ReadonlyMap<string, ExportedWeight>;
}

/** One weight, row-major. */
export interface ExportedWeight {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/**
 * The layers of a model, inputs before their readers, with copies of their weights.
 * @throws ModelError on several inputs or outputs, nested models and layers that are used twice
 */
export function exportedLayers(model: tf.LayersModel): ExportedLayer[] {
  return readLayerGraph(model).map((node) => ({
    name: node.name,
    className: node.className,
    config: node.config,
    inputs: node.inputs,
    shape: node.outputShape,
    weights: weightsOf(node),
  }));
}

function weightsOf({ layer }: LayerNode): Map<string, ExportedWeight> {
  return new Map(
    layer.weights.map((weight) => {
      const name = weight.originalName.slice(weight.originalName.lastIndexOf('/') + 1);
      return [name, { shape: weight.shape as number[], values: weight.read().dataSync<'float32'>().slice() }];
    }),
  );
}

/** A weight that the layer must have. */
export function weightOf(layer: ExportedLayer, name: string): ExportedWeight {
  const weight = layer.weights.get(name);
  if (!weight) throw new ModelError(`Layer '${layer.name}' (${layer.className}): expected a weight '${name}'.`);
  return weight;
}

/** A setting of two numbers, given as one or as two. */
export function pairOf(value: unknown, otherwise = 1): [number, number] {
  if (typeof value === 'number') return [value, value];
  return Array.isArray(value) && value.length === 2 ? [Number(value[0]), Number(value[1])] : [otherwise, otherwise];
}

/** Rows and columns at the border: [[top, bottom], [left, right]]. */
export function borderOf(value: unknown): [[number, number], [number, number]] {
  if (typeof value === 'number') return [[value, value], [value, value]]; // prettier-ignore
  const [rows, columns] = Array.isArray(value) ? (value as unknown[]) : [];
  return [pairOf(rows, 0), pairOf(columns, 0)];
}

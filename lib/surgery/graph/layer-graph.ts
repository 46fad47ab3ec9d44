import { ModelError } from '../../errors.js';
import * as tf from '../../tf.js';

/** One layer of a model with what it reads and what it puts out. */
export interface LayerNode {
  readonly name: string;
  readonly className: string;
  readonly layer: tf.layers.Layer;
  readonly config: tf.serialization.ConfigDict;
  /** Names of the layers it reads, in the order it reads them. */
  readonly inputs: readonly string[];
  /** Without the batch dimension. */
  readonly outputShape: readonly (number | null)[];
}

/**
 * The layers between a model's one input and its one output, inputs before their readers.
 * @throws ModelError on several inputs or outputs, a model used as a layer, a layer used twice, two layers of one name
 */
export function readLayerGraph(model: tf.LayersModel): LayerNode[] {
  if ((model.outputs as tf.SymbolicTensor[] | undefined)?.length !== 1 || model.inputs.length !== 1) {
    throw new ModelError(
      `Model '${model.name}': expected one input and one output, got ${model.inputs?.length ?? 0} and ` +
        `${model.outputs?.length ?? 0}. A sequential model needs an inputShape.`,
    );
  }
  const nodes = new Map<string, LayerNode>();
  const used = new Map<string, { layer: tf.layers.Layer; nodeIndex: number }>();

  const visit = (tensor: tf.SymbolicTensor): string => {
    const layer = tensor.sourceLayer;
    const { name } = layer;
    if ((layer as unknown) instanceof tf.LayersModel) {
      throw new ModelError(
        `Layer '${name}' is a model itself; nested models cannot be traced. Pass await flattenNested(model).`,
      );
    }
    const known = used.get(name);
    if (known) {
      if (known.layer !== layer) {
        throw new ModelError(`Two layers are named '${name}'; kernels are known by layer name.`);
      }
      if (known.nodeIndex !== tensor.nodeIndex) {
        throw new ModelError(`Layer '${name}' is used more than once; shared layers cannot be traced.`);
      }
      return name;
    }
    used.set(name, { layer, nodeIndex: tensor.nodeIndex });
    const node = layer.inboundNodes[tensor.nodeIndex];
    const inputs = node.inboundLayers.length === 0 ? [] : node.inputTensors.map(visit); // an input layer reads itself
    nodes.set(name, {
      name,
      className: layer.getClassName(),
      layer,
      config: layer.getConfig(),
      inputs,
      outputShape: tensor.shape.slice(1),
    });
    return name;
  };
  visit(model.outputs[0]);
  return [...nodes.values()];
}

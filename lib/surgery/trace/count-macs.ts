import { ModelError, OptionError } from '../../errors.js';
import * as tf from '../../tf.js';
import { layerType } from '../layers/table.js';

/** Multiply-adds of one image, in all and per layer. */
export interface MacCount {
  /** Multiply-adds of one image through convolutions, depthwise convolutions and dense layers. */
  total: number;
  /** The counted layers in forward order; a layer used twice appears twice. */
  layers: { layer: string; kind: string; macs: number }[];
}

/**
 * Counts the multiply-adds of one forward pass over one image. Biases, batch normalisation, activations, pooling and
 * additions count nothing, as in the published counts.
 * @param inputShape [height, width, channels] of the image; the model's own input shape where left out
 * @throws ModelError when the model has a layer with weights that this count does not know, or several inputs
 * @throws OptionError when the model's input size is open and no inputShape is given, or the shape does not fit
 * @example
 * const { total, layers } = countMacs(strong);
 * console.log(`${(total / 1e6).toFixed(1)} million multiply-adds in ${layers.length} layers`);
 */
export function countMacs(model: tf.LayersModel, inputShape?: readonly number[]): MacCount {
  if (model.inputs.length !== 1) {
    throw new ModelError(`countMacs: expected a model with one input, ${model.name} has ${model.inputs.length}.`);
  }
  const shape = inputShape ?? (model.inputs[0].shape.slice(1) as number[]);
  if (shape.some((n) => n === null)) {
    throw new OptionError(`inputShape: ${model.name} takes images of any size; pass [height, width, channels].`);
  }
  const layers: MacCount['layers'] = [];
  propagate(model, [1, ...shape], layers);
  return { total: layers.reduce((total, layer) => total + layer.macs, 0), layers };
}

/** Follows the graph from the outputs back, gives every tensor its shape and notes the layers passed on the way. */
function propagate(model: tf.LayersModel, input: number[], counted: MacCount['layers']): number[] {
  const shapes = new Map<number, number[]>([[model.inputs[0].id, input]]);
  const shapeOf = (tensor: tf.SymbolicTensor): number[] => {
    const known = shapes.get(tensor.id);
    if (known) return known;
    const node = tensor.sourceLayer.inboundNodes[tensor.nodeIndex];
    const inputs = node.inputTensors.map(shapeOf);
    const outputs = layerOutputShapes(tensor.sourceLayer, inputs, counted);
    node.outputTensors.forEach((output, i) => shapes.set(output.id, outputs[i]));
    return shapes.get(tensor.id)!;
  };
  const outputs = model.outputs.map(shapeOf);
  return outputs[0];
}

function layerOutputShapes(layer: tf.layers.Layer, inputs: number[][], counted: MacCount['layers']): number[][] {
  if (layer instanceof tf.LayersModel) return [propagate(layer, inputs[0], counted)];
  let result: tf.Shape | tf.Shape[];
  try {
    result = layer.computeOutputShape(inputs.length === 1 ? inputs[0] : inputs);
  } catch (cause) {
    const came = inputs.map((shape) => `[${shape.slice(1).join(', ')}]`).join(' and ');
    throw new OptionError(`inputShape: layer ${layer.name} cannot take what it leads to, ${came}.`, { cause });
  }
  const outputs = (Array.isArray(result[0]) ? result : [result]) as number[][];
  const macs = layerMacs(layer, inputs[0], outputs[0]);
  if (macs !== null) counted.push({ layer: layer.name, kind: layer.getClassName(), macs });
  return outputs;
}

/** Multiply-adds for a batch of one, or null for a layer that does none. */
function layerMacs(layer: tf.layers.Layer, input: number[], output: number[]): number | null {
  if (layer.weights.length === 0) return null;
  const kind = layer.getClassName();
  const count = layerType(kind)?.multiplyAdds;
  if (!count) {
    throw new ModelError(
      `countMacs: cannot count layer ${layer.name} of type ${kind}; its layer type does not say how many multiply-adds it takes ` +
        '(multiplyAdds).',
    );
  }
  return count({
    config: layer.getConfig(),
    weights: layer.weights.map((weight) => weight.shape as number[]),
    input,
    output,
    requireInputs(expected) {
      const came = input[input.length - 1];
      if (came === expected) return;
      throw new OptionError(
        `inputShape: layer ${layer.name} expects ${expected} input channels or values, got ${came}.`,
      );
    },
  });
}

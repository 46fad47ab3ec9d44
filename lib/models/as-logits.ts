import { ModelError } from '../errors.js';
import * as tf from '../tf.js';
import { outputKind } from './output-kind.js';

interface LayerJson {
  class_name: string;
  config: { name: string; activation?: string; layers?: LayerJson[] };
}

/**
 * A copy of a classifier without the softmax or sigmoid at its end, with copies of its weights. Models imported from Keras often end
 * in one.
 * @returns a new model that puts out logits; the caller disposes it
 * @throws ModelError when the last layer is neither dense, activation nor softmax
 * @example
 * const { model } = await loadModel('pretrainedResnet.h5'); // puts out probabilities
 * const logits = await asLogits(model); // can be trained and split
 */
export async function asLogits(model: tf.LayersModel): Promise<tf.LayersModel> {
  const topology = model.toJSON(null, false) as unknown as LayerJson;
  const layers = topology.config.layers!;
  const name = model.outputNames[0];
  const last = layers.find((layer) => layer.config.name === name) ?? layers[layers.length - 1];
  if (outputKind(model) === 'probabilities') {
    if (last.class_name === 'Softmax') {
      last.class_name = 'Activation';
      last.config = { name: last.config.name, activation: 'linear' };
    } else if (last.class_name === 'Dense' || last.class_name === 'Activation') {
      last.config.activation = 'linear';
    } else {
      throw new ModelError(
        `asLogits: expected the last layer to be Dense, Activation or Softmax; '${name}' is ${last.class_name}.`,
      );
    }
  }
  const copy = await tf.models.modelFromJSON(topology as unknown as tf.io.ModelJSON);
  copy.setWeights(model.getWeights());
  return copy;
}

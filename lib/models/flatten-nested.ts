import * as tf from '../tf.js';
import { kerasNetwork } from './formats/keras/keras-network.js';
import type { StoredWeight } from './formats/keras/stored-weights.js';
import { buildNetwork } from './formats/network.js';
import { allLayers } from './model-graph.js';

/**
 * A copy of a model in which the models inside it are opened, whatever the depth: one list of layers, as tracing, splitting and
 * simplifying need it. `loadModel` opens them itself; this is for models that were built here.
 * @returns a functional model with copies of the weights and equal answers; the caller disposes it
 * @throws ModelError naming the layer that has no counterpart
 * @example
 * const base = tf.sequential({ layers: [tf.layers.conv2d({ filters: 4, kernelSize: 3, inputShape: [8, 8, 3] })] });
 * const model = tf.sequential({ layers: [base, tf.layers.flatten(), tf.layers.dense({ units: 2 })] });
 * const flat = await models.flattenNested(model);
 */
export async function flattenNested(model: tf.LayersModel): Promise<tf.LayersModel> {
  const topology = model.toJSON(null, false) as unknown as Record<string, unknown>;
  const stored = model.layers.flatMap((outer) => {
    const layers = outer instanceof tf.LayersModel ? allLayers(outer) : [outer];
    return layers.flatMap((layer) =>
      layer.weights.map((weight): StoredWeight => {
        const values = weight.read().dataSync<'float32'>();
        const shape = weight.shape as number[];
        return { name: weight.originalName, group: outer.name, tensor: { dtype: 'float32', shape, values } };
      }),
    );
  });
  const { network } = kerasNetwork(topology, stored, 'tfjs', `Model '${model.name}'`);
  return buildNetwork(network, `Model '${model.name}'`);
}

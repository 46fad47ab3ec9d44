import * as tf from '../tf.js';

/** The layers of a model, nested models opened, each once. */
export function allLayers(model: tf.LayersModel): tf.layers.Layer[] {
  return [...new Set(model.layers.flatMap((layer) => (layer instanceof tf.LayersModel ? allLayers(layer) : [layer])))];
}

import * as tf from '../tf.js';
import { modelFromTopology } from './formats/keras/model-topology.js';

/** A model as plain data that worker threads can receive; weights and pixels in shared memory go over without a copy. */
export interface PackedModel {
  readonly topology: string;
  /** Layer by layer, in the order of `layer.getWeights()`. */
  readonly weights: readonly (readonly { readonly values: Float32Array; readonly shape: readonly number[] }[])[];
}

/** A copy of the model's layers and weights for other threads. */
export function packModel(model: tf.LayersModel): PackedModel {
  const topology: unknown = model.toJSON(undefined, false);
  return {
    topology: JSON.stringify(topology),
    weights: model.layers.map((layer) =>
      layer.getWeights().map((weight) => ({ values: shared(weight.dataSync<'float32'>()), shape: weight.shape })),
    ),
  };
}

/** Builds what {@link packModel} packed. The caller disposes the model. @throws ModelError on layers unknown here */
export async function unpackModel(packed: PackedModel): Promise<tf.LayersModel> {
  const stored = packed.weights.flat().reduce((total, { values }) => total + values.length, 0);
  const model = await modelFromTopology(JSON.parse(packed.topology) as Record<string, unknown>, 'packed model', stored);
  model.layers.forEach((layer, i) =>
    tf.tidy(() => layer.setWeights(packed.weights[i].map(({ values, shape }) => tf.tensor(values, [...shape])))),
  );
  return model;
}

function shared(values: Float32Array): Float32Array {
  const copy = new Float32Array(new SharedArrayBuffer(values.byteLength));
  copy.set(values);
  return copy;
}

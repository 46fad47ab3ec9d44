import { OptionError } from '../errors.js';
import type * as tf from '../tf.js';

/**
 * Runs `work` with the named layers frozen, and frees them again: an optimiser neither updates nor decays their weights,
 * and their batch norm computes with its running statistics and leaves them alone. Gradients flow through them as ever.
 * @throws OptionError when the model has no layer of such a name
 */
export async function withFrozenLayers<T>(
  model: tf.LayersModel,
  names: readonly string[],
  work: () => Promise<T>,
): Promise<T> {
  const layers = names.map((name) => {
    const layer = model.layers.find((candidate) => candidate.name === name);
    if (!layer) {
      throw new OptionError(
        `frozen: model '${model.name}' has no layer '${name}'; it has ${model.layers.map((l) => l.name).join(', ')}.`,
      );
    }
    return layer;
  });
  const undo = layers.map(freeze);
  try {
    return await work();
  } finally {
    for (const thaw of undo) thaw();
  }
}

/** Batch norms that compute with their running statistics now. */
const frozenNorms = new WeakSet<tf.layers.Layer>();

/** Whether a layer is a batch norm that {@link withFrozenLayers} holds to its running statistics. */
export const usesRunningStatistics = (layer: tf.layers.Layer): boolean => frozenNorms.has(layer);

function freeze(layer: tf.layers.Layer): () => void {
  const wasTrainable = layer.trainable;
  layer.trainable = false;
  if (layer.getClassName() !== 'BatchNormalization') return () => (layer.trainable = wasTrainable);
  // tf.layers normalises by the batch, and updates the statistics, whenever it trains, `trainable` or not.
  const own = Object.getOwnPropertyDescriptor(layer, 'call');
  const call = layer.call.bind(layer);
  layer.call = (inputs: tf.Tensor | tf.Tensor[], kwargs: Record<string, unknown>) =>
    call(inputs, { ...kwargs, training: false });
  frozenNorms.add(layer);
  return () => {
    frozenNorms.delete(layer);
    layer.trainable = wasTrainable;
    if (own) Object.defineProperty(layer, 'call', own);
    else delete (layer as { call?: unknown }).call;
  };
}

import type * as tf from '../tf.js';

/** Names of the layers with weights that two networks have in common, bit for bit, in the first one's order. */
export function unchanged(before: tf.LayersModel, after: tf.LayersModel): string[] {
  const weightsOf = (layer: tf.layers.Layer) =>
    layer.getWeights().map((weight) => ({ shape: weight.shape.join(), values: weight.dataSync<'float32'>() }));
  const there = new Map(after.layers.map((layer) => [layer.name, layer]));
  return before.layers.flatMap((layer) => {
    const other = there.get(layer.name);
    if (layer.weights.length === 0 || !other) return [];
    const theirs = weightsOf(other);
    const same = weightsOf(layer).every(
      ({ shape, values }, i) =>
        shape === theirs[i].shape && values.every((value, k) => Object.is(value, theirs[i].values[k])),
    );
    return same ? [layer.name] : [];
  });
}

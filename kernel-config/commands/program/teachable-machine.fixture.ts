import * as tf from '../../../lib/tf.js';

/** A network of the form that Teachable Machine exports, a model that sees and one that decides, untrained. */
export function teachableMachineModel(classes: number): tf.LayersModel {
  const random = (seed: number) => tf.initializers.glorotNormal({ seed });
  const conv = (name: string, filters: number, seed: number, more: object = {}) =>
    tf.layers.conv2d({
      ...{ name, filters, kernelSize: 3, strides: 2, padding: 'same', activation: 'relu' },
      ...{ kernelInitializer: random(seed), ...more },
    });
  const features = tf.sequential({
    name: 'features',
    layers: [
      conv('c1', 8, 1, { inputShape: [32, 32, 3] }),
      conv('c2', 12, 2),
      tf.layers.globalAveragePooling2d({ name: 'gap', dataFormat: 'channelsLast' }),
    ],
  });
  const head = tf.sequential({
    name: 'head',
    layers: [
      tf.layers.dense({
        name: 'd',
        units: classes,
        activation: 'softmax',
        inputShape: [12],
        kernelInitializer: random(3),
      }),
    ],
  });
  return tf.sequential({ layers: [features, head] });
}

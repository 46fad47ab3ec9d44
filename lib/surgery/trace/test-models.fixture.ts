import { MT19937 } from '../../run/mt19937.js';
import * as tf from '../../tf.js';
import { type KernelSelection } from './kernel-selection.js';
import { type ModelTrace, tieSelection } from './trace.js';

/** Gives every weight of a model a random value: batch-norm statistics, scales and biases far from their start. */
export function randomiseWeights(model: tf.LayersModel, seed: number): tf.LayersModel {
  const rng = new MT19937(seed);
  for (const layer of model.layers) {
    tf.tidy(() => {
      const weights = layer.getWeights().map((weight, i) => {
        const fanIn = weight.rank > 1 ? weight.size / weight.shape[weight.rank - 1] : 1;
        const scale = Math.sqrt(2 / fanIn);
        const positive = /gamma|variance/.test(layer.weights[i].originalName);
        const values = Float32Array.from({ length: weight.size }, () => {
          if (positive) return 0.5 + rng.nextDouble();
          return weight.rank > 1 ? scale * rng.nextNormal() : 0.3 * rng.nextNormal();
        });
        return tf.tensor(values, weight.shape);
      });
      layer.setWeights(weights);
    });
  }
  return model;
}

/** A consistent selection in which about the given share of units is kept. */
export function randomSelection(trace: ModelTrace, share: number, seed: number): KernelSelection {
  const rng = new MT19937(seed);
  const selection: KernelSelection = {};
  for (const { name, kernels } of trace.convLayers) selection[name] = new Uint8Array(kernels);
  for (const group of trace.groups) {
    for (const { members } of group.units) {
      const keep = rng.nextDouble() < share ? 1 : 0;
      for (const { layer, kernel } of members) selection[layer][kernel] = keep;
    }
  }
  return tieSelection(trace, selection);
}

/** Standard normal images. */
export function randomImages(shape: [number, number, number, number], seed: number): tf.Tensor4D {
  const rng = new MT19937(seed);
  const size = shape.reduce((product, n) => product * n, 1);
  return tf.tensor4d(
    Float32Array.from({ length: size }, () => rng.nextNormal()),
    shape,
  );
}

/** Largest difference relative to the largest magnitude of the second. */
export function relativeDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let difference = 0;
  let magnitude = 0;
  for (let i = 0; i < b.length; i++) {
    difference = Math.max(difference, Math.abs(a[i] - b[i]));
    magnitude = Math.max(magnitude, Math.abs(b[i]));
  }
  return a.length === b.length ? difference / magnitude : NaN;
}

const flowInput = () => tf.input({ shape: [8, 8, 3], name: 'image' });
const then = (x: tf.SymbolicTensor, ...layers: tf.layers.Layer[]): tf.SymbolicTensor =>
  layers.reduce((y, layer) => layer.apply(y) as tf.SymbolicTensor, x);

/** Sequential, with pools, an activation that is not 0 at 0, flatten, reshape and two dense layers. */
export function sequentialToy(): tf.LayersModel {
  const { layers } = tf;
  return tf.sequential({
    layers: [
      layers.conv2d({ name: 'c0', filters: 6, kernelSize: 3, inputShape: [8, 8, 3], activation: 'sigmoid' }),
      layers.averagePooling2d({ name: 'avg', poolSize: 2 }),
      layers.conv2d({ name: 'c1', filters: 5, kernelSize: 3, padding: 'same', dilationRate: 2, useBias: false }),
      layers.prelu({ name: 'prelu' }),
      layers.dropout({ name: 'drop', rate: 0.5 }),
      layers.batchNormalization({ name: 'bn' }),
      layers.reshape({ name: 'rows', targetShape: [9, 5] }),
      layers.flatten({ name: 'flat' }),
      layers.dense({ name: 'fc0', units: 7, activation: 'tanh' }),
      layers.batchNormalization({ name: 'bnFc', scale: false }),
      layers.dense({ name: 'fc1', units: 4, activation: 'softmax' }),
    ],
  });
}

/** Depthwise with multiplier 2, separable, concatenation, up-sampling, cropping, leaky ReLU, global max pool. */
export function depthwiseToy(): tf.LayersModel {
  const { layers } = tf;
  const image = flowInput();
  const stem = then(
    image,
    layers.zeroPadding2d({ name: 'pad', padding: [[1, 0], [0, 1]] }), // prettier-ignore
    layers.conv2d({ name: 'stem', filters: 4, kernelSize: 3, strides: 2 }),
    layers.batchNormalization({ name: 'bnStem' }),
    layers.reLU({ name: 'relu6', maxValue: 6 }),
  );
  const spread = then(
    stem,
    layers.depthwiseConv2d({ name: 'dw', kernelSize: 3, depthMultiplier: 2, padding: 'same' }),
    layers.batchNormalization({ name: 'bnDw', center: false }),
    layers.leakyReLU({ name: 'leaky' }),
  );
  const narrow = then(stem, layers.separableConv2d({ name: 'sep', filters: 6, kernelSize: 3, padding: 'same' }));
  const joined = layers.concatenate({ name: 'joined' }).apply([narrow, spread, stem]) as tf.SymbolicTensor;
  const y = then(
    joined,
    layers.batchNormalization({ name: 'bnJoined' }),
    layers.activation({ name: 'relu', activation: 'relu' }),
    layers.upSampling2d({ name: 'up' }),
    layers.cropping2D({ name: 'crop', cropping: [[1, 1], [0, 2]] }), // prettier-ignore
    layers.conv2d({ name: 'last', filters: 5, kernelSize: 1, activation: 'relu' }),
    layers.globalMaxPooling2d({ name: 'pool' }),
    layers.dense({ name: 'fc', units: 3 }),
  );
  return tf.model({ inputs: image, outputs: y });
}

/** A layer of a type that surgery does not know, which does nothing. */
export class UnknownLayer extends tf.layers.Layer {
  static className = 'UnknownLayer';
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.clone(Array.isArray(inputs) ? inputs[0] : inputs);
  }
}
tf.serialization.registerClass(UnknownLayer);

import {
  ChannelShuffle,
  GroupedConv2D,
  GroupNormalization,
  LocalResponseNormalization,
  PaddedAveragePooling2D,
  PaddedMaxPooling2D,
} from '../../models/layers/index.js';
import { SubsampleChannels } from '../../models/subsample-channels.js';
import * as tf from '../../tf.js';

const { layers } = tf;
type Tensor = tf.SymbolicTensor;

const through = (x: Tensor, ...stack: tf.layers.Layer[]): Tensor =>
  stack.reduce((y, layer) => layer.apply(y) as Tensor, x);
const conv = (name: string, filters: number, kernelSize = 3, more: object = {}): tf.layers.Layer =>
  layers.conv2d({ name, filters, kernelSize, padding: 'same', ...more });
const relu = (name: string) => layers.activation({ name, activation: 'relu' });
const add = (name: string, ...of: Tensor[]) => layers.add({ name }).apply(of) as Tensor;

/** A network of 8×8 images: a convolution, what is given, global pooling and a dense layer. */
function network(body: (x: Tensor) => Tensor): tf.LayersModel {
  const image = tf.input({ shape: [8, 8, 3], name: 'image' });
  const x = through(image, conv('stem', 8), layers.batchNormalization({ name: 'bnStem' }), relu('reluStem'));
  const outputs = through(
    body(x),
    layers.globalAveragePooling2d({ name: 'pool' }),
    layers.dense({ name: 'fc', units: 4 }),
  );
  return tf.model({ inputs: image, outputs });
}

/** Networks of the layer types that other people's networks use, one theme each. */
export const LAYER_TYPE_MODELS: Readonly<Record<string, () => tf.LayersModel>> = {
  'squeeze and excite, dense': () =>
    network((x) => {
      const maps = through(x, conv('wide', 12), layers.batchNormalization({ name: 'bn' }), relu('relu'));
      const scale = through(
        maps,
        layers.globalAveragePooling2d({ name: 'squeeze' }),
        layers.dense({ name: 'down', units: 3, activation: 'relu' }),
        layers.dense({ name: 'up', units: 12, activation: 'sigmoid' }),
        layers.reshape({ name: 'rows', targetShape: [1, 1, 12] }),
      );
      return through(layers.multiply({ name: 'excite' }).apply([maps, scale]) as Tensor, conv('last', 6), relu('r'));
    }),
  'squeeze and excite, convolutions, in a residual block': () =>
    network((x) => {
      const maps = through(x, conv('wide', 8), layers.batchNormalization({ name: 'bn' }));
      const scale = through(
        maps,
        layers.globalAveragePooling2d({ name: 'squeeze' }),
        layers.reshape({ name: 'one', targetShape: [1, 1, 8] }),
        conv('down', 3, 1, { activation: 'swish' }),
        conv('up', 8, 1, { activation: 'hardSigmoid' }),
      );
      const excited = layers.multiply({ name: 'excite' }).apply([scale, maps]) as Tensor;
      return through(
        add('sum', x, excited),
        layers.activation({ name: 'silu', activation: 'silu' as 'swish' }),
        conv('last', 5),
      );
    }),
  'spatial attention': () =>
    network((x) => {
      const where = through(x, conv('where', 1, 3, { activation: 'sigmoid' }));
      return through(layers.multiply({ name: 'attend' }).apply([x, where]) as Tensor, conv('last', 6), relu('r'));
    }),
  'ResNeXt block': () =>
    network((x) => {
      const branch = through(
        x,
        conv('down', 12, 1),
        layers.batchNormalization({ name: 'bn0' }),
        relu('r0'),
        new GroupedConv2D({ name: 'groups', filters: 12, kernelSize: 3, groups: 4, padding: 'same', useBias: false }),
        layers.batchNormalization({ name: 'bn1' }),
        relu('r1'),
        conv('back', 8, 1),
        layers.batchNormalization({ name: 'bn2' }),
      );
      return through(
        add('sum', branch, x),
        relu('r2'),
        new GroupedConv2D({ name: 'g2', filters: 6, kernelSize: 2, groups: 2, activation: 'tanh' }),
      );
    }),
  'ShuffleNet units': () =>
    network((x) => {
      const half = (name: string, first: number) =>
        new SubsampleChannels({ name, stride: 1, sources: [0, 1, 2, 3].map((i) => first + i) }).apply(x) as Tensor;
      const right = through(
        half('right', 4),
        conv('a', 4, 1, { activation: 'relu' }),
        layers.depthwiseConv2d({ name: 'dw', kernelSize: 3, padding: 'same' }),
        layers.batchNormalization({ name: 'bn' }),
        conv('b', 4, 1, { activation: 'relu' }),
      );
      const joined = layers.concatenate({ name: 'joined' }).apply([half('left', 0), right]) as Tensor;
      const mixed = through(joined, new ChannelShuffle({ name: 'shuffle', groups: 2 }));
      return through(
        mixed,
        new GroupedConv2D({ name: 'g', filters: 8, kernelSize: 1, groups: 4 }),
        new ChannelShuffle({ name: 'again', groups: 4 }),
        conv('last', 5),
        relu('r'),
      );
    }),
  'transposed convolutions': () =>
    network((x) =>
      through(
        x,
        layers.conv2dTranspose({ name: 'up', filters: 7, kernelSize: 3, strides: 2, padding: 'same' }),
        layers.batchNormalization({ name: 'bn' }),
        relu('r'),
        layers.conv2dTranspose({ name: 'up2', filters: 5, kernelSize: 2, activation: 'elu', useBias: false }),
        conv('last', 6),
      ),
    ),
  'layer normalisation (ConvNeXt block)': () =>
    network((x) => {
      const branch = through(
        x,
        layers.depthwiseConv2d({ name: 'dw', kernelSize: 5, padding: 'same' }),
        layers.layerNormalization({ name: 'ln', epsilon: 1e-6 }),
        conv('wide', 12, 1, { activation: 'gelu' }),
        conv('back', 8, 1),
      );
      return through(
        add('sum', x, branch),
        layers.layerNormalization({ name: 'ln2', center: false }),
        conv('last', 6),
        relu('r'),
      );
    }),
  'group normalisation': () =>
    network((x) =>
      through(
        x,
        conv('a', 12),
        new GroupNormalization({ name: 'gn', groups: 3, epsilon: 1e-5 }),
        relu('r0'),
        conv('b', 8),
        new GroupNormalization({ name: 'instance', groups: -1 }),
        layers.leakyReLU({ name: 'r1' }),
        conv('c', 8),
        new GroupNormalization({ name: 'one', groups: 1, center: false }),
      ),
    ),
  'local response normalisation and PyTorch pools': () =>
    network((x) =>
      through(
        x,
        new LocalResponseNormalization({ name: 'lrn', size: 5, alpha: 0.5, bias: 2 }),
        new PaddedMaxPooling2D({ name: 'max', poolSize: 3, strides: 2, padding: 1 }),
        conv('a', 9),
        new PaddedAveragePooling2D({ name: 'avg', poolSize: 2, ceilMode: true, padding: 1 }),
        new LocalResponseNormalization({ name: 'lrn2', size: 4, alpha: 1 }),
        conv('last', 6),
      ),
    ),
  'preprocessing, neutral layers, resizing and other rectifiers': () => {
    const image = tf.input({ shape: [6, 10, 3], name: 'image' });
    return tf.model({
      inputs: image,
      outputs: through(
        image,
        layers.rescaling({ name: 'rescale', scale: 0.5, offset: -1 }),
        layers.resizing({ name: 'resize', height: 9, width: 8 }),
        layers.gaussianNoise({ name: 'noise', stddev: 1 }),
        layers.separableConv2d({ name: 'sep', filters: 6, kernelSize: 3, depthMultiplier: 2 }),
        layers.prelu({ name: 'prelu', sharedAxes: [1, 2] }),
        layers.permute({ name: 'turn', dims: [2, 1, 3] }),
        layers.upSampling2d({ name: 'up', interpolation: 'bilinear' }),
        layers.cropping2D({ name: 'crop', cropping: [[1, 2], [0, 1]] }), // prettier-ignore
        layers.dropout({ name: 'drop', rate: 0.5 }),
        conv('a', 5, 3, { activation: 'elu' }),
        layers.elu({ name: 'elu' }),
        conv('b', 6, 3, { activation: 'softsign' }),
        layers.thresholdedReLU({ name: 'threshold', theta: 0.01 }),
        layers.flatten({ name: 'flat' }),
        layers.dense({ name: 'fc', units: 4 }),
      ),
    });
  },
  'average and maximum of branches': () =>
    network((x) => {
      const [a, b, c] = ['a', 'b', 'c'].map((name) => through(x, conv(name, 6, 3, { activation: 'relu' })));
      const mean = layers.average({ name: 'mean' }).apply([a, b]) as Tensor;
      return through(layers.maximum({ name: 'most' }).apply([mean, c]) as Tensor, conv('last', 5));
    }),
  ...Object.fromEntries(
    ['gelu', 'gelu_new', 'mish', 'selu', 'softplus', 'hardSigmoid', 'hardSigmoidRelu6', 'hardSilu', 'logSigmoid'].map(
      (name) => [
        `activation ${name}`,
        () =>
          network((x) =>
            through(
              x,
              conv('a', 6),
              layers.activation({ name: 'act', activation: name as 'elu' }),
              conv('b', 5, 1, { activation: name }),
              conv('c', 4),
            ),
          ),
      ],
    ),
  ),
};

import { ModelError } from '../../errors.js';
import { borderOf, type ExportedLayer, type ExportedWeight, pairOf } from '../exported-layer.js';
import { kerasActivation } from './keras-activations.js';
import type { KerasLayer } from './keras-layer.js';

type Shape = readonly (number | null)[];

const fail = ({ name, className }: ExportedLayer, message: string): never => {
  throw new ModelError(`Layer '${name}' (${className}): ${message}`);
};

/** Makes the Keras layers for one of ours: the last of them puts out what ours does. */
class Chain {
  readonly made: KerasLayer[] = [];

  constructor(
    private readonly layer: ExportedLayer,
    private at: readonly string[],
    private shape: Shape,
  ) {}

  /** A further layer; the last one must come with `last` and gets the layer's own name. */
  add(
    className: string,
    config: Record<string, unknown>,
    shape: Shape,
    how: { last?: boolean; weights?: KerasLayer['weights'] } = {},
  ): this {
    const name = how.last ? this.layer.name : `${this.layer.name}_${this.made.length + 1}`;
    this.made.push({ name, className, config, inputs: this.at, shape, weights: how.weights ?? [] });
    this.at = [name];
    this.shape = shape;
    return this;
  }

  get spatial(): Shape {
    return this.shape;
  }
}

const weightsOf = ({ weights }: ExportedLayer): [string, ExportedWeight][] => [...weights];

/** Settings that tfjs and Keras have under the same name, camel case there, snake case here. */
function settings({ config }: ExportedLayer, ...names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    names
      .filter((name) => config[name] !== undefined && config[name] !== null)
      .map((name) => [snakeCase(name), config[name]]),
  );
}
const snakeCase = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

const convolution = (layer: ExportedLayer) => ({
  ...settings(
    layer,
    'filters',
    'kernelSize',
    'strides',
    'padding',
    'dilationRate',
    'useBias',
    'groups',
    'depthMultiplier',
  ),
  activation: kerasActivation(layer.name, layer.config['activation']),
});

type Convert = (layer: ExportedLayer, inputs: readonly ExportedLayer[], chain: Chain) => Chain;

/** The same class with settings of the same names. */
const same =
  (className: string, ...names: readonly string[]): Convert =>
  (layer, _inputs, chain) =>
    chain.add(className, settings(layer, ...names), layer.shape, { last: true, weights: weightsOf(layer) });

const conv =
  (className: string): Convert =>
  (layer, _inputs, chain) =>
    chain.add(className, convolution(layer), layer.shape, { last: true, weights: weightsOf(layer) });

/** Whether a layer's output is never below 0. */
function isPositive({ className, config }: ExportedLayer): boolean {
  return className === 'ReLU' || ['relu', 'relu6', 'sigmoid', 'softmax'].includes(config['activation'] as string);
}

const length = (shape: Shape, axis: number, layer: ExportedLayer) =>
  shape[axis] ?? fail(layer, 'needs images of a known size; load the model with one.');

/**
 * Pooling with a border that counts for nothing, or a last window that hangs over: Keras has such windows at stride 1 only.
 * So every window is taken ('same', centred), and those that are wanted are picked.
 */
function pickedWindows(
  kind: 'Max' | 'Average',
  layer: ExportedLayer,
  chain: Chain,
  around: [[number, number], [number, number]],
): Chain {
  const window = pairOf(layer.config['poolSize'], 2);
  const strides = pairOf(layer.config['strides'], 2);
  const [height, width, channels] = chain.spatial;
  chain.add(`${kind}Pooling2D`, { pool_size: window, strides: [1, 1], padding: 'same' }, chain.spatial);
  // Window i of 'same' starts ⌊(size − 1) / 2⌋ before i.
  const first = [0, 1].map((axis) => Math.floor((window[axis] - 1) / 2) - around[axis][0]);
  if (first.some((n) => n < 0)) fail(layer, 'its border is wider than half its window; Keras 3 has no such pooling.');
  const last = [0, 1].map((axis) => first[axis] + (length(layer.shape, axis, layer) - 1) * strides[axis]);
  const sizes = [height, width].map((n, axis) => n ?? length(chain.spatial, axis, layer));
  const cropping = [0, 1].map((axis) => [first[axis], sizes[axis] - 1 - last[axis]]);
  if (cropping.flat().some((n) => n < 0))
    fail(layer, 'its last window starts outside the image; Keras 3 has no such pooling.');
  const cropped = [0, 1].map((axis) => last[axis] - first[axis] + 1);
  chain.add('Cropping2D', { cropping }, [...cropped, channels]);
  return chain.add('AveragePooling2D', { pool_size: [1, 1], strides, padding: 'valid' }, layer.shape, { last: true });
}

const paddedPool =
  (kind: 'Max' | 'Average'): Convert =>
  (layer, [x], chain) => {
    const around = borderOf(layer.config['padding']);
    const window = pairOf(layer.config['poolSize'], 2);
    const strides = pairOf(layer.config['strides'], 2);
    const zerosWillDo = kind === 'Average' ? layer.config['countPadding'] === true : isPositive(x);
    const [height, width, channels] = x.shape;
    const fits = [height, width].every((n, axis) => {
      if (n === null) return layer.config['ceilMode'] !== true;
      const beyond = (layer.shape[axis]! - 1) * strides[axis] + window[axis] - (n + around[axis][0] + around[axis][1]);
      return beyond <= 0;
    });
    const pad = () => {
      const padded = [height, width].map((n, axis) => n && n + around[axis][0] + around[axis][1]);
      return chain.add('ZeroPadding2D', { padding: around }, [...padded, channels]);
    };
    if (fits && zerosWillDo) {
      const config = { pool_size: window, strides, padding: 'valid' };
      return pad().add(`${kind}Pooling2D`, config, layer.shape, { last: true });
    }
    if (kind === 'Average' && zerosWillDo) return pickedWindows(kind, layer, pad(), [[0, 0], [0, 0]]); // prettier-ignore
    return pickedWindows(kind, layer, chain, around);
  };

/** Channels picked by a convolution of noughts and ones. */
function pickChannels(layer: ExportedLayer, chain: Chain, sources: readonly number[], stride: number): Chain {
  const inputs = chain.spatial[2]!;
  const values = new Float32Array(inputs * sources.length);
  sources.forEach((source, output) => {
    if (source >= 0) values[source * sources.length + output] = 1;
  });
  const config = {
    filters: sources.length,
    kernel_size: [1, 1],
    strides: [stride, stride],
    padding: 'valid',
    use_bias: false,
    trainable: false,
  };
  const kernel: [string, ExportedWeight] = ['kernel', { shape: [1, 1, inputs, sources.length], values }];
  return chain.add('Conv2D', config, layer.shape, { last: true, weights: [kernel] });
}

const channelShuffle: Convert = (layer, _inputs, chain) => {
  const groups = layer.config['groups'] as number;
  const [height, width, channels] = layer.shape;
  if (height === null || width === null) {
    const sources = Array.from(
      { length: channels! },
      (_, i) => (i % groups) * (channels! / groups) + Math.floor(i / groups),
    );
    return pickChannels(layer, chain, sources, 1);
  }
  const each = channels! / groups;
  return chain
    .add('Reshape', { target_shape: [height, width, groups, each] }, [height, width, groups, each])
    .add('Permute', { dims: [1, 2, 4, 3] }, [height, width, each, groups])
    .add('Reshape', { target_shape: [height, width, channels] }, layer.shape, { last: true });
};

const adaptivePool: Convert = (layer, [x], chain) => {
  const size = pairOf(layer.config['outputSize']);
  const sizes = [0, 1].map((axis) => length(x.shape, axis, layer));
  if (sizes.some((n, axis) => n % size[axis] !== 0)) {
    return chain.add('AdaptiveAveragePooling2D', { output_size: size }, layer.shape, { last: true });
  }
  const window = sizes.map((n, axis) => n / size[axis]);
  return chain.add('AveragePooling2D', { pool_size: window, strides: window, padding: 'valid' }, layer.shape, {
    last: true,
  });
};

const activation: Convert = (layer, _inputs, chain) => {
  // Keras 2's hard sigmoid, which Keras 3 gave up: 0.2 x + 0.5 between 0 and 1
  if (layer.config['activation'] === 'hardSigmoid') {
    return chain
      .add('Rescaling', { scale: 0.2, offset: 0.5 }, layer.shape)
      .add('ReLU', { max_value: 1 }, layer.shape, { last: true });
  }
  const name = kerasActivation(layer.name, layer.config['activation']);
  return chain.add('Activation', { activation: name }, layer.shape, { last: true });
};

const groupNorm: Convert = (layer, inputs, chain) => {
  if (layer.config['groupOfChannel'] !== undefined)
    fail(layer, 'groups out of which channels were cut have no Keras layer.');
  return same('GroupNormalization', 'groups', 'axis', 'epsilon', 'center', 'scale')(layer, inputs, chain);
};

const LAYERS: Readonly<Record<string, Convert>> = {
  InputLayer: (layer, _inputs, chain) =>
    chain.add('InputLayer', { batch_shape: [null, ...layer.shape], dtype: 'float32' }, layer.shape, { last: true }),
  Conv2D: conv('Conv2D'),
  GroupedConv2D: conv('Conv2D'),
  Conv2DTranspose: conv('Conv2DTranspose'),
  DepthwiseConv2D: conv('DepthwiseConv2D'),
  SeparableConv2D: conv('SeparableConv2D'),
  Dense: (layer, _inputs, chain) =>
    chain.add(
      'Dense',
      { ...settings(layer, 'units', 'useBias'), activation: kerasActivation(layer.name, layer.config['activation']) },
      layer.shape,
      { last: true, weights: weightsOf(layer) },
    ),
  BatchNormalization: same('BatchNormalization', 'axis', 'momentum', 'epsilon', 'center', 'scale'),
  LayerNormalization: same('LayerNormalization', 'axis', 'epsilon', 'center', 'scale'),
  GroupNormalization: groupNorm,
  Activation: activation,
  ReLU: same('ReLU', 'maxValue'),
  LeakyReLU: (layer, _inputs, chain) =>
    chain.add('LeakyReLU', { negative_slope: layer.config['alpha'] ?? 0.3 }, layer.shape, { last: true }),
  ELU: same('ELU', 'alpha'),
  PReLU: same('PReLU', 'sharedAxes'),
  Softmax: same('Softmax', 'axis'),
  MaxPooling2D: same('MaxPooling2D', 'poolSize', 'strides', 'padding'),
  AveragePooling2D: same('AveragePooling2D', 'poolSize', 'strides', 'padding'),
  PaddedMaxPooling2D: paddedPool('Max'),
  PaddedAveragePooling2D: paddedPool('Average'),
  GlobalAveragePooling2D: same('GlobalAveragePooling2D'),
  GlobalMaxPooling2D: same('GlobalMaxPooling2D'),
  AdaptiveAveragePooling2D: adaptivePool,
  Flatten: same('Flatten'),
  Reshape: same('Reshape', 'targetShape'),
  Permute: same('Permute', 'dims'),
  Add: same('Add'),
  Multiply: same('Multiply'),
  Average: same('Average'),
  Maximum: same('Maximum'),
  Minimum: same('Minimum'),
  Concatenate: same('Concatenate', 'axis'),
  ZeroPadding2D: same('ZeroPadding2D', 'padding'),
  Cropping2D: same('Cropping2D', 'cropping'),
  UpSampling2D: same('UpSampling2D', 'size', 'interpolation'),
  Rescaling: same('Rescaling', 'scale', 'offset'),
  SubsampleChannels: (layer, _inputs, chain) =>
    pickChannels(layer, chain, layer.config['sources'] as number[], layer.config['stride'] as number),
  ChannelShuffle: channelShuffle,
  Dropout: same('Dropout', 'rate'),
  SpatialDropout2D: same('SpatialDropout2D', 'rate'),
  GaussianNoise: same('GaussianNoise', 'stddev'),
  GaussianDropout: same('GaussianDropout', 'rate'),
};

/**
 * A model's layers in Keras 3's own classes, names without the dots that PyTorch's paths have.
 * @throws ModelError naming a layer that Keras 3 has nothing for
 */
export function kerasLayers(layers: readonly ExportedLayer[]): KerasLayer[] {
  const names = new Map<string, string>();
  const taken = new Set<string>();
  for (const { name } of layers) {
    const plain = name.replace(/[^\w-]+/g, '_');
    let free = plain;
    for (let i = 1; taken.has(free); i++) free = `${plain}_${i}`;
    taken.add(free);
    names.set(name, free);
  }
  const byName = new Map(layers.map((layer) => [layer.name, layer]));
  return layers.flatMap((layer) => {
    const convert = Object.hasOwn(LAYERS, layer.className) ? LAYERS[layer.className] : undefined;
    if (!convert) return fail(layer, 'Keras 3 has no such layer; write the model to ONNX instead.');
    if (layer.config['dataFormat'] === 'channelsFirst')
      fail(layer, 'reads channels first; only channels-last models are written.');
    const inputs = layer.inputs.map((name) => byName.get(name)!);
    const own = { ...layer, name: names.get(layer.name)! };
    const start = new Chain(own, layer.inputs.map((name) => names.get(name)!), inputs[0]?.shape ?? layer.shape); // prettier-ignore
    return convert(own, inputs, start).made;
  });
}

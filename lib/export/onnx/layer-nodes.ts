import { ModelError } from '../../errors.js';
import { permuteAxes } from '../../models/formats/named-tensor.js';
import { borderOf, type ExportedLayer, type ExportedWeight, pairOf, weightOf } from '../exported-layer.js';
import { writeActivation } from './activation-nodes.js';
import type { NodeAttribute, OnnxWriter } from './onnx-writer.js';

/** A value of the graph: maps lie [batch, channels, height, width] there, everything else as the layers have it. */
export interface OnnxValue {
  readonly name: string;
  /** The layer's shape without the batch axis: [height, width, channels] of maps. */
  readonly shape: readonly (number | null)[];
}

/** What writes one class of layers. */
type Write = (layer: ExportedLayer, inputs: readonly OnnxValue[], to: OnnxWriter) => string;

const ints = (...values: readonly number[]): NodeAttribute => ({ ints: values });
const isMap = ({ shape }: { readonly shape: readonly unknown[] }) => shape.length === 3;
/** The channels' axis in the graph. */
const channelAxis = (value: { readonly shape: readonly unknown[] }) => (isMap(value) ? 1 : value.shape.length);

const fail = ({ name, className }: ExportedLayer, message: string): never => {
  throw new ModelError(`Layer '${name}' (${className}): ${message}`);
};

const tensor = (to: OnnxWriter, name: string, weight: ExportedWeight) => to.floats(name, weight.shape, weight.values);

/** Numbers per channel in a shape that goes with maps too. */
function perChannel(to: OnnxWriter, name: string, values: Float32Array, like: OnnxValue): string {
  return to.floats(name, isMap(like) ? [1, values.length, 1, 1] : [values.length], values);
}

const activated = (layer: ExportedLayer, to: OnnxWriter, x: string) =>
  writeActivation(to, layer.name, layer.config['activation'], x, channelAxis(layer));

/** Kernels [height, width, in, out] as ONNX's [out, in, height, width]. */
function kernelTensor(to: OnnxWriter, name: string, kernel: ExportedWeight, axes = [3, 2, 0, 1]): string {
  return to.floats(name, axes.map((axis) => kernel.shape[axis]), permuteAxes(kernel.values, kernel.shape, axes)); // prettier-ignore
}

function convAttributes(layer: ExportedLayer, x: OnnxValue, kernel: readonly number[], group: number) {
  const { config } = layer;
  const strides = pairOf(config['strides']);
  const dilations = pairOf(config['dilationRate']);
  return {
    kernel_shape: ints(kernel[0], kernel[1]),
    strides: ints(...strides),
    dilations: ints(...dilations),
    group: { int: group },
    ...(config['padding'] === 'same' && dilations.some((n) => n > 1)
      ? { pads: sameBorder(layer, x, kernel, strides, dilations) }
      : { auto_pad: { text: config['padding'] === 'same' ? 'SAME_UPPER' : 'VALID' } }),
  };
}

/** TensorFlow's 'same' in numbers: onnxruntime takes no auto_pad for dilated convolutions. */
function sameBorder(
  layer: ExportedLayer,
  x: OnnxValue,
  kernel: readonly number[],
  strides: readonly number[],
  dilations: readonly number[],
): NodeAttribute {
  const [rows, columns] = [0, 1].map((axis) => {
    const size = x.shape[axis];
    const window = (kernel[axis] - 1) * dilations[axis] + 1;
    if (size === null && strides[axis] > 1) return fail(layer, 'needs images of a known size.');
    const rest = size === null ? 0 : Math.ceil(size / strides[axis]) * strides[axis] - size;
    const total = Math.max(0, window - strides[axis] + rest);
    return [Math.floor(total / 2), total - Math.floor(total / 2)];
  });
  return ints(rows[0], columns[0], rows[1], columns[1]);
}

const bias = (layer: ExportedLayer, to: OnnxWriter): string[] => {
  const weight = layer.weights.get('bias');
  return weight ? [tensor(to, `${layer.name}.bias`, weight)] : [];
};

const conv: Write = (layer, [x], to) => {
  const kernel = weightOf(layer, 'kernel');
  const groups = layer.className === 'GroupedConv2D' ? (layer.config['groups'] as number) : 1;
  const inputs = [x.name, kernelTensor(to, `${layer.name}.weight`, kernel), ...bias(layer, to)];
  return activated(layer, to, to.node('Conv', layer.name, inputs, convAttributes(layer, x, kernel.shape, groups)));
};

/** Depthwise kernels [height, width, channels, multiplier] as [channels · multiplier, 1, height, width]. */
function depthwiseKernel(to: OnnxWriter, name: string, kernel: ExportedWeight): string {
  const [height, width, channels, multiplier] = kernel.shape;
  return to.floats(
    name,
    [channels * multiplier, 1, height, width],
    permuteAxes(kernel.values, kernel.shape, [2, 3, 0, 1]),
  );
}

const depthwise: Write = (layer, [x], to) => {
  const kernel = weightOf(layer, 'depthwise_kernel');
  const inputs = [x.name, depthwiseKernel(to, `${layer.name}.weight`, kernel), ...bias(layer, to)];
  const attributes = convAttributes(layer, x, kernel.shape, kernel.shape[2]);
  return activated(layer, to, to.node('Conv', layer.name, inputs, attributes));
};

const separable: Write = (layer, [x], to) => {
  const kernel = weightOf(layer, 'depthwise_kernel');
  const inputs = [x.name, depthwiseKernel(to, `${layer.name}.depthwise.weight`, kernel)];
  const each = to.node(
    'Conv',
    `${layer.name}.depthwise`,
    inputs,
    convAttributes(layer, x, kernel.shape, kernel.shape[2]),
  );
  const pointwise = kernelTensor(to, `${layer.name}.pointwise.weight`, weightOf(layer, 'pointwise_kernel'));
  return activated(layer, to, to.node('Conv', layer.name, [each, pointwise, ...bias(layer, to)]));
};

const dense: Write = (layer, [x], to) => {
  if (layer.shape.length !== 1) fail(layer, 'only dense layers on flat features are written to ONNX.');
  const weight = tensor(to, `${layer.name}.weight`, weightOf(layer, 'kernel'));
  return activated(layer, to, to.node('Gemm', layer.name, [x.name, weight, ...bias(layer, to)]));
};

const batchNorm: Write = (layer, [x], to) => {
  const mean = weightOf(layer, 'moving_mean');
  const size = mean.shape[0];
  const axis = layer.config['axis'];
  if (axis !== -1 && axis !== layer.shape.length)
    fail(layer, `normalises axis ${String(axis)}, expected the last one.`);
  const filled = (value: number) => ({ shape: [size], values: new Float32Array(size).fill(value) });
  const weights = [
    ['weight', layer.weights.get('gamma') ?? filled(1)],
    ['bias', layer.weights.get('beta') ?? filled(0)],
    ['running_mean', mean],
    ['running_var', weightOf(layer, 'moving_variance')],
  ] as const;
  const inputs = weights.map(([name, weight]) => tensor(to, `${layer.name}.${name}`, weight));
  return to.node('BatchNormalization', layer.name, [x.name, ...inputs], {
    epsilon: { float: layer.config['epsilon'] as number },
  });
};

/** Groups of channels with mean 0 and variance 1: ONNX has that as instance normalisation of [batch, groups, …]. */
const groupNorm: Write = (layer, [x], to) => {
  const channels = layer.shape[2];
  const { groups: set, epsilon, groupOfChannel } = layer.config;
  if (groupOfChannel !== undefined || !isMap(layer))
    fail(layer, 'groups out of which channels were cut have no ONNX operator.');
  const groups = set === -1 ? channels! : (set as number);
  const filled = (value: number) => to.floats(`${layer.name}.${value}`, [groups], new Float32Array(groups).fill(value));
  const apart = to.node('Reshape', layer.name, [x.name, to.ints(`${layer.name}.groups`, [0, groups, -1])]);
  const normal = to.node('InstanceNormalization', layer.name, [apart, filled(1), filled(0)], { epsilon: { float: epsilon as number } }); // prettier-ignore
  const together = to.node('Reshape', layer.name, [normal, to.node('Shape', layer.name, [x.name])]);
  return scaledAndShifted(layer, together, x, to);
};

function scaledAndShifted(layer: ExportedLayer, x: string, like: OnnxValue, to: OnnxWriter): string {
  const [gamma, beta] = [layer.weights.get('gamma'), layer.weights.get('beta')];
  let y = x;
  if (gamma) y = to.node('Mul', layer.name, [y, perChannel(to, `${layer.name}.weight`, gamma.values, like)]);
  if (beta) y = to.node('Add', layer.name, [y, perChannel(to, `${layer.name}.bias`, beta.values, like)]);
  return y;
}

const layerNorm: Write = (layer, [x], to) => {
  const axis = layer.config['axis'];
  const last: unknown = Array.isArray(axis) ? axis[0] : axis;
  if ((last !== -1 && last !== layer.shape.length) || (Array.isArray(axis) && axis.length > 1)) {
    fail(layer, 'only normalisation along the channels is written to ONNX.');
  }
  const channels = layer.shape[layer.shape.length - 1]!;
  const weight = (name: string, otherwise: number) =>
    layer.weights.get(name) ?? { shape: [channels], values: new Float32Array(channels).fill(otherwise) };
  const turned = isMap(layer) ? to.node('Transpose', layer.name, [x.name], { perm: ints(0, 2, 3, 1) }) : x.name;
  const inputs = [
    turned,
    tensor(to, `${layer.name}.weight`, weight('gamma', 1)),
    tensor(to, `${layer.name}.bias`, weight('beta', 0)),
  ];
  const y = to.node('LayerNormalization', layer.name, inputs, { axis: { int: -1 }, epsilon: { float: layer.config['epsilon'] as number } }); // prettier-ignore
  return isMap(layer) ? to.node('Transpose', layer.name, [y], { perm: ints(0, 3, 1, 2) }) : y;
};

const pool =
  (operator: 'MaxPool' | 'AveragePool'): Write =>
  (layer, [x], to) => {
    const { poolSize, strides, padding, ceilMode, countPadding } = layer.config;
    const attributes: Record<string, NodeAttribute> = {
      kernel_shape: ints(...pairOf(poolSize, 2)),
      strides: ints(...pairOf(strides ?? poolSize, 2)),
    };
    if (typeof padding === 'string') attributes['auto_pad'] = { text: padding === 'same' ? 'SAME_UPPER' : 'VALID' };
    else {
      const [[top, bottom], [left, right]] = borderOf(padding);
      attributes['pads'] = ints(top, left, bottom, right);
      attributes['ceil_mode'] = { int: ceilMode ? 1 : 0 };
      if (operator === 'AveragePool') attributes['count_include_pad'] = { int: countPadding ? 1 : 0 };
    }
    return to.node(operator, layer.name, [x.name], attributes);
  };

/** ONNX runtimes disagree on the divisor of a last window that hangs over: a border that counts becomes a node of its own. */
const paddedAverage: Write = (layer, [x], to) => {
  const { ceilMode, countPadding } = layer.config;
  if (!ceilMode || !countPadding) return pool('AveragePool')(layer, [x], to);
  const [[top, bottom], [left, right]] = borderOf(layer.config['padding']);
  const pads = to.ints(`${layer.name}.pads`, [0, 0, top, left, 0, 0, bottom, right]);
  const padded = { ...x, name: to.node('Pad', layer.name, [x.name, pads]) };
  const config = { ...layer.config, padding: 0, countPadding: false };
  return pool('AveragePool')({ ...layer, config }, [padded], to);
};

const globalPool =
  (operator: string): Write =>
  (layer, [x], to) =>
    to.node('Flatten', layer.name, [to.node(operator, layer.name, [x.name])]);

/** Means over equal windows, or where they overlap two products with matrices, as the layer computes them. */
const adaptivePool: Write = (layer, [x], to) => {
  const [height, width] = x.shape;
  if (height === null || width === null) return fail(layer, 'needs images of a known size; load the model with one.');
  const [rows, columns] = pairOf(layer.config['outputSize']);
  if (height % rows === 0 && width % columns === 0) {
    const window = ints(height / rows, width / columns);
    return to.node('AveragePool', layer.name, [x.name], { kernel_shape: window, strides: window });
  }
  const down = to.floats(`${layer.name}.rows`, [rows, height], means(height, rows));
  const across = to.floats(
    `${layer.name}.columns`,
    [width, columns],
    transposed(means(width, columns), columns, width),
  );
  return to.node('MatMul', layer.name, [to.node('MatMul', layer.name, [down, x.name]), across]);
};

function means(inputs: number, outputs: number): Float32Array {
  const matrix = new Float32Array(outputs * inputs);
  for (let i = 0; i < outputs; i++) {
    const first = Math.floor((i * inputs) / outputs);
    const end = Math.ceil(((i + 1) * inputs) / outputs);
    for (let j = first; j < end; j++) matrix[i * inputs + j] = 1 / (end - first);
  }
  return matrix;
}

const transposed = (matrix: Float32Array, rows: number, columns: number) =>
  permuteAxes(matrix, [rows, columns], [1, 0]);

/** The numbers in the layers' own order: maps with the channels last. */
const channelsLast = (name: string, x: OnnxValue, to: OnnxWriter) =>
  isMap(x) ? to.node('Transpose', name, [x.name], { perm: ints(0, 2, 3, 1) }) : x.name;

const reshape: Write = (layer, [x], to) => {
  const target = layer.shape.map((size) => size ?? fail(layer, 'needs images of a known size.'));
  const flat = channelsLast(layer.name, x, to);
  const y = to.node('Reshape', layer.name, [flat, to.ints(`${layer.name}.shape`, [0, ...target.map((n) => n)])]);
  return isMap(layer) ? to.node('Transpose', layer.name, [y], { perm: ints(0, 3, 1, 2) }) : y;
};

/** Reshape's 0 keeps the batch; with another rank in front the batch is the first axis all the same. */
const flatten: Write = (layer, [x], to) => to.node('Flatten', layer.name, [channelsLast(layer.name, x, to)]);

const permute: Write = (layer, [x], to) => {
  const dims = layer.config['dims'] as number[];
  const y = to.node('Transpose', layer.name, [channelsLast(layer.name, x, to)], { perm: ints(0, ...dims) });
  return isMap(layer) ? to.node('Transpose', layer.name, [y], { perm: ints(0, 3, 1, 2) }) : y;
};

const merge =
  (operator: string): Write =>
  (layer, inputs, to) =>
    inputs.slice(1).reduce((sum, input) => to.node(operator, layer.name, [sum, input.name]), inputs[0].name);

const average: Write = (layer, inputs, to) => to.node('Mean', layer.name, inputs.map(({ name }) => name)); // prettier-ignore

const concatenate: Write = (layer, inputs, to) => {
  const axis = layer.config['axis'] as number;
  const fromLast = axis < 0 ? axis : axis - layer.shape.length - 1; // −1: channels
  const place = isMap(layer)
    ? ({ [-1]: 1, [-2]: 3, [-3]: 2 } as Record<number, number>)[fromLast]
    : layer.shape.length + 1 + fromLast;
  return to.node('Concat', layer.name, inputs.map(({ name }) => name), { axis: { int: place } }); // prettier-ignore
};

const zeroPadding: Write = (layer, [x], to) => {
  const [[top, bottom], [left, right]] = borderOf(layer.config['padding']);
  return to.node('Pad', layer.name, [x.name, to.ints(`${layer.name}.pads`, [0, 0, top, left, 0, 0, bottom, right])]);
};

const cropping: Write = (layer, [x], to) => {
  const [[top, bottom], [left, right]] = borderOf(layer.config['cropping']);
  const end = (n: number) => (n === 0 ? 2 ** 31 - 1 : -n);
  const list = (name: string, values: readonly number[]) => to.ints(`${layer.name}.${name}`, values);
  return to.node('Slice', layer.name, [
    x.name,
    list('starts', [top, left]),
    list('ends', [end(bottom), end(right)]),
    list('axes', [2, 3]),
  ]);
};

const upSampling: Write = (layer, [x], to) => {
  const [down, across] = pairOf(layer.config['size'], 2);
  const bilinear = layer.config['interpolation'] === 'bilinear';
  const scales = to.floats(`${layer.name}.scales`, [4], Float32Array.of(1, 1, down, across));
  const none = to.floats(`${layer.name}.roi`, [0], new Float32Array(0));
  return to.node('Resize', layer.name, [x.name, none, scales], {
    mode: { text: bilinear ? 'linear' : 'nearest' },
    coordinate_transformation_mode: { text: bilinear ? 'half_pixel' : 'asymmetric' },
    nearest_mode: { text: 'floor' },
  });
};

const subsampleChannels: Write = (layer, [x], to) => {
  const { stride, sources } = layer.config as { stride: number; sources: number[] };
  const list = (name: string, values: readonly number[]) => to.ints(`${layer.name}.${name}`, values);
  let y = x.name;
  if (stride > 1) {
    const far = 2 ** 31 - 1;
    y = to.node('Slice', layer.name, [y, list('starts', [0, 0]), list('ends', [far, far]), list('axes', [2, 3]), list('steps', [stride, stride])]); // prettier-ignore
  }
  const zero = x.shape[2]!;
  if (sources.includes(-1)) y = to.node('Pad', layer.name, [y, list('pads', [0, 0, 0, 0, 0, 1, 0, 0])]);
  const taken = list('sources', sources.map((source) => (source < 0 ? zero : source))); // prettier-ignore
  return to.node('Gather', layer.name, [y, taken], { axis: { int: 1 } });
};

const channelShuffle: Write = (layer, [x], to) => {
  const groups = layer.config['groups'] as number;
  const channels = layer.shape[2]!;
  const order = Array.from({ length: channels }, (_, i) => (i % groups) * (channels / groups) + Math.floor(i / groups));
  return to.node('Gather', layer.name, [x.name, to.ints(`${layer.name}.order`, order)], { axis: { int: 1 } });
};

const lrn: Write = (layer, [x], to) => {
  const { size, alpha, beta, bias: offset } = layer.config as Record<'size' | 'alpha' | 'beta' | 'bias', number>;
  return to.node('LRN', layer.name, [x.name], {
    size: { int: size },
    alpha: { float: alpha },
    beta: { float: beta },
    bias: { float: offset },
  });
};

const rescaling: Write = (layer, [x], to) => {
  const { scale, offset } = layer.config as { scale: number; offset: number };
  const scaled = to.node('Mul', layer.name, [x.name, to.scalar(`${layer.name}.scale`, scale)]);
  return to.node('Add', layer.name, [scaled, to.scalar(`${layer.name}.offset`, offset)]);
};

const reLU: Write = (layer, [x], to) => {
  const max = layer.config['maxValue'] as number | null | undefined;
  if (max === null || max === undefined) return to.node('Relu', layer.name, [x.name]);
  return to.node('Clip', layer.name, [x.name, to.scalar(`${layer.name}.low`, 0), to.scalar(`${layer.name}.high`, max)]);
};

const withAlpha =
  (operator: string, setting: string): Write =>
  (layer, [x], to) =>
    to.node(operator, layer.name, [x.name], { alpha: { float: Number(layer.config[setting]) } });

const pRelu: Write = (layer, [x], to) => {
  const { shape, values } = weightOf(layer, 'alpha');
  const slope = isMap(x)
    ? kernelTensor(to, `${layer.name}.weight`, { shape: [1, ...shape], values }, [0, 3, 1, 2])
    : tensor(to, `${layer.name}.weight`, { shape, values });
  return to.node('PRelu', layer.name, [x.name, slope]);
};

const same: Write = (_layer, [x]) => x.name;

/** Classes of layers that can be written to ONNX. */
const LAYERS: Readonly<Record<string, Write>> = {
  Conv2D: conv,
  GroupedConv2D: conv,
  DepthwiseConv2D: depthwise,
  SeparableConv2D: separable,
  Dense: dense,
  BatchNormalization: batchNorm,
  GroupNormalization: groupNorm,
  LayerNormalization: layerNorm,
  Activation: (layer, [x], to) => activated(layer, to, x.name),
  ReLU: reLU,
  LeakyReLU: withAlpha('LeakyRelu', 'alpha'),
  ELU: withAlpha('Elu', 'alpha'),
  ThresholdedReLU: withAlpha('ThresholdedRelu', 'theta'),
  PReLU: pRelu,
  Softmax: (layer, [x], to) => writeActivation(to, layer.name, 'softmax', x.name, channelAxis(layer)),
  MaxPooling2D: pool('MaxPool'),
  AveragePooling2D: pool('AveragePool'),
  PaddedMaxPooling2D: pool('MaxPool'),
  PaddedAveragePooling2D: paddedAverage,
  GlobalAveragePooling2D: globalPool('GlobalAveragePool'),
  GlobalMaxPooling2D: globalPool('GlobalMaxPool'),
  AdaptiveAveragePooling2D: adaptivePool,
  Flatten: flatten,
  Reshape: reshape,
  Permute: permute,
  Add: merge('Add'),
  Multiply: merge('Mul'),
  Maximum: merge('Max'),
  Minimum: merge('Min'),
  Average: average,
  Concatenate: concatenate,
  ZeroPadding2D: zeroPadding,
  Cropping2D: cropping,
  UpSampling2D: upSampling,
  SubsampleChannels: subsampleChannels,
  ChannelShuffle: channelShuffle,
  LocalResponseNormalization: lrn,
  Rescaling: rescaling,
  Dropout: same,
  SpatialDropout1D: same,
  SpatialDropout2D: same,
  GaussianNoise: same,
  GaussianDropout: same,
  AlphaDropout: same,
};

/** Writes one layer's nodes and returns what they put out. @throws ModelError naming a layer that has no ONNX form */
export function writeLayer(layer: ExportedLayer, inputs: readonly OnnxValue[], to: OnnxWriter): OnnxValue {
  const write = Object.hasOwn(LAYERS, layer.className) ? LAYERS[layer.className] : undefined;
  if (!write)
    return fail(layer, `this class of layers cannot be written to ONNX; ${Object.keys(LAYERS).join(', ')} can.`);
  if (layer.config['dataFormat'] === 'channelsFirst')
    fail(layer, 'reads channels first; only channels-last models are written.');
  return { name: write(layer, inputs, to), shape: layer.shape };
}

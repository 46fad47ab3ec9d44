import type { Border, ConvSettings } from '../../channels-first-layers.js';
import { weightOf } from '../../channels-first-layers.js';
import { permuteAxes } from '../../named-tensor.js';
import { asWeight, type Conversion, flipped, type Operator, withInputOrder } from '../conversion.js';
import { axisSizes, type Feature, mapFeature, sameAtomSet, vectorFeature } from '../feature.js';
import type { NodeReader } from '../node-reader.js';

const conv: Operator = (node, to) => {
  const weight = node.constant(1);
  if (weight.shape.length !== 4) {
    node.fail(
      `expected a 2-D convolution with kernels [filters, channels, height, width], got [${weight.shape.join(', ')}].`,
    );
  }
  const x = to.map(node, node.feature(0));
  const groups = node.int('group', 1);
  const [filters, depth, height, width] = weight.shape;
  if (depth * groups !== x.shape[2] || filters % groups !== 0) {
    node.fail(`kernels [${weight.shape.join(', ')}] in ${groups} groups do not fit ${x.shape[2]} channels.`);
  }
  const bias = node.known(2);
  if (bias) node.constant(2, [filters]);
  const strides = node.pair('strides', 1);
  const dilations = node.pair('dilations', 1);
  const window = [(height - 1) * dilations[0] + 1, (width - 1) * dilations[1] + 1] as const;
  const settings: ConvSettings = {
    weight: asWeight(weight),
    bias: bias ? asWeight(bias) : null,
    strides,
    dilations,
    groups,
    border: borderOf(node, x, window, strides),
  };
  const placed = to.layers.conv(to.name(node, weight.name), { layer: x.layer, shape: x.shape }, settings);
  return mapFeature(placed.layer, placed.shape as number[]);
};

/** Maps made larger: TensorFlow's transposed convolution without a border, and what of its output ONNX leaves off cropped. */
const convTranspose: Operator = (node, to) => {
  const weight = node.constant(1);
  const x = to.map(node, node.feature(0));
  const [depth, filters, height, width] = weight.shape;
  if (weight.shape.length !== 4 || depth !== x.shape[2]) {
    node.fail(`expected kernels [${x.shape[2]}, filters, height, width], got [${weight.shape.join(', ')}].`);
  }
  if (node.int('group', 1) !== 1 || node.pair('dilations', 1).some((n) => n !== 1)) {
    node.fail('groups and dilations are not converted.');
  }
  if (node.ints('output_shape') || node.text('auto_pad', 'NOTSET') !== 'NOTSET') {
    node.fail('output_shape and auto_pad are not converted; pads are.');
  }
  const strides = node.pair('strides', 1);
  const pads = borderOf(node, x, [height, width], strides);
  const more = node.ints('output_padding') ?? [0, 0];
  const whole = [height, width].map(
    (size, axis) => (x.shape[axis] - 1) * strides[axis] + Math.max(size, strides[axis]),
  );
  const wanted = [height, width].map(
    (size, axis) => (x.shape[axis] - 1) * strides[axis] + size - pads[axis] - pads[axis + 2] + more[axis],
  );
  const behind = whole.map((size, axis) => size - pads[axis] - wanted[axis]);
  if (behind.some((n) => n < 0)) node.fail('output_padding beyond what the kernels reach is not converted.');
  const bias = node.known(2);
  const kernel = asWeight(weight);
  const config = {
    filters,
    kernel_size: [height, width],
    strides: [...strides],
    padding: 'valid',
    use_bias: Boolean(bias),
    data_format: 'channels_last',
  };
  const made = to.layers.add(
    to.name(node, weight.name),
    'Conv2DTranspose',
    config,
    [x.layer],
    [whole[0], whole[1], filters],
    {
      kernel: {
        ...kernel,
        shape: [height, width, filters, depth],
        values: permuteAxes(kernel.values, weight.shape, [2, 3, 1, 0]),
      },
      bias: bias ? asWeight(bias) : null,
    },
  );
  const cropping = [
    [pads[0], behind[0]],
    [pads[1], behind[1]],
  ];
  if (cropping.flat().every((n) => n === 0)) return mapFeature(made.layer, made.shape as number[]);
  const shape = [wanted[0], wanted[1], filters];
  const settings = { cropping, data_format: 'channels_last' };
  const cropped = to.layers.add(`${made.layer}.crop`, 'Cropping2D', settings, [made.layer], shape);
  return mapFeature(cropped.layer, shape);
};

/** `pads` and `auto_pad` as rows and columns. */
export function borderOf(
  node: NodeReader,
  x: Feature,
  window: readonly [number, number],
  strides: readonly [number, number],
): Border {
  const auto = node.text('auto_pad', 'NOTSET');
  if (auto === 'SAME_UPPER' || auto === 'SAME_LOWER') {
    const [first, second] = ([0, 1] as const).map((axis) => {
      const size = x.shape[axis];
      const total = Math.max(0, (Math.ceil(size / strides[axis]) - 1) * strides[axis] + window[axis] - size);
      const less = Math.floor(total / 2);
      return auto === 'SAME_UPPER' ? [less, total - less] : [total - less, less];
    });
    return [first[0], second[0], first[1], second[1]];
  }
  const pads = node.ints('pads') ?? [0, 0, 0, 0];
  if (auto === 'VALID') return [0, 0, 0, 0];
  if (pads.length === 0) return [0, 0, 0, 0];
  if (pads.length !== 4 || pads.some((n) => n < 0)) {
    node.fail(`pads: expected four numbers from 0 on (top, left, bottom, right), got [${pads.join(', ')}].`);
  }
  return pads as unknown as Border;
}

const gemm: Operator = (node, to) => {
  if (node.int('transA', 0)) node.fail('transA is not converted.');
  const weight = node.constant(1);
  if (weight.shape.length !== 2) node.fail(`expected a matrix, got [${weight.shape.join(', ')}].`);
  const alpha = node.float('alpha', 1);
  const beta = node.float('beta', 1);
  const scaled = asWeight({ ...weight, values: weight.values.map((v) => v * alpha) });
  const matrix = node.int('transB', 0) ? scaled : flipped(scaled);
  const bias = node.known(2);
  const units = matrix.shape[0];
  let offsets = null;
  if (bias) {
    const values = Float32Array.from(
      bias.values.length === 1 ? new Float32Array(units).fill(bias.values[0]) : bias.values,
    );
    if (values.length !== units) node.fail(`expected ${units} biases, got [${bias.shape.join(', ')}].`);
    offsets = weightOf([units], values.map((v) => v * beta)); // prettier-ignore
  }
  return dense(node, to, node.feature(0), matrix, offsets, weight.name);
};

function dense(
  node: NodeReader,
  to: Conversion,
  x: Feature,
  matrix: ReturnType<typeof asWeight>,
  bias: ReturnType<typeof asWeight> | null,
  weightName: string,
): Feature {
  const { placed, order } = to.vector(node, x);
  if (placed.shape[0] !== matrix.shape[1]) {
    node.fail(`a matrix for ${matrix.shape[1]} features does not fit ${placed.shape[0] ?? '?'}.`);
  }
  const made = to.layers.dense(to.name(node, weightName), placed, withInputOrder(matrix, order), bias);
  return vectorFeature(made.layer, matrix.shape[0]);
}

const matMul: Operator = (node, to) => {
  if (node.inputs[1]?.kind === 'feature' && node.inputs[0]?.kind === 'feature') {
    node.fail(
      'multiplies two things that depend on the image (attention); only networks of convolutions can be converted.',
    );
  }
  const weight = node.constant(1);
  if (weight.shape.length !== 2) node.fail(`expected a matrix, got [${weight.shape.join(', ')}].`);
  const x = node.feature(0);
  const matrix = flipped(asWeight(weight));
  if (x.axes.length === 1) return dense(node, to, x, matrix, null, weight.name);
  // A matrix on the last axis of more: a 1×1 convolution, where that axis is the channels.
  const last = x.axes[x.axes.length - 1];
  const sizes = axisSizes(x);
  if (x.shape.length !== 3 || !sameAtomSet(last, to.channelAtoms(x)) || sizes[sizes.length - 1] !== matrix.shape[1]) {
    node.fail('a matrix on another axis than the channels is not converted.');
  }
  const kernel = { ...withInputOrder(matrix, orderOf(to, x)), shape: [matrix.shape[0], matrix.shape[1], 1, 1] };
  const placed = to.layers.conv(to.name(node, weight.name), { layer: x.layer, shape: x.shape }, { weight: kernel });
  const made = mapFeature(placed.layer, placed.shape as number[]);
  const kept = x.atoms.slice(0, x.atoms.length - to.channelAtoms(x).length);
  const channels = made.atoms.slice(made.atoms.length - to.channelAtoms(made).length);
  return { ...made, atoms: [...kept, ...channels], axes: [...x.axes.slice(0, -1), channels] };
};

/** For every channel of the layer its position on ONNX's last axis. */
function orderOf(to: Conversion, x: Feature): Int32Array {
  const positions = new Float32Array(x.shape[2]).map((_, i) => i);
  const constant = { kind: 'constant', name: '', type: 'float', shape: [x.shape[2]], values: positions } as const;
  return Int32Array.from(to.perChannel(x, constant) as Float32Array);
}

export const WEIGHTED: Readonly<Record<string, Operator>> = {
  Conv: conv,
  ConvTranspose: convTranspose,
  Gemm: gemm,
  MatMul: matMul,
};

import { permuteAxes } from '../../../models/formats/named-tensor.js';
import { type ExportedLayer, type ExportedWeight, pairOf, weightOf } from '../../exported-layer.js';
import type { NodeAttribute, OnnxWriter } from '../onnx-writer.js';
import { activated, fail, ints, kernelTensor, type OnnxValue, tensor, type Write } from './write.js';

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

export const conv: Write = (layer, [x], to) => {
  const kernel = weightOf(layer, 'kernel');
  const groups = layer.className === 'GroupedConv2D' ? (layer.config['groups'] as number) : 1;
  const inputs = [x.name, kernelTensor(to, `${layer.name}.weight`, kernel), ...bias(layer, to)];
  return activated(layer, to, to.node('Conv', layer.name, inputs, convAttributes(layer, x, kernel.shape, groups)));
};

/**
 * Maps made larger: ONNX takes off at the border what TensorFlow's 'same' does, and adds rows and columns that no kernel reaches
 * where kernels are smaller than their steps.
 */
export const transposed: Write = (layer, [x], to) => {
  const kernel = weightOf(layer, 'kernel');
  const strides = pairOf(layer.config['strides']);
  if (pairOf(layer.config['dilationRate']).some((n) => n !== 1)) fail(layer, 'a dilation is not written to ONNX.');
  const over = strides.map((stride, axis) => kernel.shape[axis] - stride);
  const cut = over.map((n) => (layer.config['padding'] === 'same' ? Math.max(0, n) : 0));
  const before = cut.map((n) => Math.floor(n / 2));
  const attributes = {
    kernel_shape: ints(kernel.shape[0], kernel.shape[1]),
    strides: ints(...strides),
    pads: ints(...before, ...cut.map((n, axis) => n - before[axis])),
    output_padding: ints(...over.map((n) => Math.max(0, -n))),
  };
  const inputs = [x.name, kernelTensor(to, `${layer.name}.weight`, kernel), ...bias(layer, to)];
  return activated(layer, to, to.node('ConvTranspose', layer.name, inputs, attributes));
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

export const depthwise: Write = (layer, [x], to) => {
  const kernel = weightOf(layer, 'depthwise_kernel');
  const inputs = [x.name, depthwiseKernel(to, `${layer.name}.weight`, kernel), ...bias(layer, to)];
  const attributes = convAttributes(layer, x, kernel.shape, kernel.shape[2]);
  return activated(layer, to, to.node('Conv', layer.name, inputs, attributes));
};

export const separable: Write = (layer, [x], to) => {
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

export const dense: Write = (layer, [x], to) => {
  if (layer.shape.length !== 1) fail(layer, 'only dense layers on flat features are written to ONNX.');
  const weight = tensor(to, `${layer.name}.weight`, weightOf(layer, 'kernel'));
  return activated(layer, to, to.node('Gemm', layer.name, [x.name, weight, ...bias(layer, to)]));
};

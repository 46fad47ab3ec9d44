import { permuteAxes } from '../../../models/formats/named-tensor.js';
import { borderOf, pairOf } from '../../exported-layer.js';
import type { NodeAttribute } from '../onnx-writer.js';
import { fail, ints, type Write } from './write.js';

export const pool =
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
export const paddedAverage: Write = (layer, [x], to) => {
  const { ceilMode, countPadding } = layer.config;
  if (!ceilMode || !countPadding) return pool('AveragePool')(layer, [x], to);
  const [[top, bottom], [left, right]] = borderOf(layer.config['padding']);
  const pads = to.ints(`${layer.name}.pads`, [0, 0, top, left, 0, 0, bottom, right]);
  const padded = { ...x, name: to.node('Pad', layer.name, [x.name, pads]) };
  const config = { ...layer.config, padding: 0, countPadding: false };
  return pool('AveragePool')({ ...layer, config }, [padded], to);
};

export const globalPool =
  (operator: string): Write =>
  (layer, [x], to) =>
    to.node('Flatten', layer.name, [to.node(operator, layer.name, [x.name])]);

/** Means over equal windows, or where they overlap two products with matrices, as the layer computes them. */
export const adaptivePool: Write = (layer, [x], to) => {
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

import { ModelError } from '../../../errors.js';
import { permuteAxes } from '../../../models/formats/named-tensor.js';
import type { ExportedLayer, ExportedWeight } from '../../exported-layer.js';
import { writeActivation } from '../activation-nodes.js';
import type { NodeAttribute, OnnxWriter } from '../onnx-writer.js';

/** A value of the graph: maps lie [batch, channels, height, width] there, everything else as the layers have it. */
export interface OnnxValue {
  readonly name: string;
  /** The layer's shape without the batch axis: [height, width, channels] of maps. */
  readonly shape: readonly (number | null)[];
}

/** What writes one class of layers. */
export type Write = (layer: ExportedLayer, inputs: readonly OnnxValue[], to: OnnxWriter) => string;

export const ints = (...values: readonly number[]): NodeAttribute => ({ ints: values });
/** Whether it is maps: [height, width, channels]. */
export const isMap = ({ shape }: { readonly shape: readonly unknown[] }): boolean => shape.length === 3;
/** The channels' axis in the graph. */
export const channelAxis = (value: { readonly shape: readonly unknown[] }): number =>
  isMap(value) ? 1 : value.shape.length;

export const fail = ({ name, className }: ExportedLayer, message: string): never => {
  throw new ModelError(`Layer '${name}' (${className}): ${message}`);
};

/** A weight as it is. */
export const tensor = (to: OnnxWriter, name: string, weight: ExportedWeight): string =>
  to.floats(name, weight.shape, weight.values);

/** Numbers per channel in a shape that goes with maps too. */
export function perChannel(to: OnnxWriter, name: string, values: Float32Array, like: OnnxValue): string {
  return to.floats(name, isMap(like) ? [1, values.length, 1, 1] : [values.length], values);
}

/** The layer's own activation behind `x`. */
export const activated = (layer: ExportedLayer, to: OnnxWriter, x: string): string =>
  writeActivation(to, layer.name, layer.config['activation'], x, channelAxis(layer));

/** Kernels [height, width, in, out] as ONNX's [out, in, height, width]. */
export function kernelTensor(to: OnnxWriter, name: string, kernel: ExportedWeight, axes = [3, 2, 0, 1]): string {
  return to.floats(name, axes.map((axis) => kernel.shape[axis]), permuteAxes(kernel.values, kernel.shape, axes)); // prettier-ignore
}

import { ModelError } from '../errors.js';
import { permuteAxes } from '../models/formats/named-tensor.js';
import type * as tf from '../tf.js';
import { type ExportedLayer, exportedLayers, type ExportedWeight } from './exported-layer.js';
import { torchModulePaths } from './torch-module-paths.js';

/** What {@link safetensorsBytes} can be told. */
export interface SafetensorsOptions {
  /** Put in front of every name: `module.`, `model.`. Default: nothing. */
  prefix?: string;
  /** Texts for the file's header. */
  metadata?: Readonly<Record<string, string>>;
}

/** PyTorch's name of a weight and its axes, for the weights of a layer class. */
type TorchWeight = readonly [name: string, axes?: readonly number[]];

const BATCH_NORM: Readonly<Record<string, TorchWeight>> = {
  gamma: ['weight'],
  beta: ['bias'],
  moving_mean: ['running_mean'],
  moving_variance: ['running_var'],
};
const CONV: Readonly<Record<string, TorchWeight>> = { kernel: ['weight', [3, 2, 0, 1]], bias: ['bias'] };
const WEIGHTS: Readonly<Record<string, Readonly<Record<string, TorchWeight>>>> = {
  Conv2D: CONV,
  GroupedConv2D: CONV,
  Conv2DTranspose: CONV, // [height, width, out, in] as PyTorch's [in, out, height, width]
  Dense: { kernel: ['weight', [1, 0]], bias: ['bias'] },
  BatchNormalization: BATCH_NORM,
  LayerNormalization: BATCH_NORM,
  GroupNormalization: BATCH_NORM,
  DepthwiseConv2D: { depthwise_kernel: ['weight', [2, 3, 0, 1]], bias: ['bias'] },
  PReLU: { alpha: ['weight'] },
};

/**
 * A model's weights as a PyTorch state dict in safetensors, under the names with which they came: layers that were read from
 * PyTorch are called by its modules' paths, and a cut module keeps them. Convolutions lie [out, in, height, width], linear
 * layers [out, in], those behind a flattening in PyTorch's order of features. `load_state_dict` takes it in a network built
 * with the cut widths; `num_batches_tracked` is not there (`strict=False`).
 * @throws ModelError naming a layer whose weights PyTorch has no module for
 */
export function safetensorsBytes(model: tf.LayersModel, options: SafetensorsOptions = {}): Uint8Array {
  const { prefix = '', metadata = {} } = options;
  const layers = exportedLayers(model);
  const paths = torchModulePaths(layers);
  const tensors = new Map<string, ExportedWeight>();
  for (const layer of layers) {
    if (layer.weights.size === 0) continue;
    const known = Object.hasOwn(WEIGHTS, layer.className) ? WEIGHTS[layer.className] : undefined;
    for (const [own, weight] of layer.weights) {
      const [name, axes] = known?.[own] ?? fail(layer, own);
      tensors.set(`${prefix}${paths.get(layer.name)!}.${name}`, torchWeight(layer, layers, weight, axes));
    }
  }
  return assemble(tensors, metadata);
}

function fail({ name, className }: ExportedLayer, weight: string): never {
  throw new ModelError(
    `Layer '${name}' (${className}): PyTorch has no module with its weight '${weight}'; write the model to ONNX instead.`,
  );
}

function torchWeight(
  layer: ExportedLayer,
  layers: readonly ExportedLayer[],
  { shape, values }: ExportedWeight,
  axes: readonly number[] | undefined,
): ExportedWeight {
  if (layer.className === 'DepthwiseConv2D' && axes) {
    const [height, width, channels, multiplier] = shape;
    return { shape: [channels * multiplier, 1, height, width], values: permuteAxes(values, shape, axes) };
  }
  if (layer.className === 'PReLU') return { shape: [values.length], values };
  if (!axes) return { shape, values };
  const map = layer.className === 'Dense' ? flattenedMap(layer, layers) : null;
  const rows = map ? channelsFirstRows({ shape, values }, map) : values;
  return { shape: axes.map((axis) => shape[axis]), values: permuteAxes(rows, shape, axes) };
}

/** [height, width, channels] of the map that a Flatten in front of a dense layer flattens. */
function flattenedMap(layer: ExportedLayer, layers: readonly ExportedLayer[]): readonly number[] | null {
  let at = layers.find(({ name }) => name === layer.inputs[0])!;
  while (at.className.includes('Dropout') || at.className === 'Activation' || at.className === 'ReLU') {
    if (at.shape.length !== 1) return null;
    at = layers.find(({ name }) => name === at.inputs[0])!;
  }
  if (at.className !== 'Flatten') return null;
  const map = layers.find(({ name }) => name === at.inputs[0])!.shape;
  return map.length === 3 ? (map as number[]) : null;
}

function channelsFirstRows(
  { shape, values }: ExportedWeight,
  [height, width, channels]: readonly number[],
): Float32Array {
  return permuteAxes(values, [height, width, channels, shape[1]], [2, 0, 1, 3]);
}

/** Header's length, header, data; tensors at multiples of 4 bytes, the header filled up with spaces to 8. */
function assemble(
  tensors: ReadonlyMap<string, ExportedWeight>,
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  let at = 0;
  const entries: Record<string, unknown> = { __metadata__: { format: 'pt', ...metadata } };
  for (const [name, { shape, values }] of tensors) {
    entries[name] = { dtype: 'F32', shape, data_offsets: [at, at + values.byteLength] };
    at += values.byteLength;
  }
  const json = JSON.stringify(entries);
  const header = Buffer.from(json + ' '.repeat(-Buffer.byteLength(json) & 7));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const data = [...tensors.values()].map(({ values }) =>
    Buffer.from(values.buffer, values.byteOffset, values.byteLength),
  );
  return Buffer.concat([length, header, ...data]);
}

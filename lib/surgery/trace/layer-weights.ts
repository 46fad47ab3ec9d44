import { ModelError } from '../../errors.js';
import type { LayerNode } from '../graph/layer-graph.js';

/** One weight tensor's values, row-major. */
export interface WeightArray {
  readonly values: Float32Array;
  readonly shape: readonly number[];
}

/** Ascending positions of the kept channels; null when all are kept. */
export type KeptChannels = Int32Array | null;

/** Reads a layer's weights from the backend. Treat the values as read-only: backends may hand out their own buffers. */
export function readWeights(node: LayerNode): WeightArray[] {
  return node.layer.getWeights().map((weight) => ({
    values: weight.dataSync<'float32'>(),
    shape: weight.shape,
  }));
}

/** How a layer's weight tensors lie along its channels. Matrices are [outer, rows, columns] in memory. */
interface WeightLayout {
  /** Rows follow the input channels; each input channel has this many consecutive rows. 0: rows follow nothing. */
  readonly rowsPerInput: number;
  /** Whether the columns follow the output channels. */
  readonly columnsFollowOutput: boolean;
}

const MATRIX: WeightLayout = { rowsPerInput: 1, columnsFollowOutput: true };
const ROWS_ONLY: WeightLayout = { rowsPerInput: 1, columnsFollowOutput: false };
const VECTOR: WeightLayout = { rowsPerInput: 0, columnsFollowOutput: true };
const SHARED: WeightLayout = { rowsPerInput: 0, columnsFollowOutput: false };

function weightLayouts({ name, className }: LayerNode, weights: readonly WeightArray[]): WeightLayout[] {
  switch (className) {
    case 'Conv2D':
    case 'Dense':
      return weights.map((_, i) => (i === 0 ? MATRIX : VECTOR));
    case 'DepthwiseConv2D':
      return weights.map((_, i) => (i === 0 ? ROWS_ONLY : VECTOR));
    case 'SeparableConv2D':
      return weights.map((_, i) => {
        if (i === 0) return ROWS_ONLY;
        return i === 1 ? { rowsPerInput: weights[0].shape[3], columnsFollowOutput: true } : VECTOR;
      });
    case 'BatchNormalization':
      return weights.map(() => VECTOR);
    case 'PReLU': // a last axis of 1: one slope shared by all channels
      return weights.map(({ shape }) => (shape[shape.length - 1] === 1 ? SHARED : VECTOR));
    default:
      if (weights.length > 0) throw new ModelError(`Layer '${name}' (${className}) has weights of an unknown meaning.`);
      return [];
  }
}

/** Kept rows and columns of each weight tensor. */
function keptParts(
  node: LayerNode,
  weights: readonly WeightArray[],
  input: KeptChannels,
  output: KeptChannels,
): { rows: KeptChannels; columns: KeptChannels }[] {
  return weightLayouts(node, weights).map(({ rowsPerInput, columnsFollowOutput }) => ({
    rows: rowsPerInput > 0 ? repeatEach(input, rowsPerInput) : null,
    columns: columnsFollowOutput ? output : null,
  }));
}

/**
 * The weights of a layer that reads and puts out only some of its channels.
 * @param input kept channels of its input's last axis
 * @param output kept channels of its output's last axis
 */
export function sliceWeights(
  node: LayerNode,
  weights: readonly WeightArray[],
  input: KeptChannels,
  output: KeptChannels,
): WeightArray[] {
  const parts = keptParts(node, weights, input, output);
  return weights.map((weight, i) => sliceMatrix(weight, parts[i].rows, parts[i].columns));
}

/**
 * The weights of a layer at its full shape, with everything zero that belongs to channels which are not kept: what it
 * reads from them, and what it would put out on them (batch norm: scale and shift).
 */
export function zeroWeights(
  node: LayerNode,
  weights: readonly WeightArray[],
  input: KeptChannels,
  output: KeptChannels,
): WeightArray[] {
  if (node.className === 'PReLU') return [...weights];
  const parts = keptParts(node, weights, input, output);
  const statistics = node.className === 'BatchNormalization' ? weights.length - 2 : weights.length;
  return weights.map((weight, i) => (i < statistics ? zeroMatrix(weight, parts[i].rows, parts[i].columns) : weight));
}

/** The channels of a layer's output that are kept, among those that it physically has (all of which it may keep). */
export interface WidenedChannels {
  readonly kept: KeptChannels;
  readonly present: KeptChannels;
}

/**
 * The weights of a layer cut to the channels that are present, with zeros for those of them that are not kept: what
 * reads them does not see them.
 */
export function widenedWeights(
  node: LayerNode,
  weights: readonly WeightArray[],
  input: WidenedChannels,
  output: WidenedChannels,
): WeightArray[] {
  const cut = sliceWeights(node, weights, input.present, output.present);
  return zeroWeights(node, cut, placesAmong(input), placesAmong(output));
}

/** Positions of the kept channels among those present; null when these are the same. */
function placesAmong({ kept, present }: WidenedChannels): KeptChannels {
  if (kept === present || !kept || kept.length === present?.length) return null;
  if (!present) return kept;
  let place = 0;
  return kept.map((channel) => {
    while (present[place] < channel) place++;
    return place;
  });
}

/** A channel copy's sources after channels were removed on both sides. */
export function sliceSources(sources: readonly number[], input: KeptChannels, output: KeptChannels): number[] {
  const kept = output ? Array.from(output, (channel) => sources[channel]) : [...sources];
  return input ? kept.map((source) => (source < 0 ? -1 : input.indexOf(source))) : kept;
}

/** Rows and columns of a row-major tensor whose last two axes are [rows, columns] (a vector has one row). */
function sliceMatrix(weight: WeightArray, rows: KeptChannels, columns: KeptChannels): WeightArray {
  if (!rows && !columns) return weight;
  const { values, shape } = weight;
  const { outer, height, width } = matrixDims(shape);
  const newHeight = rows?.length ?? height;
  const newWidth = columns?.length ?? width;
  const result = new Float32Array(outer * newHeight * newWidth);
  let to = 0;
  for (let o = 0; o < outer; o++) {
    for (let r = 0; r < newHeight; r++) {
      const from = (o * height + (rows ? rows[r] : r)) * width;
      if (columns) for (let c = 0; c < newWidth; c++) result[to++] = values[from + columns[c]];
      else {
        result.set(values.subarray(from, from + width), to);
        to += width;
      }
    }
  }
  const newShape = [...shape];
  newShape[shape.length - 1] = newWidth;
  if (shape.length > 1) newShape[shape.length - 2] = newHeight;
  return { values: result, shape: newShape };
}

function zeroMatrix(weight: WeightArray, rows: KeptChannels, columns: KeptChannels): WeightArray {
  if (!rows && !columns) return weight;
  const { height, width } = matrixDims(weight.shape);
  const keepRow = asFlags(rows, height);
  const keepColumn = asFlags(columns, width);
  const values = weight.values.slice();
  for (let i = 0; i < values.length; i++) {
    if (!keepColumn[i % width] || !keepRow[Math.floor(i / width) % height]) values[i] = 0;
  }
  return { values, shape: weight.shape };
}

function matrixDims(shape: readonly number[]): { outer: number; height: number; width: number } {
  const width = shape[shape.length - 1];
  const height = shape.length > 1 ? shape[shape.length - 2] : 1;
  return { outer: shape.reduce((product, size) => product * size, 1) / (width * height), height, width };
}

function asFlags(kept: KeptChannels, length: number): Uint8Array {
  const flags = new Uint8Array(length);
  if (kept) for (const i of kept) flags[i] = 1;
  else flags.fill(1);
  return flags;
}

function repeatEach(kept: KeptChannels, times: number): KeptChannels {
  if (!kept || times === 1) return kept;
  return Int32Array.from({ length: kept.length * times }, (_, i) => kept[Math.floor(i / times)] * times + (i % times));
}

/** One weight tensor's values, row-major. */
export interface WeightArray {
  readonly values: Float32Array;
  readonly shape: readonly number[];
}

/** Ascending positions of the kept channels; null when all are kept. */
export type KeptChannels = Int32Array | null;

/** The channels of the last axis that a layer reads (from its first input) and puts out. */
export interface KeptEnds {
  readonly input: KeptChannels;
  readonly output: KeptChannels;
}

/** The channels of a layer's output that are kept, among those that it physically has (all of which it may keep). */
export interface WidenedChannels {
  readonly kept: KeptChannels;
  readonly present: KeptChannels;
}

/** How a weight tensor lies along a layer's channels. In memory it is [outer, rows, columns]; a vector has one row. */
export interface WeightLayout {
  /** What the rows follow, if anything. */
  readonly rows?: 'input' | 'output';
  /** Consecutive rows of each channel. Default 1. */
  readonly rowsPerChannel?: number;
  /** What the columns follow, if anything. */
  readonly columns?: 'input' | 'output';
  /** Whether the values of a removed channel are left as they are where the layer keeps its full shape. Default false. */
  readonly keptInMask?: boolean;
}

/** Inputs in rows, outputs in columns: convolutions, dense layers. */
export const MATRIX: WeightLayout = { rows: 'input', columns: 'output' };
/** One value per output channel. */
export const VECTOR: WeightLayout = { columns: 'output' };

/** The part of a weight tensor that belongs to kept channels. */
export function sliceWeight(weight: WeightArray, layout: WeightLayout, ends: KeptEnds): WeightArray {
  const { rows, columns } = keptParts(layout, ends);
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

/** A weight tensor at its full shape, with zeros for everything that belongs to channels which are not kept. */
export function zeroWeight(weight: WeightArray, layout: WeightLayout, ends: KeptEnds): WeightArray {
  const { rows, columns } = keptParts(layout, ends);
  if (layout.keptInMask || (!rows && !columns)) return weight;
  const { height, width } = matrixDims(weight.shape);
  const keepRow = flagsOf(rows, height);
  const keepColumn = flagsOf(columns, width);
  const values = weight.values.slice();
  for (let i = 0; i < values.length; i++) {
    if (!keepColumn[i % width] || !keepRow[Math.floor(i / width) % height]) values[i] = 0;
  }
  return { values, shape: weight.shape };
}

/** Positions of the kept channels among those present; null when these are the same. */
export function placesAmong({ kept, present }: WidenedChannels): KeptChannels {
  if (kept === present || !kept || kept.length === present?.length) return null;
  if (!present) return kept;
  let place = 0;
  return kept.map((channel) => {
    while (present[place] < channel) place++;
    return place;
  });
}

/** 1 for the kept of so many channels, else 0. */
export function flagsOf(kept: KeptChannels, length: number): Uint8Array {
  const flags = new Uint8Array(length);
  if (kept) for (const i of kept) flags[i] = 1;
  else flags.fill(1);
  return flags;
}

function keptParts(layout: WeightLayout, ends: KeptEnds): { rows: KeptChannels; columns: KeptChannels } {
  return {
    rows: layout.rows ? repeatEach(ends[layout.rows], layout.rowsPerChannel ?? 1) : null,
    columns: layout.columns ? ends[layout.columns] : null,
  };
}

function matrixDims(shape: readonly number[]): { outer: number; height: number; width: number } {
  const width = shape[shape.length - 1];
  const height = shape.length > 1 ? shape[shape.length - 2] : 1;
  return { outer: shape.reduce((product, size) => product * size, 1) / (width * height), height, width };
}

function repeatEach(kept: KeptChannels, times: number): KeptChannels {
  if (!kept || times === 1) return kept;
  return Int32Array.from({ length: kept.length * times }, (_, i) => kept[Math.floor(i / times)] * times + (i % times));
}

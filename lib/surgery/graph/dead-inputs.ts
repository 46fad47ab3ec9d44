import { addBit, bitsetOf, emptyBitset, hasBit, type Bitset } from './bitset.js';
import type { FusedOp } from '../passes/fused-program.js';
import { axisWindows, type AxisWindows } from './windows.js';

/** Positions of a map or vector, without the batch dimension. */
type Shape = readonly number[];

/**
 * Which values that a step reads matter to none of the outputs that are alive (spec decompose §2.6 step 2 and 3, §2.7).
 * @param dead outputs of the step that nothing needs
 * @param input which of the step's inputs
 * @param shapes of the step's inputs and of its output
 * @param rule of convolutions: 'perSource' takes every value whose readers are all dead, 'literal' only whole windows of such
 */
export function deadInputs(
  op: FusedOp,
  dead: Bitset,
  input: number,
  shapes: { inputs: readonly Shape[]; output: Shape },
  rule: 'perSource' | 'literal' = 'perSource',
): Bitset {
  const { className, config } = op.node;
  const from = shapes.inputs[input];
  const to = shapes.output;
  const size = from.reduce((product, n) => product * n, 1);
  switch (className) {
    case 'Dense':
      return deadDenseInputs(op.weights[0].values, size, dead);
    case 'Conv2D':
    case 'SeparableConv2D':
      return deadConvInputs(windowsOf(op, from), from, to, dead, rule);
    case 'DepthwiseConv2D':
    case 'MaxPooling2D':
    case 'AveragePooling2D':
      return deadChannelwiseInputs(windowsOf(op, from), from, to, dead);
    case 'GlobalAveragePooling2D':
    case 'GlobalMaxPooling2D':
      return bitsetOf(
        size,
        positionsWhere(size, (i) => hasBit(dead, i % from[2])),
      );
    case 'Concatenate': {
      const channels = to[to.length - 1];
      const own = from[from.length - 1];
      const first = shapes.inputs.slice(0, input).reduce((sum, shape) => sum + shape[shape.length - 1], 0);
      return bitsetOf(
        size,
        positionsWhere(size, (i) => hasBit(dead, Math.floor(i / own) * channels + first + (i % own))),
      );
    }
    case 'ZeroPadding2D':
    case 'Cropping2D': {
      const sign = className === 'Cropping2D' ? 1 : -1;
      const [[top], [left]] = config[className === 'Cropping2D' ? 'cropping' : 'padding'] as number[][];
      return withoutReaders(size, to, dead, ([y, x, c]) => at(from, y + sign * top, x + sign * left, c));
    }
    case 'UpSampling2D': {
      const [sy, sx] = config['size'] as number[];
      return withoutReaders(size, to, dead, ([y, x, c]) => at(from, Math.floor(y / sy), Math.floor(x / sx), c));
    }
    case 'SubsampleChannels': {
      const sources = config['sources'] as number[];
      const stride = config['stride'] as number;
      return withoutReaders(size, to, dead, ([y, x, c]) => at(from, y * stride, x * stride, sources[c]));
    }
    default: // element by element, or another shape of the same values
      return dead.length === size ? dead : emptyBitset(size);
  }
}

function windowsOf({ node: { config } }: FusedOp, from: Shape): [AxisWindows, AxisWindows] {
  const kernel = (config['kernelSize'] ?? config['poolSize']) as [number, number];
  const strides = (config['strides'] ?? kernel) as [number, number];
  const dilation = (config['dilationRate'] ?? [1, 1]) as [number, number];
  const pad = config['padding'] as 'same' | 'valid';
  return [0, 1].map((axis) => axisWindows(from[axis], kernel[axis], strides[axis], pad, dilation[axis])) as [
    AxisWindows,
    AxisWindows,
  ];
}

/** A unit is dead when all units that it has a weight to are. */
function deadDenseInputs(weights: Float32Array, size: number, dead: Bitset): Bitset {
  const units = dead.length;
  return bitsetOf(
    size,
    positionsWhere(size, (i) => {
      for (let unit = 0; unit < units; unit++) if (weights[i * units + unit] !== 0 && !hasBit(dead, unit)) return false;
      return true;
    }),
  );
}

/** Every output of a window reads all channels in it. */
function deadConvInputs(
  [rows, columns]: readonly [AxisWindows, AxisWindows],
  [height, width, channels]: Shape,
  [, outWidth, outChannels]: Shape,
  dead: Bitset,
  rule: 'perSource' | 'literal',
): Bitset {
  const read = new Uint8Array(height * width);
  const windows: [number, number, boolean][] = [];
  for (let oy = 0; oy < rows.count; oy++) {
    for (let ox = 0; ox < columns.count; ox++) {
      const first = (oy * outWidth + ox) * outChannels;
      let alive = false;
      for (let c = 0; c < outChannels && !alive; c++) alive = !hasBit(dead, first + c);
      windows.push([oy, ox, alive]);
      if (alive) for (const y of rows.positions(oy)) for (const x of columns.positions(ox)) read[y * width + x] = 1;
    }
  }
  let removed = read.map((one) => 1 - one);
  if (rule === 'literal') {
    const whole = new Uint8Array(read.length);
    for (const [oy, ox, alive] of windows) {
      if (alive || rows.positions(oy).some((y) => columns.positions(ox).some((x) => read[y * width + x]))) continue;
      for (const y of rows.positions(oy)) for (const x of columns.positions(ox)) whole[y * width + x] = 1;
    }
    removed = whole;
  }
  const size = read.length * channels;
  return bitsetOf(
    size,
    positionsWhere(size, (i) => removed[Math.floor(i / channels)] === 1),
  );
}

/** Pooling and depthwise convolutions: an output reads one channel. */
function deadChannelwiseInputs(
  [rows, columns]: readonly [AxisWindows, AxisWindows],
  [height, width, channels]: Shape,
  [, outWidth, outChannels]: Shape,
  dead: Bitset,
): Bitset {
  const perChannel = outChannels / channels;
  const read = new Uint8Array(height * width * channels);
  for (let o = 0; o < dead.length; o++) {
    if (hasBit(dead, o)) continue;
    const c = Math.floor((o % outChannels) / perChannel);
    const place = Math.floor(o / outChannels);
    for (const y of rows.positions(Math.floor(place / outWidth))) {
      for (const x of columns.positions(place % outWidth)) read[(y * width + x) * channels + c] = 1;
    }
  }
  return bitsetOf(
    read.length,
    positionsWhere(read.length, (i) => read[i] === 0),
  );
}

/** Steps in which an output copies one input: an input is dead when no output that is alive copies it. */
function withoutReaders(
  size: number,
  [, width, channels]: Shape,
  dead: Bitset,
  source: (place: readonly [number, number, number]) => number,
): Bitset {
  const read = emptyBitset(size);
  for (let o = 0; o < dead.length; o++) {
    if (hasBit(dead, o)) continue;
    const place = Math.floor(o / channels);
    const i = source([Math.floor(place / width), place % width, o % channels]);
    if (i >= 0) addBit(read, i);
  }
  return bitsetOf(
    size,
    positionsWhere(size, (i) => !hasBit(read, i)),
  );
}

/** Position in a map; −1 outside of it. */
function at([height, width, channels]: Shape, y: number, x: number, c: number): number {
  const inside = y >= 0 && y < height && x >= 0 && x < width && c >= 0;
  return inside ? (y * width + x) * channels + c : -1;
}

function* positionsWhere(size: number, holds: (i: number) => boolean): Generator<number> {
  for (let i = 0; i < size; i++) if (holds(i)) yield i;
}

import { addBit, type Bitset, bitsetOf, emptyBitset, hasBit } from './bitset.js';
import type { LayerNode } from './layer-graph.js';
import type { DeadInputsQuestion, MapShape } from './layer-type.js';
import { type AxisWindows, axisWindows } from './windows.js';

// Answers to "which inputs are dead" that several layer types share.

const sizeOf = (shape: MapShape): number => shape.reduce((product, n) => product * n, 1);

/** Element by element, or another shape of the same values: an input is dead with its output. */
export function deadTogether({ dead, input, shapes }: DeadInputsQuestion): Bitset {
  const size = sizeOf(shapes.inputs[input]);
  return dead.length === size ? dead : emptyBitset(size);
}

/** The positions of the first, flat input for which `holds`. */
export function deadWhere({ input, shapes }: DeadInputsQuestion, holds: (position: number) => boolean): Bitset {
  const size = sizeOf(shapes.inputs[input]);
  return bitsetOf(
    size,
    (function* () {
      for (let i = 0; i < size; i++) if (holds(i)) yield i;
    })(),
  );
}

/** Outputs that copy one input each: an input is dead when no output that is alive copies it. −1: copies nothing. */
export function deadUncopied(
  { dead, input, shapes }: DeadInputsQuestion,
  source: (place: readonly [number, number, number]) => number,
): Bitset {
  const [, width, channels] = shapes.output;
  const read = emptyBitset(sizeOf(shapes.inputs[input]));
  for (let o = 0; o < dead.length; o++) {
    if (hasBit(dead, o)) continue;
    const place = Math.floor(o / channels);
    const i = source([Math.floor(place / width), place % width, o % channels]);
    if (i >= 0) addBit(read, i);
  }
  return bitsetOf(
    read.length,
    (function* () {
      for (let i = 0; i < read.length; i++) if (!hasBit(read, i)) yield i;
    })(),
  );
}

/** Position in a map; −1 outside of it. */
export function positionIn([height, width, channels]: MapShape, y: number, x: number, c: number): number {
  const inside = y >= 0 && y < height && x >= 0 && x < width && c >= 0;
  return inside ? (y * width + x) * channels + c : -1;
}

/** The windows of a convolution or pooling layer over its input's rows and columns. */
export function windowsOf({ config }: LayerNode, from: MapShape): [AxisWindows, AxisWindows] {
  const kernel = (config['kernelSize'] ?? config['poolSize']) as [number, number];
  const strides = (config['strides'] ?? kernel) as [number, number];
  const dilation = (config['dilationRate'] ?? [1, 1]) as [number, number];
  const pad = config['padding'] as 'same' | 'valid';
  return [0, 1].map((axis) => axisWindows(from[axis], kernel[axis], strides[axis], pad, dilation[axis])) as [
    AxisWindows,
    AxisWindows,
  ];
}

/**
 * Convolutions: an output of a window reads all channels of a run, of which there are `groups`.
 * @param windows see {@link windowsOf}
 */
export function deadUnderWindows(
  { dead, input, shapes, rule }: DeadInputsQuestion,
  [rows, columns]: readonly [AxisWindows, AxisWindows],
  groups = 1,
): Bitset {
  const [height, width, channels] = shapes.inputs[input];
  const [, outWidth, outChannels] = shapes.output;
  const run = channels / groups;
  const outRun = outChannels / groups;
  const removed = Array.from({ length: groups }, (_, group) => {
    const read = new Uint8Array(height * width);
    const windows: [number, number, boolean][] = [];
    for (let oy = 0; oy < rows.count; oy++) {
      for (let ox = 0; ox < columns.count; ox++) {
        const first = (oy * outWidth + ox) * outChannels + group * outRun;
        let alive = false;
        for (let c = 0; c < outRun && !alive; c++) alive = !hasBit(dead, first + c);
        windows.push([oy, ox, alive]);
        if (alive) for (const y of rows.positions(oy)) for (const x of columns.positions(ox)) read[y * width + x] = 1;
      }
    }
    if (rule !== 'literal') return read.map((one) => 1 - one);
    const whole = new Uint8Array(read.length);
    for (const [oy, ox, alive] of windows) {
      if (alive || rows.positions(oy).some((y) => columns.positions(ox).some((x) => read[y * width + x]))) continue;
      for (const y of rows.positions(oy)) for (const x of columns.positions(ox)) whole[y * width + x] = 1;
    }
    return whole;
  });
  const size = height * width * channels;
  return bitsetOf(
    size,
    (function* () {
      for (let i = 0; i < size; i++) {
        if (removed[Math.floor((i % channels) / run)][Math.floor(i / channels)] === 1) yield i;
      }
    })(),
  );
}

/** Pooling and depthwise convolutions: an output reads one channel. */
export function deadUnderChannelWindows(question: DeadInputsQuestion): Bitset {
  const { node, dead, input, shapes } = question;
  const [height, width, channels] = shapes.inputs[input];
  const [, outWidth, outChannels] = shapes.output;
  const [rows, columns] = windowsOf(node, shapes.inputs[input]);
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
  return deadWhere(question, (i) => read[i] === 0);
}

import * as tf from '../../tf.js';
import { channelBlocks, imagesPerChunk, landing, vectorsFor } from './conv2d-geometry.js';
import type { Heap } from './heap.js';
import { BLOCK, MAX_VECTORS } from './simd/simd-kernels.js';

/** A convolution whose weights are packed by `withPackedWeights`; addresses in bytes, all images NHWC float32. */
export interface Convolution {
  x: number;
  batch: number;
  inHeight: number;
  inWidth: number;
  inChannels: number;
  /** Size of the input after padding, and where input row and column 0 come to lie in it. */
  paddedHeight: number;
  paddedWidth: number;
  top: number;
  left: number;
  /** Distance between neighbouring input rows and columns in the padded input; > 1 inserts zeros. */
  spreadHeight: number;
  spreadWidth: number;
  filterHeight: number;
  filterWidth: number;
  strideHeight: number;
  strideWidth: number;
  weights: PackedWeights;
  out: number;
  outHeight: number;
  outWidth: number;
  outChannels: number;
  low: number;
  high: number;
}

/** Weights as blocks of ≤ 8 output channels, [block][step of the inner dimension][4·vectors], and the bias as [4·vectors per block]. */
export interface PackedWeights {
  weights: number;
  bias: number;
}

/** Where one block of output channels goes: its first channel, its width, floats per step and the address. */
export interface WeightBlock {
  start: number;
  width: number;
  stride: number;
  address: number;
}

/**
 * Gives `body` scratch space holding the packed weights that `fill` wrote into the block views it is handed.
 * @param bias [outChannels], or one value for all of them
 * @param depth steps of the inner dimension (filter height × width × input channels)
 */
export function withPackedWeights(
  heap: Heap,
  depth: number,
  outChannels: number,
  bias: tf.TensorInfo | null,
  fill: (block: WeightBlock) => void,
  body: (packed: PackedWeights) => void,
): void {
  const padded = vectorsFor(outChannels) * BLOCK;
  heap.withScratch((depth + 1) * padded, (scratch) => {
    const packed = { weights: scratch, bias: scratch + 4 * depth * padded };
    const floats = heap.floats();
    floats.fill(0, (padded === outChannels ? packed.bias : scratch) / 4, scratch / 4 + (depth + 1) * padded);
    if (bias !== null) {
      const biases = floats.subarray(packed.bias / 4, packed.bias / 4 + outChannels);
      if (tf.util.sizeFromShape(bias.shape) === 1) biases.fill(heap.view(bias)[0]);
      else biases.set(heap.view(bias));
    }
    for (const { start, width } of channelBlocks(outChannels, BLOCK * MAX_VECTORS)) {
      fill({ start, width, stride: vectorsFor(width) * BLOCK, address: scratch + 4 * depth * start });
    }
    body(packed);
  });
}

/** Packs weights stored as [depth, outChannels]. */
export function packRows(heap: Heap, w: number, depth: number, outChannels: number) {
  return ({ start, width, stride, address }: WeightBlock): void => {
    heap.kernels.copy(width, {
      from: w + 4 * start,
      to: address,
      images: 1,
      rows: 1,
      columns: depth,
      fromColumn: 4 * outChannels,
      fromRowSkip: 0,
      fromImageSkip: 0,
      toColumn: 4 * stride,
      toRowSkip: 0,
      toImageSkip: 0,
    });
  };
}

/** Runs the convolution: four output pixels by up to eight output channels at a time. */
export function convolve(heap: Heap, c: Convolution): void {
  const inFloats = c.inHeight * c.inWidth * c.inChannels;
  const outPixels = c.outHeight * c.outWidth;
  const inPlace =
    c.paddedHeight === c.inHeight &&
    c.paddedWidth === c.inWidth &&
    c.spreadHeight === 1 &&
    c.spreadWidth === 1 &&
    c.top === 0 &&
    c.left === 0;
  const imageFloats = c.paddedHeight * c.paddedWidth * c.inChannels;
  const imagesAtOnce = imagesPerChunk(imageFloats, c.batch);
  const paddedFloats = inPlace ? 0 : imagesAtOnce * imageFloats;
  const blocks = channelBlocks(c.outChannels, BLOCK * MAX_VECTORS);
  const last = blocks[blocks.length - 1];
  const tailFloats = last.width % BLOCK === 0 ? 0 : imagesAtOnce * outPixels * vectorsFor(last.width) * BLOCK;
  const depth = c.filterHeight * c.filterWidth * c.inChannels;
  const fullGroups = Math.floor(c.outWidth / BLOCK);
  const rest = c.outWidth % BLOCK;

  heap.withScratch(paddedFloats + tailFloats, (scratch) => {
    const tail = scratch + 4 * paddedFloats;
    if (!inPlace) heap.floats().fill(0, scratch / 4, scratch / 4 + paddedFloats);
    for (let first = 0; first < c.batch; first += imagesAtOnce) {
      const images = Math.min(imagesAtOnce, c.batch - first);
      if (!inPlace) placeImages(heap, c, c.x + 4 * first * inFloats, scratch, images);
      const x = inPlace ? c.x + 4 * first * inFloats : scratch;
      for (const { start, width } of blocks) {
        const vectors = vectorsFor(width);
        const direct = width % BLOCK === 0;
        const outPixel = 4 * (direct ? c.outChannels : vectors * BLOCK);
        const out = direct ? c.out + 4 * (first * outPixels * c.outChannels + start) : tail;
        const run = (pixels: number, groups: number, column: number): void => {
          const xPixel = 4 * c.strideWidth * c.inChannels;
          heap.kernels.dotProduct(pixels, vectors, {
            x: x + column * xPixel,
            w: c.weights.weights + 4 * depth * start,
            bias: c.weights.bias + 4 * start,
            out: out + column * outPixel,
            runs: c.filterHeight,
            depth: c.filterWidth * c.inChannels,
            xRunSkip: 4 * c.inChannels * (c.paddedWidth - c.filterWidth),
            images,
            rows: c.outHeight,
            groups,
            xPixel,
            xRowSkip: 4 * c.strideHeight * c.paddedWidth * c.inChannels - groups * pixels * xPixel,
            xImageSkip: 4 * c.inChannels * c.paddedWidth * (c.paddedHeight - c.strideHeight * c.outHeight),
            outPixel,
            outRowSkip: (c.outWidth - groups * pixels) * outPixel,
            outImageSkip: 0,
            low: c.low,
            high: c.high,
          });
        };
        if (fullGroups > 0) run(BLOCK, fullGroups, 0);
        if (rest > 0) run(rest, 1, fullGroups * BLOCK);
        if (!direct) {
          heap.kernels.copy(width, {
            from: tail,
            to: c.out + 4 * (first * outPixels * c.outChannels + start),
            images: 1,
            rows: 1,
            columns: images * outPixels,
            fromColumn: outPixel,
            fromRowSkip: 0,
            fromImageSkip: 0,
            toColumn: 4 * c.outChannels,
            toRowSkip: 0,
            toImageSkip: 0,
          });
        }
      }
    }
  });
}

/** Copies images into their zeroed padded (and, for spread > 1, dilated) form. */
function placeImages(heap: Heap, c: Convolution, from: number, to: number, images: number): void {
  const floats = heap.floats();
  const rows = landing(c.inHeight, c.top, c.spreadHeight, c.paddedHeight);
  const columns = landing(c.inWidth, c.left, c.spreadWidth, c.paddedWidth);
  const piece = (c.spreadWidth === 1 ? columns.count : 1) * c.inChannels;
  const pieces = c.spreadWidth === 1 ? Math.sign(columns.count) : columns.count;
  for (let image = 0; image < images; image++) {
    for (let row = 0; row < rows.count; row++) {
      let source = from / 4 + ((image * c.inHeight + rows.first + row) * c.inWidth + columns.first) * c.inChannels;
      let target =
        to / 4 +
        ((image * c.paddedHeight + rows.at + row * c.spreadHeight) * c.paddedWidth + columns.at) * c.inChannels;
      for (let i = 0; i < pieces; i++) {
        floats.copyWithin(target, source, source + piece);
        source += piece;
        target += c.spreadWidth * piece;
      }
    }
  }
}

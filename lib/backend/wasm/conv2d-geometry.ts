import * as tf from '../../tf.js';
import { BLOCK } from './simd/simd-kernels.js';

export type Conv2DInfo = ReturnType<typeof tf.backend_util.computeConv2DInfo>;
export type Conv2DAttributes = Pick<tf.Conv2DAttrs, 'strides' | 'pad' | 'dataFormat' | 'dimRoundingMode'> & {
  dilations?: tf.Conv2DAttrs['dilations'];
};

/** Shapes, strides and pads of a convolution in NHWC; throws for NCHW, as tfjs's own wasm kernels do. */
export function conv2DInfo(
  kernel: string,
  inShape: number[],
  filterShape: number[],
  attributes: Conv2DAttributes,
  depthwise = false,
): Conv2DInfo {
  const info = tf.backend_util.computeConv2DInfo(
    inShape as [number, number, number, number],
    filterShape as [number, number, number, number],
    attributes.strides,
    attributes.dilations ?? 1,
    attributes.pad,
    attributes.dimRoundingMode,
    depthwise,
    tf.backend_util.convertConv2DDataFormat(attributes.dataFormat ?? 'NHWC'),
  );
  if (info.dataFormat !== 'channelsLast') {
    throw new Error(`wasm backend ${kernel} does not support dataFormat '${info.dataFormat}'; use 'channelsLast'.`);
  }
  return info;
}

/**
 * The convolution whose result has the shape of dy. tfjs-core's gradients leave out how the forward pass rounded its size,
 * so dy tells. Gives null if dy has the shape of none.
 */
export function conv2DInfoOfGradient(
  kernel: string,
  inShape: number[],
  filterShape: number[],
  attributes: Conv2DAttributes,
  dyShape: number[],
): Conv2DInfo | null {
  for (const dimRoundingMode of [attributes.dimRoundingMode, 'ceil', 'round'] as const) {
    const info = conv2DInfo(kernel, inShape, filterShape, { ...attributes, dimRoundingMode });
    if (tf.util.arraysEqual(dyShape, info.outShape)) return info;
  }
  return null;
}

/** A block of consecutive channels, small enough for one kernel call. */
export interface ChannelBlock {
  start: number;
  width: number;
}

/** 0…channels cut into blocks of `size`, the last one narrower. */
export function channelBlocks(channels: number, size: number): ChannelBlock[] {
  const blocks: ChannelBlock[] = [];
  for (let start = 0; start < channels; start += size) blocks.push({ start, width: Math.min(size, channels - start) });
  return blocks;
}

/** How many SIMD vectors hold `width` floats. */
export const vectorsFor = (width: number): number => Math.ceil(width / BLOCK);

/**
 * Where `count` source positions land on an axis of `size` when position i goes to `offset + i·step`; positions that
 * fall outside are cut off.
 */
export function landing(
  count: number,
  offset: number,
  step: number,
  size: number,
): { first: number; count: number; at: number } {
  const first = Math.max(0, Math.ceil(-offset / step));
  const last = Math.min(count - 1, Math.floor((size - 1 - offset) / step));
  return { first, count: Math.max(0, last - first + 1), at: offset + first * step };
}

/** How many images of `floats` each are worked on together, so that they stay in the second-level cache. */
export function imagesPerChunk(floats: number, images: number): number {
  return Math.max(1, Math.min(images, Math.floor(65536 / floats)));
}

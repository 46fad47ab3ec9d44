import type * as tf from '../../tf.js';
import { type Conv2DAttributes, type Conv2DInfo, conv2DInfo } from './conv2d-geometry.js';
import { convolve, packRows, withPackedWeights } from './convolve.js';
import { Heap } from './heap.js';

/** Forward 2-D convolution (NHWC, dilation 1) with an optional bias ([outChannels], or one for all), clipped to [low, high]. */
export function conv2D(
  heap: Heap,
  x: tf.TensorInfo,
  filter: tf.TensorInfo,
  attrs: Conv2DAttributes,
  epilogue: { bias?: tf.TensorInfo; low?: number; high?: number } = {},
): tf.TensorInfo {
  const info = conv2DInfo('Conv2D', x.shape, filter.shape, attrs);
  const { batchSize, outHeight, outWidth, inChannels, outChannels } = info;
  const { filterHeight, filterWidth, strideHeight, strideWidth, inHeight, inWidth, padInfo } = info;
  const out = heap.output(info.outShape);
  if (out.shape.includes(0)) return out;
  const depth = filterHeight * filterWidth * inChannels;
  withPackedWeights(
    heap,
    depth,
    outChannels,
    epilogue.bias ?? null,
    packRows(heap, heap.address(filter), depth, outChannels),
    (weights) => {
      const common = {
        inChannels,
        outChannels,
        spreadHeight: 1,
        spreadWidth: 1,
        filterHeight,
        filterWidth,
        weights,
        low: epilogue.low ?? -Infinity,
        high: epilogue.high ?? Infinity,
      };
      if (isPointwise(info)) {
        pointwise(heap, heap.address(x), heap.address(out), batchSize * outHeight * outWidth, common);
        return;
      }
      convolve(heap, {
        ...common,
        x: heap.address(x),
        out: heap.address(out),
        batch: batchSize,
        inHeight,
        inWidth,
        paddedHeight: Math.max(inHeight + padInfo.top, (outHeight - 1) * strideHeight + filterHeight),
        paddedWidth: Math.max(inWidth + padInfo.left, (outWidth - 1) * strideWidth + filterWidth),
        top: padInfo.top,
        left: padInfo.left,
        strideHeight,
        strideWidth,
        outHeight,
        outWidth,
      });
    },
  );
  return out;
}

function isPointwise(info: Conv2DInfo): boolean {
  const { filterHeight, filterWidth, strideHeight, strideWidth, padInfo } = info;
  const pads = padInfo.top + padInfo.bottom + padInfo.left + padInfo.right;
  return filterHeight === 1 && filterWidth === 1 && strideHeight === 1 && strideWidth === 1 && pads === 0;
}

type PointwiseShape = Omit<
  Parameters<typeof convolve>[1],
  | 'x'
  | 'out'
  | 'batch'
  | 'inHeight'
  | 'inWidth'
  | 'paddedHeight'
  | 'paddedWidth'
  | 'top'
  | 'left'
  | 'strideHeight'
  | 'strideWidth'
  | 'outHeight'
  | 'outWidth'
>;

/** A 1×1 convolution, that is a matrix product [pixels, inChannels] × [inChannels, outChannels], in rows of four pixels and a rest. */
export function pointwise(heap: Heap, x: number, out: number, pixels: number, shape: PointwiseShape): void {
  const rest = pixels % 4;
  for (const [batch, width, at] of [
    [(pixels - rest) / 4, 4, 0],
    [1, rest, pixels - rest],
  ]) {
    if (batch * width === 0) continue;
    convolve(heap, {
      ...shape,
      x: x + 4 * at * shape.inChannels,
      out: out + 4 * at * shape.outChannels,
      batch,
      inHeight: 1,
      inWidth: width,
      paddedHeight: 1,
      paddedWidth: width,
      top: 0,
      left: 0,
      strideHeight: 1,
      strideWidth: 1,
      outHeight: 1,
      outWidth: width,
    });
  }
}

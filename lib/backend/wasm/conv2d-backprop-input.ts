import * as tf from '../../tf.js';
import { conv2DInfoOfGradient } from './conv2d-geometry.js';
import { convolve, type WeightBlock, withPackedWeights } from './convolve.js';
import { Heap } from './heap.js';

/**
 * Gradient of a 2-D convolution with respect to its input: the convolution of dy, with stride−1 zeros between its pixels,
 * with the filter flipped in both directions and with its channel axes exchanged. Gives null if dy has not the shape of the convolution's result (conv2dTranspose allows that).
 */
export function conv2DBackpropInput(
  heap: Heap,
  dy: tf.TensorInfo,
  filter: tf.TensorInfo,
  attrs: tf.Conv2DBackpropInputAttrs,
): tf.TensorInfo | null {
  const info = conv2DInfoOfGradient('Conv2DBackpropInput', attrs.inputShape, filter.shape, attrs, dy.shape);
  if (info === null) return null;
  const { filterHeight, filterWidth, inChannels, outChannels, inHeight, inWidth } = info;
  const out = heap.output(attrs.inputShape);
  if (out.shape.includes(0)) return out;
  const taps = filterHeight * filterWidth;
  const fill = ({ start, width, stride, address }: WeightBlock): void => {
    const floats = heap.floats();
    const w = heap.address(filter) / 4;
    let target = address / 4;
    for (let tap = taps - 1; tap >= 0; tap--) {
      const tapStart = w + (tap * inChannels + start) * outChannels;
      for (let o = 0; o < outChannels; o++) {
        for (let c = 0; c < width; c++) floats[target + c] = floats[tapStart + c * outChannels + o];
        target += stride;
      }
    }
  };
  withPackedWeights(heap, taps * outChannels, inChannels, null, fill, (weights) => {
    convolve(heap, {
      x: heap.address(dy),
      batch: info.batchSize,
      inHeight: info.outHeight,
      inWidth: info.outWidth,
      inChannels: outChannels,
      paddedHeight: inHeight + filterHeight - 1,
      paddedWidth: inWidth + filterWidth - 1,
      top: filterHeight - 1 - info.padInfo.top,
      left: filterWidth - 1 - info.padInfo.left,
      spreadHeight: info.strideHeight,
      spreadWidth: info.strideWidth,
      filterHeight,
      filterWidth,
      strideHeight: 1,
      strideWidth: 1,
      weights,
      out: heap.address(out),
      outHeight: inHeight,
      outWidth: inWidth,
      outChannels: inChannels,
      low: -Infinity,
      high: Infinity,
    });
  });
  return out;
}

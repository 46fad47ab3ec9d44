import * as tf from '../../tf.js';
import { type Conv2DAttributes, type Conv2DInfo, conv2DInfo } from './conv2d-geometry.js';
import type { Heap } from './heap.js';

/** Calls `visit` with the first element of every (input pixel, output pixel, tap) triple that meets, as element offsets. */
function forEachTap(info: Conv2DInfo, visit: (x: number, dy: number, w: number) => void): void {
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels } = info;
  const { filterHeight, filterWidth, strideHeight, strideWidth, dilationHeight, dilationWidth, padInfo } = info;
  for (let b = 0; b < batchSize; b++) {
    for (let y = 0; y < outHeight; y++) {
      for (let i = 0; i < filterHeight; i++) {
        const row = y * strideHeight + i * dilationHeight - padInfo.top;
        if (row < 0 || row >= inHeight) continue;
        for (let x = 0; x < outWidth; x++) {
          for (let j = 0; j < filterWidth; j++) {
            const column = x * strideWidth + j * dilationWidth - padInfo.left;
            if (column < 0 || column >= inWidth) continue;
            visit(
              ((b * inHeight + row) * inWidth + column) * inChannels,
              ((b * outHeight + y) * outWidth + x) * outChannels,
              (i * filterWidth + j) * outChannels,
            );
          }
        }
      }
    }
  }
}

type DepthwiseAttributes = Conv2DAttributes & { filterShape: number[] };

/**
 * Gradient of a depthwise convolution with respect to its filter [height, width, channels, multiplier]:
 * dW[i,j,c,m] = Σ x[b, y·sh+i·dh−top, x·sw+j·dw−left, c]·dy[b,y,x,c·multiplier+m].
 */
export function depthwiseConv2dNativeBackpropFilter(
  heap: Heap,
  x: tf.TensorInfo,
  dy: tf.TensorInfo,
  attrs: DepthwiseAttributes,
): tf.TensorInfo {
  const info = conv2DInfo('DepthwiseConv2dNativeBackpropFilter', x.shape, attrs.filterShape, attrs, true);
  const out = heap.output(attrs.filterShape);
  const [input, gradient, sums] = [heap.view(x), heap.view(dy), heap.view(out).fill(0)];
  const { inChannels } = info;
  const multiplier = info.outChannels / inChannels;
  forEachTap(info, (xAt, dyAt, wAt) => {
    for (let c = 0; c < inChannels; c++) {
      const value = input[xAt + c];
      for (let m = c * multiplier; m < (c + 1) * multiplier; m++) sums[wAt + m] += value * gradient[dyAt + m];
    }
  });
  return out;
}

/** Gradient of a depthwise convolution with respect to its input. */
export function depthwiseConv2dNativeBackpropInput(
  heap: Heap,
  dy: tf.TensorInfo,
  filter: tf.TensorInfo,
  attrs: Conv2DAttributes & { inputShape: number[] },
): tf.TensorInfo {
  const info = conv2DInfo('DepthwiseConv2dNativeBackpropInput', attrs.inputShape, filter.shape, attrs, true);
  const out = heap.output(attrs.inputShape);
  const [gradient, weights, sums] = [heap.view(dy), heap.view(filter), heap.view(out).fill(0)];
  const { inChannels } = info;
  const multiplier = info.outChannels / inChannels;
  forEachTap(info, (xAt, dyAt, wAt) => {
    for (let c = 0; c < inChannels; c++) {
      let sum = 0;
      for (let m = c * multiplier; m < (c + 1) * multiplier; m++) sum += weights[wAt + m] * gradient[dyAt + m];
      sums[xAt + c] += sum;
    }
  });
  return out;
}

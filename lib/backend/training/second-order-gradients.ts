import * as tf from '../../tf.js';
import { willBeDifferentiated } from './second-order.js';

let registered = false;

/**
 * Gives tfjs the derivatives that it lacks where a gradient is differentiated in turn: of the gradients of max and average
 * pooling and of depthwise convolution, of comparisons (zero), a form of batch norm's that is not made of thousands of
 * slices (tfjs differentiates a tiled variance position by position), and right ones for activations whose gradient tfjs
 * computes from their result: it forgets that this depends on their input. First-order gradients stay as they are.
 */
export function registerSecondOrderGradients(): void {
  if (registered) return;
  registered = true;
  registerBatchNorm();
  registerMaxPool();
  registerAveragePool();
  registerDepthwise();
  registerActivations();
  for (const kernelName of [
    'Equal',
    'NotEqual',
    'Greater',
    'Less',
    'LessEqual',
    'LogicalAnd',
    'LogicalNot',
    'LogicalOr',
  ]) {
    if (tf.getGradient(kernelName)) continue;
    const inputsToSave = kernelName === 'LogicalNot' ? ['x'] : ['a', 'b'];
    tf.registerGradient({
      kernelName,
      inputsToSave,
      gradFunc: (_, saved) =>
        Object.fromEntries(saved.map((input, i) => [inputsToSave[i], () => tf.zeros(input.shape)])),
    });
  }
}

function registerBatchNorm(): void {
  const firstOrder = tf.getGradient('FusedBatchNorm');
  tf.unregisterGradient('FusedBatchNorm');
  tf.registerGradient({
    ...firstOrder,
    gradFunc: (dys, saved, attributes) => {
      const dy = dys as tf.Tensor;
      const [x, mean, variance, scale] = saved;
      if (!willBeDifferentiated(0) || mean.rank !== 1) return firstOrder.gradFunc(dys, saved, attributes);
      const { varianceEpsilon } = attributes as unknown as tf.FusedBatchNormAttrs;
      const others = x.shape.map((_, axis) => axis).slice(0, -1);
      const inverse = tf.rsqrt(tf.add(variance, varianceEpsilon));
      const factor = scale == null ? inverse : tf.mul(inverse, scale);
      const centred = tf.sub(x, mean);
      const alongScale = () => tf.sum(tf.mul(dy, centred), others);
      return {
        x: () => tf.mul(dy, factor),
        mean: () => tf.neg(tf.mul(tf.sum(dy, others), factor)),
        variance: () => tf.mul(alongScale(), tf.mul(tf.mul(factor, tf.square(inverse)), -0.5)),
        scale: () => tf.mul(alongScale(), inverse),
        offset: () => tf.sum(dy, others),
      };
    },
  });
}

/** The gradient of max pooling hands every dy to one input; its own derivative takes the value back from there. */
function registerMaxPool(): void {
  if (tf.getGradient('MaxPoolGrad')) return;
  tf.registerGradient({
    kernelName: 'MaxPoolGrad',
    inputsToSave: ['dy', 'input', 'output'],
    gradFunc: (ddx, saved, attributes) => {
      const [dy, input, output] = saved as tf.Tensor4D[];
      return {
        dy: () => atMaxima(ddx as tf.Tensor4D, input, dy.shape, attributes as unknown as tf.MaxPoolGradAttrs),
        input: () => tf.zerosLike(input),
        output: () => tf.zerosLike(output),
      };
    },
  });
}

/**
 * For every pooling window the value of `values` where the input is largest, at the first of equals in row-major order,
 * as the kernels of max pooling's gradient have it; 0 for a window without a number above −∞.
 */
function atMaxima(
  values: tf.Tensor4D,
  input: tf.Tensor4D,
  outShape: [number, number, number, number],
  { filterSize, strides, pad, dimRoundingMode }: tf.MaxPoolGradAttrs,
): tf.Tensor4D {
  const [images, height, width, channels] = input.shape;
  const info = tf.backend_util.computePool2DInfo(input.shape, filterSize, strides, 1, pad, dimRoundingMode);
  const { filterHeight, filterWidth, strideHeight, strideWidth, padInfo } = info;
  const [x, from] = [input.dataSync(), values.dataSync()];
  const [, outHeight, outWidth] = outShape;
  const picked = new Float32Array(images * outHeight * outWidth * channels);
  let at = 0;
  for (let image = 0; image < images; image++) {
    for (let row = 0; row < outHeight; row++) {
      const top = row * strideHeight - padInfo.top;
      for (let column = 0; column < outWidth; column++) {
        const left = column * strideWidth - padInfo.left;
        for (let channel = 0; channel < channels; channel++, at++) {
          let largest = -Infinity;
          for (let y = Math.max(0, top); y < Math.min(height, top + filterHeight); y++) {
            for (let z = Math.max(0, left); z < Math.min(width, left + filterWidth); z++) {
              const position = ((image * height + y) * width + z) * channels + channel;
              if (x[position] > largest) {
                largest = x[position];
                picked[at] = from[position];
              }
            }
          }
        }
      }
    }
  }
  return tf.tensor4d(picked, outShape);
}

/** Average pooling's gradient spreads dy / (window size) over its window; its own derivative is that sum over the window. */
function registerAveragePool(): void {
  if (tf.getGradient('AvgPoolGrad')) return;
  tf.registerGradient({
    kernelName: 'AvgPoolGrad',
    inputsToSave: ['dy', 'input'],
    gradFunc: (ddx, saved, attributes) => {
      const [dy, input] = saved as tf.Tensor4D[];
      const { filterSize, strides, pad } = attributes as unknown as tf.AvgPoolGradAttrs;
      const info = tf.backend_util.computePool2DInfo(input.shape, filterSize, strides, 1, pad);
      const { top, left } = info.padInfo;
      const [, height, width] = input.shape;
      const [, rows, columns] = dy.shape;
      const below = (rows - 1) * info.strideHeight + info.filterHeight - top - height;
      const right = (columns - 1) * info.strideWidth + info.filterWidth - left - width;
      return {
        dy: () => {
          // Windows that reach outside count their whole size, as tfjs's gradient of average pooling does.
          const padded = tf.pad(ddx as tf.Tensor4D, [
            [0, 0],
            [top, Math.max(0, below)],
            [left, Math.max(0, right)],
            [0, 0],
          ]);
          return tf.avgPool(padded, filterSize, strides, 'valid');
        },
        input: () => tf.zerosLike(input),
      };
    },
  });
}

function registerDepthwise(): void {
  const kernelName = 'DepthwiseConv2dNativeBackpropInput';
  if (tf.getGradient(kernelName)) return;
  tf.registerGradient({
    kernelName,
    inputsToSave: ['dy', 'filter'],
    gradFunc: (ddxs, saved, attributes) => {
      const ddx = ddxs as tf.Tensor4D;
      const [dy, filter] = saved as tf.Tensor4D[];
      const { strides, pad, dilations } = attributes as unknown as tf.DepthwiseConv2dNativeBackpropInputAttrs;
      return {
        dy: () => tf.depthwiseConv2d(ddx, filter, strides, pad, 'NHWC', dilations),
        filter: () =>
          tf.engine().runKernel(
            'DepthwiseConv2dNativeBackpropFilter',
            { x: ddx, dy },
            {
              strides,
              pad,
              dilations,
              filterShape: filter.shape,
            },
          ),
      };
    },
  });
}

/** Gradients of activations from their input, where tfjs takes their result. */
const FROM_INPUT: Record<string, (dy: tf.Tensor, x: tf.Tensor) => tf.Tensor> = {
  Sigmoid: (dy, x) => tf.mul(dy, tf.mul(tf.sigmoid(x), tf.sigmoid(tf.neg(x)))),
  Tanh: (dy, x) => tf.mul(dy, tf.sub(1, tf.square(tf.tanh(x)))),
  Elu: (dy, x) => tf.mul(dy, tf.where(tf.greater(x, 0), tf.onesLike(x), tf.exp(tf.minimum(x, 0)))),
};

function registerActivations(): void {
  for (const [kernelName, fromInput] of Object.entries(FROM_INPUT)) {
    const firstOrder = tf.getGradient(kernelName);
    tf.unregisterGradient(kernelName);
    tf.registerGradient({
      ...firstOrder,
      inputsToSave: ['x'],
      gradFunc: (dy, [x, ...outputs], attributes) =>
        willBeDifferentiated(0)
          ? { x: () => fromInput(dy as tf.Tensor, x) }
          : firstOrder.gradFunc(dy, outputs, attributes),
    });
  }
}

import { areAlike, hasOwnKernel, runOwnKernel } from '../backend/training/own-kernel.js';
import { RELU_GRADIENT, type ReluGradientAttributes } from '../backend/training/relu-gradient.js';
import * as tf from '../tf.js';

/** tfjs hands a custom gradient its saver as one more input. */
type Save = (tensors: tf.Tensor[]) => void;

/** What of a convolution does not depend on its input. */
export interface FrozenConvolution {
  /** [height, width, in, out] */
  readonly filter: tf.Tensor4D;
  readonly bias?: tf.Tensor1D;
  readonly strides: [number, number];
  readonly pad: 'same' | 'valid';
  readonly activation: 'linear' | 'relu' | 'relu6';
}

/**
 * Convolution with bias and activation whose gradient goes to the input only: tfjs's fused convolution would compute the
 * gradient of the filter as well, which a frozen network throws away.
 * @param x [batch, height, width, in]
 */
export function frozenConvolution(x: tf.Tensor4D, conv: FrozenConvolution): tf.Tensor4D {
  const forward = tf.customGrad((input, save) => {
    const y = runConvolution(input as tf.Tensor4D, conv);
    (save as unknown as Save)([y]);
    return {
      value: y,
      gradFunc: (dy: tf.Tensor4D, saved: tf.Tensor[]) =>
        convolutionInputGradient(dy, saved[0] as tf.Tensor4D, x.shape, conv),
    };
  });
  return forward(x);
}

function runConvolution(x: tf.Tensor4D, { filter, bias, strides, pad, activation }: FrozenConvolution): tf.Tensor4D {
  // Not tf.fused.conv2d: while gradients are recorded it runs convolution, bias and activation one by one.
  return tf
    .engine()
    .runKernel<tf.Tensor4D>(
      tf.FusedConv2D,
      { x, filter, ...(bias ? { bias } : {}) },
      { strides, pad, dataFormat: 'NHWC', dilations: [1, 1], activation },
    );
}

/**
 * The gradient of a {@link frozenConvolution} by its input.
 * @param dy gradient by its output [batch, height, width, out]
 * @param y that output
 * @param shape of its input
 */
export function convolutionInputGradient(
  dy: tf.Tensor4D,
  y: tf.Tensor4D,
  shape: [number, number, number, number],
  { filter, strides, pad, activation }: FrozenConvolution,
): tf.Tensor4D {
  return tf.conv2dTranspose(activationGradient(dy, y, activation) as tf.Tensor4D, filter, shape, strides, pad);
}

/** The gradient in front of an activation, from that behind it and its output. */
export function activationGradient(
  dy: tf.Tensor,
  y: tf.Tensor,
  activation: FrozenConvolution['activation'],
): tf.Tensor {
  if (activation === 'linear') return dy;
  // y = 6 lets the gradient pass with the kernel, so it is for ReLU alone
  if (activation === 'relu' && hasOwnKernel(RELU_GRADIENT) && areAlike(dy, y)) {
    return runOwnKernel(RELU_GRADIENT, { dy, x: y }, { max: Infinity } satisfies ReluGradientAttributes)[0];
  }
  const passes = tf.step(y);
  return tf.mul(dy, activation === 'relu' ? passes : tf.mul(passes, tf.step(tf.sub(6, y))));
}

/**
 * A map in which every place is repeated: nearest-neighbour up-sampling by whole numbers. Its gradient in tfjs leaves
 * places out.
 * @param x [batch, height, width, channels]
 * @param size how often in height and width
 */
export function repeatPlaces(x: tf.Tensor4D, size: [number, number]): tf.Tensor4D {
  const forward = tf.customGrad((input) => ({
    value: tf.image.resizeNearestNeighbor(input as tf.Tensor4D, [x.shape[1] * size[0], x.shape[2] * size[1]]),
    gradFunc: (dy: tf.Tensor4D) => tf.mul(tf.avgPool(dy, size, size, 'valid'), size[0] * size[1]),
  }));
  return forward(x);
}

/**
 * Multiplies the channels of every module's maps with its own mask.
 * @param x [modules · batch, …, channels], the modules' maps one after the other; or [batch, …, channels], one map that
 *   all modules have in common
 * @param masks [modules, channels]
 * @param shared which of the two x is
 * @returns [modules · batch, …, channels]; differentiable in both, in a shared x not
 */
export function maskChannels(x: tf.Tensor, masks: tf.Tensor2D, shared: boolean): tf.Tensor {
  const [modules, channels] = masks.shape;
  const rows = x.size / channels / (shared ? 1 : modules);
  const batch = shared ? x.shape[0] * modules : x.shape[0];
  const shape = [batch, ...x.shape.slice(1)];
  const perModule = (t: tf.Tensor) => tf.reshape(t, [modules, rows, channels]);
  const maps = (t: tf.Tensor) => (shared ? tf.reshape(t, [1, rows, channels]) : perModule(t));
  const wide = (m: tf.Tensor) => tf.reshape(m, [modules, 1, channels]);
  /** Σ over a module's rows of dy · x. A product with a row of ones is faster than a sum over a middle axis. */
  const maskGradient = (dy: tf.Tensor, saved: tf.Tensor) => {
    const products = tf.mul(perModule(dy), maps(saved));
    return tf.reshape(tf.matMul(tf.ones([modules, 1, rows]), products), [modules, channels]);
  };
  if (shared) {
    const forward = tf.customGrad((m) => ({
      value: tf.reshape(tf.mul(maps(x), wide(m as tf.Tensor)), shape),
      gradFunc: (dy: tf.Tensor) => maskGradient(dy, x),
    }));
    return forward(masks);
  }
  const forward = tf.customGrad((input, m, save) => {
    (save as unknown as Save)([input as tf.Tensor, m as tf.Tensor]);
    return {
      value: tf.reshape(tf.mul(perModule(input as tf.Tensor), wide(m as tf.Tensor)), shape),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => [
        tf.reshape(tf.mul(perModule(dy), wide(saved[1])), shape),
        maskGradient(dy, saved[0]),
      ],
    };
  });
  return forward(x, masks);
}

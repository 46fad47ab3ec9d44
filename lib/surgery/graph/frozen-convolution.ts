import { areAlike, hasOwnKernel, runOwnKernel } from '../../backend/training/own-kernel.js';
import { RELU_GRADIENT, type ReluGradientAttributes } from '../../backend/training/relu-gradient.js';
import * as tf from '../../tf.js';

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

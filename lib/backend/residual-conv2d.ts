import * as tf from '../tf.js';

/** The kernel of backends that add the residual within the convolution. */
export const RESIDUAL_CONV2D = 'ModulabResidualConv2D';

export interface ResidualConv2dOptions {
  /** [batch, height, width, channels] */
  x: tf.Tensor4D;
  /** [filter height, filter width, channels, out channels] */
  filter: tf.Tensor4D;
  bias: tf.Tensor1D | undefined;
  /** [batch, out height, out width, out channels] */
  residual: tf.Tensor;
  strides: [number, number] | number;
  pad: 'same' | 'valid';
  dilations: [number, number] | number;
  activation: 'linear' | 'relu' | 'relu6';
  /** The residual is not read again, so that the result may take its memory; it still has to be disposed. */
  overwrite: boolean;
}

/**
 * activation(x ∗ filter + bias + residual), NHWC, without a gradient.
 * @throws Error where the shapes do not fit
 */
export function residualConv2d(options: ResidualConv2dOptions): tf.Tensor {
  const { x, filter, bias, residual, strides, pad, dilations, activation, overwrite } = options;
  const suits = [x, filter, residual].every((t) => t.dtype === 'float32' && t.size > 0);
  if (suits && tf.getKernel(RESIDUAL_CONV2D, tf.getBackend()) != null) {
    return tf
      .engine()
      .runKernel(
        RESIDUAL_CONV2D,
        { x, filter, residual, ...(bias ? { bias } : {}) },
        { strides, pad, dilations, activation, overwrite },
      );
  }
  return tf.tidy(() => {
    const sum = tf.add(tf.fused.conv2d({ x, filter, strides, pad, dilations, bias }), residual);
    return activation === 'linear' ? sum : tf[activation](sum);
  });
}

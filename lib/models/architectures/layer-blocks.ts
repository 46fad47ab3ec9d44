import { OptionError } from '../../errors.js';
import * as tf from '../../tf.js';

/** PyTorch's BatchNorm2d defaults (its momentum 0.1 is 0.9 in the Keras convention used here). */
export const BATCH_NORM = { epsilon: 1e-5, momentum: 0.9 } as const;

export interface ConvOptions {
  filters: number;
  kernelSize?: number;
  stride?: number;
  /** 'symmetric' pads (kernelSize − 1) / 2 on every side, as PyTorch does; TensorFlow's 'same' differs at stride 2. */
  padding?: 'symmetric' | 'valid';
  useBias?: boolean;
}

/** Convolution layer `conv{index}`; kernel and bias start at 0 until `initialiseWeights`. */
export function conv(x: tf.SymbolicTensor, index: number | string, options: ConvOptions): tf.SymbolicTensor {
  const { filters, kernelSize = 3, stride = 1, padding = 'symmetric', useBias = true } = options;
  const border = (kernelSize - 1) / 2;
  if (padding === 'symmetric' && stride > 1 && border > 0) {
    const pad = tf.layers.zeroPadding2d({
      padding: [
        [border, border],
        [border, border],
      ],
      name: `pad${index}`,
    });
    x = pad.apply(x) as tf.SymbolicTensor;
  }
  const layer = tf.layers.conv2d({
    filters,
    kernelSize,
    strides: stride,
    padding: padding === 'symmetric' && stride === 1 ? 'same' : 'valid',
    useBias,
    kernelInitializer: 'zeros',
    name: `conv${index}`,
  });
  return layer.apply(x) as tf.SymbolicTensor;
}

/** Batch normalisation `bn{index}` over the channels. */
export function batchNorm(x: tf.SymbolicTensor, index: number | string): tf.SymbolicTensor {
  return tf.layers.batchNormalization({ ...BATCH_NORM, name: `bn${index}` }).apply(x) as tf.SymbolicTensor;
}

/** ReLU layer of the given name. */
export function relu(x: tf.SymbolicTensor, name: string): tf.SymbolicTensor {
  return tf.layers.activation({ activation: 'relu', name }).apply(x) as tf.SymbolicTensor;
}

/** `conv{i}` (→ `bn{i}`) → `relu{i}`. */
export function convRelu(
  x: tf.SymbolicTensor,
  index: number,
  options: ConvOptions & { batchNorm?: boolean },
): tf.SymbolicTensor {
  x = conv(x, index, options);
  if (options.batchNorm) x = batchNorm(x, index);
  return relu(x, `relu${index}`);
}

/** 2×2 max pooling `pool{index}`. @throws OptionError when the image has become too small for it. */
export function maxPool(x: tf.SymbolicTensor, index: number): tf.SymbolicTensor {
  const [, height, width] = x.shape;
  if ((height ?? 2) < 2 || (width ?? 2) < 2) {
    throw new OptionError(
      `inputShape: too small for this network; only ${height}×${width} pixels are left at pool${index}.`,
    );
  }
  return tf.layers.maxPooling2d({ poolSize: 2, strides: 2, name: `pool${index}` }).apply(x) as tf.SymbolicTensor;
}

/** Elementwise sum `add{index}`. */
export function add(a: tf.SymbolicTensor, b: tf.SymbolicTensor, index: number): tf.SymbolicTensor {
  return tf.layers.add({ name: `add${index}` }).apply([a, b]) as tf.SymbolicTensor;
}

/** Dropout `dropout{index}`. */
export function dropout(x: tf.SymbolicTensor, index: number, rate: number): tf.SymbolicTensor {
  return tf.layers.dropout({ rate, name: `dropout${index}` }).apply(x) as tf.SymbolicTensor;
}

/** Fully connected layer `fc{index}` without activation. */
export function dense(x: tf.SymbolicTensor, index: number, units: number): tf.SymbolicTensor {
  return tf.layers.dense({ units, kernelInitializer: 'zeros', name: `fc${index}` }).apply(x) as tf.SymbolicTensor;
}

/** Layer `flatten`. */
export function flatten(x: tf.SymbolicTensor): tf.SymbolicTensor {
  return tf.layers.flatten({ name: 'flatten' }).apply(x) as tf.SymbolicTensor;
}

/** Global average pooling `globalPool`. */
export function globalAveragePool(x: tf.SymbolicTensor): tf.SymbolicTensor {
  return tf.layers.globalAveragePooling2d({ name: 'globalPool' }).apply(x) as tf.SymbolicTensor;
}

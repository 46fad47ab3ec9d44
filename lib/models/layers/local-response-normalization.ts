import { ModelError } from '../../errors.js';
import * as tf from '../../tf.js';

/** Settings of a {@link LocalResponseNormalization}, named and with defaults as in PyTorch and ONNX. */
export interface LocalResponseNormalizationArgs {
  /** Neighbouring channels that are summed over. */
  size: number;
  /** Default 1e-4. */
  alpha?: number;
  /** Default 0.75. */
  beta?: number;
  /** PyTorch's `k`. Default 1. */
  bias?: number;
  name?: string;
}

/**
 * Local response normalisation over channels (AlexNet, GoogLeNet): x / (bias + alpha / size · Σ x²)^beta, the sum over
 * `size` neighbouring channels, ⌊(size − 1) / 2⌋ of them before the channel; channels outside count as zeros, and `size`
 * divides at the edges too. (TensorFlow's `tf.nn.local_response_normalization` has no division: its alpha is PyTorch's
 * alpha / size.)
 *
 * [batch, height, width, channels] → the same shape; no weights.
 * @throws ModelError on a size that is no whole number from 1 on, or another setting that is no number
 * @example
 * const x = tf.input({ shape: [8, 8, 12] });
 * const y = new LocalResponseNormalization({ size: 5, bias: 2 }).apply(x); // AlexNet's
 */
export class LocalResponseNormalization extends tf.layers.Layer {
  /** @nocollapse */
  static className = 'LocalResponseNormalization';
  readonly size: number;
  readonly alpha: number;
  readonly beta: number;
  readonly bias: number;

  constructor(args: LocalResponseNormalizationArgs) {
    super(args.name === undefined ? {} : { name: args.name });
    const { size, alpha = 1e-4, beta = 0.75, bias = 1 } = args;
    if (!Number.isInteger(size) || size < 1) {
      throw new ModelError(`Layer ${this.name}: size must be a whole number from 1 on, got ${String(size)}.`);
    }
    if (![alpha, beta, bias].every(Number.isFinite)) {
      throw new ModelError(`Layer ${this.name}: alpha, beta and bias must be numbers.`);
    }
    this.size = size;
    this.alpha = alpha;
    this.beta = beta;
    this.bias = bias;
  }

  override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape {
    return inputShape as tf.Shape;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const x = (Array.isArray(inputs) ? inputs[0] : inputs) as tf.Tensor4D;
    return tf.tidy(() => {
      // A 1×1 convolution with a band of ones sums over neighbours, with a gradient on every backend.
      const sums = tf.conv2d(tf.square(x), this.band(x.shape[3]), 1, 'valid');
      return tf.mul(x, tf.pow(tf.add(tf.mul(sums, this.alpha / this.size), this.bias), -this.beta));
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { size, alpha, beta, bias } = this;
    return { ...super.getConfig(), size, alpha, beta, bias };
  }

  private band(channels: number): tf.Tensor4D {
    const before = Math.floor((this.size - 1) / 2);
    const values = new Float32Array(channels * channels);
    for (let output = 0; output < channels; output++) {
      const first = Math.max(0, output - before);
      const end = Math.min(channels, output - before + this.size);
      for (let input = first; input < end; input++) values[input * channels + output] = 1;
    }
    return tf.tensor4d(values, [1, 1, channels, channels]);
  }
}
tf.serialization.registerClass(LocalResponseNormalization);

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
  /** For a layer out of which channels were cut: the numbers that its channels had, ascending. The others count as zeros. */
  positions?: readonly number[];
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
  readonly positions: readonly number[] | undefined;

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
    this.positions = args.positions && [...args.positions];
  }

  override build(inputShape: tf.Shape | tf.Shape[]): void {
    const channels = (inputShape as tf.Shape)[3];
    if (this.positions && this.positions.length !== channels) {
      throw new ModelError(
        `Layer ${this.name}: ${this.positions.length} positions do not fit ${channels ?? '?'} input channels.`,
      );
    }
    super.build(inputShape);
  }

  override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape {
    return inputShape as tf.Shape;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const x = (Array.isArray(inputs) ? inputs[0] : inputs) as tf.Tensor4D;
    return tf.tidy(() => normaliseNeighbours(x, this, this.positions));
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { size, alpha, beta, bias, positions } = this;
    return { ...super.getConfig(), size, alpha, beta, bias, ...(positions ? { positions: [...positions] } : {}) };
  }
}
tf.serialization.registerClass(LocalResponseNormalization);

/** What a {@link LocalResponseNormalization} computes, over channels that had the given numbers. */
export function normaliseNeighbours(
  x: tf.Tensor4D,
  {
    size,
    alpha,
    beta,
    bias,
  }: { readonly size: number; readonly alpha: number; readonly beta: number; readonly bias: number },
  positions?: readonly number[],
): tf.Tensor4D {
  const numbers = positions ?? Array.from({ length: x.shape[3] }, (_, i) => i);
  const band = new Float32Array(numbers.length ** 2);
  numbers.forEach((input, i) =>
    numbers.forEach((output, o) => {
      const first = output - Math.floor((size - 1) / 2);
      if (input >= first && input < first + size) band[i * numbers.length + o] = 1;
    }),
  );
  // A 1×1 convolution with a band of ones sums over neighbours, with a gradient on every backend.
  const sums = tf.conv2d(tf.square(x), tf.tensor4d(band, [1, 1, numbers.length, numbers.length]), 1, 'valid');
  return tf.mul(x, tf.pow(tf.add(tf.mul(sums, alpha / size), bias), -beta));
}

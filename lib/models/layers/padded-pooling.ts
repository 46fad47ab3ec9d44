import { ModelError } from '../../errors.js';
import * as tf from '../../tf.js';

type Pair = readonly [number, number];

/** Settings of pooling layers with rows and columns of their own at the border. */
export interface PaddedPoolingArgs {
  /** Window, [height, width] or one number for both. */
  poolSize: number | Pair;
  /** Default: the window's size. */
  strides?: number | Pair;
  /** Border, [[top, bottom], [left, right]] or one number for all; smaller than the window. Default 0. */
  padding?: number | readonly [Pair, Pair];
  /** Whether a last window that does not fit is there too, with what it covers of the input. Default false. */
  ceilMode?: boolean;
  name?: string;
}

/** Settings of a {@link PaddedAveragePooling2D}. */
export interface PaddedAveragePoolingArgs extends PaddedPoolingArgs {
  /** Whether the border's zeros count for the mean (PyTorch's `count_include_pad`). Default true. */
  countPadding?: boolean;
}

/** Below every other number of float32, and a number on every backend. */
const LOWEST = -3.4028234663852886e38;

abstract class PaddedPooling2D extends tf.layers.Layer {
  readonly poolSize: [number, number];
  readonly strides: [number, number];
  readonly padding: [[number, number], [number, number]];
  readonly ceilMode: boolean;

  constructor(args: PaddedPoolingArgs) {
    super(args.name === undefined ? {} : { name: args.name });
    const { poolSize, strides = poolSize, padding = 0, ceilMode = false } = args;
    const pair = (n: number | Pair): [number, number] => (typeof n === 'number' ? [n, n] : [n[0], n[1]]);
    this.poolSize = pair(poolSize);
    this.strides = pair(strides);
    this.padding = typeof padding === 'number' ? [[padding, padding], [padding, padding]] : [pair(padding[0]), pair(padding[1])]; // prettier-ignore
    this.ceilMode = ceilMode;
    const whole = (n: number, least: number) => Number.isInteger(n) && n >= least;
    if (![...this.poolSize, ...this.strides].every((n) => whole(n, 1))) {
      throw new ModelError(
        `Layer ${this.name}: poolSize and strides must be whole numbers from 1 on, got [${this.poolSize.join(', ')}] and ` +
          `[${this.strides.join(', ')}].`,
      );
    }
    this.padding.forEach((border, axis) => {
      if (border.every((n) => whole(n, 0) && n < this.poolSize[axis])) return;
      throw new ModelError(
        `Layer ${this.name}: padding must be whole numbers from 0 on that are smaller than the window, got [${border.join(', ')}].`,
      );
    });
  }

  override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape {
    const [batch, height, width, channels] = inputShape as tf.Shape;
    const length = (n: number | null, axis: 0 | 1) => (n === null ? null : this.windows(n, axis).count);
    return [batch, length(height, 0), length(width, 1), channels];
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { poolSize, strides, padding, ceilMode } = this;
    return { ...super.getConfig(), poolSize, strides, padding, ceilMode };
  }

  /** Windows along an axis, and what the last one covers beyond input and border. */
  protected windows(length: number, axis: 0 | 1): { count: number; beyond: number } {
    const [before, after] = this.padding[axis];
    const [window, stride] = [this.poolSize[axis], this.strides[axis]];
    const steps = (length + before + after - window) / stride;
    let count = (this.ceilMode ? Math.ceil(steps) : Math.floor(steps)) + 1;
    if (this.ceilMode && (count - 1) * stride >= length + before) count--; // it would see nothing but the border
    if (count < 1) {
      throw new ModelError(
        `Layer ${this.name}: a window of ${window} does not fit ${length} pixels with a border of ${before} and ${after}.`,
      );
    }
    return { count, beyond: Math.max(0, (count - 1) * stride + window - (length + before + after)) };
  }

  protected padded(x: tf.Tensor4D, value: number): tf.Tensor4D {
    const around = ([0, 1] as const).map((axis): [number, number] => {
      const [before, after] = this.padding[axis];
      return [before, after + this.windows(x.shape[axis + 1], axis).beyond];
    });
    if (around.flat().every((n) => n === 0)) return x;
    return tf.pad(x, [[0, 0], around[0], around[1], [0, 0]], value);
  }
}

/**
 * Max pooling with a border of its own and ceil mode, as PyTorch and ONNX have it (the 3×3 pool with stride 2 and padding 1
 * of ResNets): TensorFlow's 'same' puts the border elsewhere. Values of the border never win.
 *
 * [batch, height, width, channels] → [batch, height', width', channels]; no weights.
 * @throws ModelError when a setting makes no sense or a window does not fit
 * @example
 * const x = tf.input({ shape: [8, 8, 12] });
 * const y = new PaddedMaxPooling2D({ poolSize: 3, strides: 2, padding: 1 }).apply(x); // [null, 4, 4, 12]
 */
export class PaddedMaxPooling2D extends PaddedPooling2D {
  /** @nocollapse */
  static className = 'PaddedMaxPooling2D';

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const x = (Array.isArray(inputs) ? inputs[0] : inputs) as tf.Tensor4D;
    return tf.tidy(() => tf.maxPool(this.padded(x, LOWEST), this.poolSize, this.strides, 'valid'));
  }
}
tf.serialization.registerClass(PaddedMaxPooling2D);

/**
 * Average pooling with a border of its own and ceil mode, as PyTorch and ONNX have it. What a last window covers beyond
 * input and border never counts.
 *
 * [batch, height, width, channels] → [batch, height', width', channels]; no weights.
 * @throws ModelError when a setting makes no sense or a window does not fit
 * @example
 * const x = tf.input({ shape: [7, 7, 12] });
 * const y = new PaddedAveragePooling2D({ poolSize: 2, ceilMode: true }).apply(x); // [null, 4, 4, 12]
 */
export class PaddedAveragePooling2D extends PaddedPooling2D {
  /** @nocollapse */
  static className = 'PaddedAveragePooling2D';
  readonly countPadding: boolean;

  constructor(args: PaddedAveragePoolingArgs) {
    super(args);
    this.countPadding = args.countPadding ?? true;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const x = (Array.isArray(inputs) ? inputs[0] : inputs) as tf.Tensor4D;
    const [, height, width] = x.shape;
    return tf.tidy(() => {
      const mean = tf.avgPool(this.padded(x, 0), this.poolSize, this.strides, 'valid');
      const shares = tf.mul(this.shares(height, 0).reshape([-1, 1, 1]), this.shares(width, 1).reshape([1, -1, 1]));
      return tf.div(mean, shares);
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), countPadding: this.countPadding };
  }

  /** The part of every window that counts, along an axis. */
  private shares(length: number, axis: 0 | 1): tf.Tensor1D {
    const [before, after] = this.padding[axis];
    const [first, end] = this.countPadding ? [0, before + length + after] : [before, before + length];
    const [window, stride] = [this.poolSize[axis], this.strides[axis]];
    const counted = Array.from({ length: this.windows(length, axis).count }, (_, i) => {
      return Math.min(end, i * stride + window) - Math.max(first, i * stride);
    });
    return tf.tensor1d(counted.map((n) => n / window));
  }
}
tf.serialization.registerClass(PaddedAveragePooling2D);

import { ModelError } from '../errors.js';
import * as tf from '../tf.js';

export interface SubsampleChannelsArgs {
  /** Every stride-th row and column is kept, starting with the first. */
  stride: number;
  /** For each output channel the input channel it copies, or −1 for a channel of zeros. */
  sources: readonly number[];
  name?: string;
}

/**
 * The parameter-free shortcut ("option A") of the CIFAR ResNets: spatial subsampling and channels copied, reordered or
 * zero, from [batch, h, w, c] to [batch, ⌈h/stride⌉, ⌈w/stride⌉, sources.length]. Selecting channels of a network turns
 * this layer into another one of the same kind.
 */
export class SubsampleChannels extends tf.layers.Layer {
  /** @nocollapse */
  static className = 'SubsampleChannels';
  readonly stride: number;
  readonly sources: readonly number[];

  constructor(args: SubsampleChannelsArgs) {
    super(args.name === undefined ? {} : { name: args.name });
    const { stride, sources } = args;
    if (!Number.isInteger(stride) || stride < 1) {
      throw new ModelError(`Layer ${this.name}: stride must be a whole number of at least 1, got ${String(stride)}.`);
    }
    if (!Array.isArray(sources) || sources.length === 0 || sources.some((s) => !Number.isInteger(s) || s < -1)) {
      throw new ModelError(
        `Layer ${this.name}: sources must be a list of channel numbers or −1, got ${String(sources)}.`,
      );
    }
    this.stride = stride;
    this.sources = [...(sources as number[])];
  }

  override build(inputShape: tf.Shape | tf.Shape[]): void {
    const channels = (inputShape as tf.Shape)[3] ?? 0;
    const outside = this.sources.find((source) => source >= channels);
    if (outside !== undefined) {
      throw new ModelError(
        `Layer ${this.name}: source channel ${outside} is outside the input's ${channels} channels.`,
      );
    }
    super.build(inputShape);
  }

  override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape {
    const [batch, height, width] = inputShape as tf.Shape;
    const less = (n: number | null) => (n === null ? null : Math.ceil(n / this.stride));
    return [batch, less(height), less(width), this.sources.length];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const x = (Array.isArray(inputs) ? inputs[0] : inputs) as tf.Tensor4D;
    return tf.tidy(() => {
      const run = this.singleRun();
      if (run === null) return tf.conv2d(x, this.channelMatrix(x.shape[3]), this.stride, 'valid');
      // Average pooling over 1×1 windows is plain subsampling with a gradient; strided slices have none.
      const { first, length, before, after } = run;
      const taken = length === x.shape[3] ? x : tf.slice(x, [0, 0, 0, first], [-1, -1, -1, length]);
      const sampled = this.stride === 1 ? taken : tf.avgPool(taken, 1, this.stride, 'valid');
      return tf.pad(sampled, [
        [0, 0],
        [0, 0],
        [0, 0],
        [before, after],
      ]);
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), stride: this.stride, sources: [...this.sources] };
  }

  /** The common case: zeros, one run of consecutive channels, zeros. */
  private singleRun(): { first: number; length: number; before: number; after: number } | null {
    const before = this.sources.findIndex((source) => source >= 0);
    if (before < 0) return null;
    const first = this.sources[before];
    let length = 1;
    while (this.sources[before + length] === first + length) length++;
    const after = this.sources.length - before - length;
    return this.sources.slice(before + length).every((source) => source < 0) ? { first, length, before, after } : null;
  }

  /** [1, 1, inputs, outputs] kernel with a 1 where an input channel goes to an output channel. */
  private channelMatrix(inputs: number): tf.Tensor4D {
    const outputs = this.sources.length;
    const matrix = new Float32Array(inputs * outputs);
    this.sources.forEach((source, output) => {
      if (source >= 0) matrix[source * outputs + output] = 1;
    });
    return tf.tensor4d(matrix, [1, 1, inputs, outputs]);
  }
}
tf.serialization.registerClass(SubsampleChannels);

import { ModelError } from '../../errors.js';
import * as tf from '../../tf.js';

/** Settings of a {@link ChannelShuffle}. */
export interface ChannelShuffleArgs {
  /** Runs of channels whose members are dealt out in turn. */
  groups: number;
  name?: string;
}

/**
 * The channel shuffle of ShuffleNet (Zhang et al. 2018): channels as `groups` rows, read column by column. Output channel
 * i·groups + g is input channel g·(c / groups) + i, as in PyTorch's `ChannelShuffle`.
 *
 * [batch, height, width, c] → the same shape; no weights.
 * @throws ModelError when the groups do not divide the channels
 * @example
 * const x = tf.input({ shape: [8, 8, 12] });
 * const y = new ChannelShuffle({ groups: 3 }).apply(x); // channels 0, 4, 8, 1, 5, 9, …
 */
export class ChannelShuffle extends tf.layers.Layer {
  /** @nocollapse */
  static className = 'ChannelShuffle';
  readonly groups: number;

  constructor(args: ChannelShuffleArgs) {
    super(args.name === undefined ? {} : { name: args.name });
    if (!Number.isInteger(args.groups) || args.groups < 1) {
      throw new ModelError(`Layer ${this.name}: groups must be a whole number from 1 on, got ${String(args.groups)}.`);
    }
    this.groups = args.groups;
  }

  override build(inputShape: tf.Shape | tf.Shape[]): void {
    const channels = (inputShape as tf.Shape)[3];
    if (channels === null || channels === undefined || channels % this.groups !== 0) {
      throw new ModelError(
        `Layer ${this.name}: ${this.groups} groups do not divide ${channels ?? '?'} input channels.`,
      );
    }
    super.build(inputShape);
  }

  override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape {
    return inputShape as tf.Shape;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const x = (Array.isArray(inputs) ? inputs[0] : inputs) as tf.Tensor4D;
    const [batch, height, width, channels] = x.shape;
    return tf.tidy(() => {
      const rows = tf.reshape(x, [batch * height * width, this.groups, channels / this.groups]);
      return tf.reshape(tf.transpose(rows, [0, 2, 1]), x.shape);
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), groups: this.groups };
  }
}
tf.serialization.registerClass(ChannelShuffle);

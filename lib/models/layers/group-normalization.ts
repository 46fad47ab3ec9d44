import { ModelError } from '../../errors.js';
import * as tf from '../../tf.js';
import { registeredClass } from './registered-class.js';

type NormalizationArgs = NonNullable<Parameters<typeof tf.layers.layerNormalization>[0]>;

/** Settings of a {@link GroupNormalization}, named as Keras names them. */
export interface GroupNormalizationArgs extends Omit<NormalizationArgs, 'axis'> {
  /** Runs of channels that are normalised together. Default 32; −1: every channel by itself (instance normalisation). */
  groups?: number;
  /** The channel axis, which must be the last. */
  axis?: number;
  /**
   * For a layer out of which channels were cut: the group that each of its channels belongs to. Channels of a group need not
   * be as many as those of another then.
   */
  groupOfChannel?: readonly number[];
  /** With `groupOfChannel`: the channels that a group had, of which those that are missing count as zeros. */
  groupSize?: number;
}

interface NormalizationFields {
  readonly epsilon: number;
  readonly gamma: tf.LayerVariable | null;
  readonly beta: tf.LayerVariable | null;
}
const LayerNormalization = registeredClass<NormalizationArgs, NormalizationFields>('LayerNormalization');

/**
 * Group normalisation (Wu & He 2018), which tfjs-layers lacks: every image's values of a run of channels get mean 0 and
 * variance 1, then each channel its scale and shift.
 *
 * [batch, …, channels] → the same shape; weights: gamma [channels], beta [channels]. Epsilon is Keras' 1e-3 where left out
 * (PyTorch: 1e-5).
 * @throws ModelError when the groups do not divide the channels, or the axis is not the last
 * @example
 * const x = tf.input({ shape: [8, 8, 12] });
 * const y = new GroupNormalization({ groups: 4 }).apply(x);
 */
export class GroupNormalization extends LayerNormalization {
  /** @nocollapse */
  static className = 'GroupNormalization';
  readonly groups: number;
  readonly groupOfChannel: readonly number[] | undefined;
  readonly groupSize: number | undefined;

  constructor(args: GroupNormalizationArgs = {}) {
    const { groups = 32, axis = -1, groupOfChannel, groupSize, ...rest } = args;
    super({ ...rest, axis: -1 });
    const whole = (n: number | undefined) => Number.isInteger(n) && n! > 0;
    if (groups !== -1 && !whole(groups)) {
      throw new ModelError(`Layer ${this.name}: groups must be a whole number from 1 on or −1, got ${String(groups)}.`);
    }
    if (axis !== -1 && axis !== 3) {
      throw new ModelError(`Layer ${this.name}: expected the channels in the last axis, got axis ${String(axis)}.`);
    }
    if (
      (groupOfChannel === undefined) !== (groupSize === undefined) ||
      (groupSize !== undefined && !whole(groupSize))
    ) {
      throw new ModelError(`Layer ${this.name}: groupOfChannel and a groupSize from 1 on go together.`);
    }
    if (groupOfChannel?.some((g) => !Number.isInteger(g) || g < 0 || g >= groups)) {
      throw new ModelError(`Layer ${this.name}: groupOfChannel must hold numbers from 0 to ${groups - 1}.`);
    }
    this.groups = groups;
    this.groupOfChannel = groupOfChannel && [...groupOfChannel];
    this.groupSize = groupSize;
  }

  override build(inputShape: tf.Shape | tf.Shape[]): void {
    const shape = (Array.isArray(inputShape[0]) ? inputShape[0] : inputShape) as tf.Shape;
    const channels = shape[shape.length - 1];
    const fits = this.groupOfChannel
      ? this.groupOfChannel.length === channels
      : channels !== null && (this.groups === -1 || channels % this.groups === 0);
    if (!fits) {
      throw new ModelError(
        `Layer ${this.name}: ${this.groupOfChannel ? `groups of ${this.groupOfChannel.length} channels` : `${this.groups} groups`} ` +
          `do not fit ${channels ?? '?'} input channels.`,
      );
    }
    super.build(inputShape);
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const x = Array.isArray(inputs) ? inputs[0] : inputs;
    const channels = x.shape[x.rank - 1];
    const groups = this.groups === -1 ? channels : this.groups;
    const { epsilon, groupOfChannel, groupSize, gamma, beta } = this;
    return tf.tidy(() =>
      normaliseGroups(x, { groups, epsilon, groupOfChannel, groupSize }, gamma?.read() ?? null, beta?.read() ?? null),
    );
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { groupOfChannel, groupSize } = this;
    return {
      ...super.getConfig(),
      axis: -1,
      groups: this.groups,
      ...(groupOfChannel ? { groupOfChannel: [...groupOfChannel], groupSize: groupSize! } : {}),
    };
  }
}
tf.serialization.registerClass(GroupNormalization);

/** Of a group normalisation: see {@link GroupNormalizationArgs}. */
export interface GroupNormalisation {
  readonly groups: number;
  readonly epsilon: number;
  readonly groupOfChannel?: readonly number[] | undefined;
  readonly groupSize?: number | undefined;
}

/** Group normalisation of [batch, …, channels]; gamma and beta are [channels]. */
export function normaliseGroups(
  x: tf.Tensor,
  { groups, epsilon, groupOfChannel, groupSize }: GroupNormalisation,
  gamma: tf.Tensor | null,
  beta: tf.Tensor | null,
): tf.Tensor {
  const normalised =
    groupOfChannel && groupSize
      ? normaliseMembers(x, groupOfChannel, groups, groupSize, epsilon)
      : normaliseRuns(x, groups, epsilon);
  const scaled = gamma ? tf.mul(normalised, gamma) : normalised;
  return beta ? tf.add(scaled, beta) : scaled;
}

/** Groups of equal size, one after the other. */
function normaliseRuns(x: tf.Tensor, groups: number, epsilon: number): tf.Tensor {
  const [batch] = x.shape;
  const channels = x.shape[x.rank - 1];
  const grouped = tf.reshape(x, [batch, -1, groups, channels / groups]);
  const mean = tf.mean(grouped, [1, 3], true);
  const centred = tf.sub(grouped, mean);
  const variance = tf.mean(tf.square(centred), [1, 3], true);
  return tf.reshape(tf.mul(centred, tf.rsqrt(tf.add(variance, epsilon))), x.shape);
}

/** Groups as listed; a channel that a group lacks is one of zeros. */
function normaliseMembers(
  x: tf.Tensor,
  groupOfChannel: readonly number[],
  groups: number,
  groupSize: number,
  epsilon: number,
): tf.Tensor {
  const [batch] = x.shape;
  const channels = groupOfChannel.length;
  const flat = tf.reshape(x, [batch, -1, channels]);
  const values = (x.size / (batch * channels)) * groupSize;
  const membership = new Float32Array(channels * groups);
  const present = new Float32Array(groups);
  groupOfChannel.forEach((group, channel) => {
    membership[channel * groups + group] = 1;
    present[group]++;
  });
  const members = tf.tensor2d(membership, [channels, groups]);
  const sumOverGroup = (t: tf.Tensor): tf.Tensor => tf.matMul(tf.sum(t, 1), members); // [batch, groups]
  const toChannels = (t: tf.Tensor): tf.Tensor => tf.reshape(tf.matMul(t, members, false, true), [batch, 1, channels]);
  const mean = tf.div(sumOverGroup(flat), values);
  const centred = tf.sub(flat, toChannels(mean));
  // Every missing value lies a whole mean away from the mean.
  const missing = tf.tensor1d(present.map((count) => (groupSize - count) / groupSize));
  const variance = tf.add(tf.div(sumOverGroup(tf.square(centred)), values), tf.mul(missing, tf.square(mean)));
  return tf.reshape(tf.mul(centred, toChannels(tf.rsqrt(tf.add(variance, epsilon)))), x.shape);
}

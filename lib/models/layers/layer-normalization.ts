import { ModelError } from '../../errors.js';
import * as tf from '../../tf.js';
import { registeredClass } from './registered-class.js';

type NormalizationArgs = NonNullable<Parameters<typeof tf.layers.layerNormalization>[0]>;

/** Settings of a {@link CutLayerNormalization}. */
export interface CutLayerNormalizationArgs extends Omit<NormalizationArgs, 'axis'> {
  /** Channels that the layer had before some were cut out. */
  channels: number;
  /** The last one. */
  axis?: number | number[];
}

/** Of a layer normalisation: what is normalised together, and what is added to variances. */
export interface LayerNormalisation {
  readonly axis: readonly number[];
  readonly epsilon: number;
  /** Channels along the one axis, those that are not there counting as zeros. Default: those that are there. */
  readonly channels?: number;
}

interface NormalizationFields {
  readonly axis: number[];
  readonly epsilon: number;
  readonly gamma: tf.LayerVariable | null;
  readonly beta: tf.LayerVariable | null;
}
const LayerNormalization = registeredClass<NormalizationArgs, NormalizationFields>('LayerNormalization');

/**
 * Layer normalisation over the channels of every position, of which some were cut out: those count as zeros, so that the
 * others come out as they did when the removed ones were zeros.
 *
 * [batch, …, channels left] → the same shape; weights: gamma and beta [channels left].
 * @throws ModelError when there were fewer channels than are left
 * @example
 * const x = tf.input({ shape: [8, 8, 5] });
 * const y = new CutLayerNormalization({ channels: 12 }).apply(x);
 */
export class CutLayerNormalization extends LayerNormalization {
  /** @nocollapse */
  static className = 'CutLayerNormalization';
  readonly channels: number;

  constructor(args: CutLayerNormalizationArgs) {
    super({ ...args, axis: -1 });
    if (!Number.isInteger(args.channels) || args.channels < 1) {
      throw new ModelError(
        `Layer ${this.name}: channels must be a whole number from 1 on, got ${String(args.channels)}.`,
      );
    }
    this.channels = args.channels;
  }

  override build(inputShape: tf.Shape | tf.Shape[]): void {
    const left = (inputShape as tf.Shape).at(-1) ?? 0;
    if (left > this.channels) {
      throw new ModelError(`Layer ${this.name}: ${left} channels cannot be left of ${this.channels}.`);
    }
    super.build(inputShape);
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const x = Array.isArray(inputs) ? inputs[0] : inputs;
    const { epsilon, channels, gamma, beta } = this;
    return tf.tidy(() =>
      normaliseLayer(x, { axis: [x.rank - 1], epsilon, channels }, gamma?.read() ?? null, beta?.read() ?? null),
    );
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), axis: -1, channels: this.channels };
  }
}
tf.serialization.registerClass(CutLayerNormalization);

/** Layer normalisation; gamma and beta broadcast along x. */
export function normaliseLayer(
  x: tf.Tensor,
  { axis, epsilon, channels }: LayerNormalisation,
  gamma: tf.Tensor | null,
  beta: tf.Tensor | null,
): tf.Tensor {
  const axes = [...axis];
  const left = axes.reduce((product, i) => product * x.shape[i], 1);
  const all = channels ?? left;
  const mean = tf.mul(tf.mean(x, axes, true), left / all);
  const centred = tf.sub(x, mean);
  const ofThose = tf.mul(tf.mean(tf.square(centred), axes, true), left / all);
  // Every channel that is not there lies a whole mean away from the mean.
  const variance = left === all ? ofThose : tf.add(ofThose, tf.mul(tf.square(mean), (all - left) / all));
  const normalised = tf.mul(centred, tf.rsqrt(tf.add(variance, epsilon)));
  const scaled = gamma ? tf.mul(normalised, gamma) : normalised;
  return beta ? tf.add(scaled, beta) : scaled;
}

import type { ImageSet } from '../datasets/dataset.js';
import { seedStream } from '../run/mt19937.js';
import type { RelevantKernels } from '../surgery/trace/relevant-kernels.js';
import * as tf from '../tf.js';
import type { BatchLoss, Objective } from '../training/objective.js';
import { softmaxCrossEntropy } from '../training/softmax-cross-entropy.js';
import { evidenceAtLayer, type GradientPath } from './class-gradients.js';
import { channelPenalty, type ChannelPenaltyOptions, spacePenalty } from './penalty.js';

/** What the penalties of one training run are (spec doctor §5). */
export interface PenaltyOptions extends ChannelPenaltyOptions {
  readonly relevant: RelevantKernels;
  /** Weight of the channel-wise constraint. */
  readonly alpha: number;
  /** Weight of the space-wise constraint. */
  readonly beta: number;
  /** Standard deviation of the noise on the layer's map while training; 0: none (spec doctor §5.3). */
  readonly noiseStd: number;
  /** Where the objects are; needed when beta is not 0. */
  readonly masks?: ImageSet;
  /** Default: the formula where there is one. */
  readonly path?: GradientPath;
}

/**
 * L = cross-entropy + α · channel-wise + β · space-wise constraint (spec doctor §2, eq 7), with noise on the constrained
 * layer's map, one draw per step, which the cross-entropy feels too. Its terms are the two constraints without their
 * weights, as far as these are not 0.
 */
export function treatmentObjective(model: tf.LayersModel, options: PenaltyOptions, seed: number): Objective {
  const { relevant, alpha, beta, noiseStd, masks, path, aggregation, competitor, normalisation } = options;
  const evidence = evidenceAtLayer(model, relevant.layer, path);
  const penalised = alpha !== 0 || beta !== 0;
  let noise = seedStream(seed, 'noise/0');
  const lossOf: Objective['lossOf'] = ({ x, labels, indices, companion }): BatchLoss => {
    const { map, carried } = evidence.tail.untilLayer(x, { training: true });
    const noisy: tf.Tensor4D = noiseStd > 0 ? tf.add(map, gaussian(map.shape, noiseStd)) : map;
    if (!penalised) {
      const crossEntropy = softmaxCrossEntropy(labels, evidence.tail.fromLayer(noisy, carried, { training: true }));
      return { total: crossEntropy.loss, crossEntropy, terms: {} };
    }
    const { logits, gradients, competing } = evidence.at(noisy, carried, labels, true);
    const crossEntropy = softmaxCrossEntropy(labels, logits);
    const terms: Record<string, tf.Scalar> = {};
    let total = crossEntropy.loss;
    if (alpha !== 0) {
      terms['channel'] = channelPenalty(gradients, labels, competing, relevant.mask, options);
      total = tf.add(total, tf.mul(terms['channel'], alpha));
    }
    if (beta !== 0 && masks && companion) {
      // The border that a crop adds is background, but not that of an image without a mask.
      const allObject = tf.tensor4d(
        Array.from(indices, (i) => 1 - masks.labels[i]),
        [labels.length, 1, 1, 1],
      );
      terms['space'] = spacePenalty(gradients.label, tf.maximum(companion, allObject));
      total = tf.add(total, tf.mul(terms['space'], beta));
    }
    return { total, crossEntropy, terms };
  };
  const gaussian = (shape: [number, number, number, number], std: number): tf.Tensor4D => {
    const values = Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => std * noise.nextNormal());
    return tf.tensor4d(values, shape);
  };
  return {
    identity: {
      relevant: [relevant.layer, relevant.mask],
      alpha,
      beta,
      noiseStd,
      aggregation,
      competitor,
      normalisation,
      path: evidence.path,
    },
    companion: beta !== 0 ? masks : undefined,
    startEpoch: (epoch) => {
      noise = seedStream(seed, `noise/${epoch}`);
    },
    lossOf,
  };
}

import type { ImageSet } from '../datasets/dataset.js';
import type * as tf from '../tf.js';
import { type CrossEntropy, softmaxCrossEntropy } from './softmax-cross-entropy.js';

/** What one batch costs. */
export interface BatchLoss {
  /** What the step lowers; differentiable. */
  readonly total: tf.Scalar;
  /** The cross-entropy in it. */
  readonly crossEntropy: CrossEntropy;
  /** What else is worth recording, by name. */
  readonly terms: Readonly<Record<string, tf.Scalar>>;
}

/** A batch as an objective gets it. */
export interface ObjectiveBatch {
  /** [batch, height, width, channels], augmented */
  readonly x: tf.Tensor4D;
  readonly labels: Int32Array;
  /** Positions of the images in the training set. */
  readonly indices: Int32Array;
  /** The same images of {@link Objective.companion}. */
  readonly companion?: tf.Tensor4D;
}

/** What training minimises in place of plain cross-entropy. */
export interface Objective {
  /** What must be the same for a run to go on from its checkpoint. Plain data. */
  readonly identity: unknown;
  /** Images, such as object masks, that are shuffled, cropped and flipped with the training images. */
  readonly companion?: ImageSet;
  /** Called before the first batch of every epoch (0 for the first): what is drawn after it depends on the epoch alone. */
  startEpoch: (epoch: number) => void;
  /** Runs the model forward in training mode, once. Called within a gradient scope. */
  lossOf: (batch: ObjectiveBatch) => BatchLoss;
}

/** Softmax cross-entropy alone. */
export function plainLoss(model: tf.LayersModel, { x, labels }: Pick<ObjectiveBatch, 'x' | 'labels'>): BatchLoss {
  const crossEntropy = softmaxCrossEntropy(labels, model.apply(x, { training: true }) as tf.Tensor2D);
  return { total: crossEntropy.loss, crossEntropy, terms: {} };
}

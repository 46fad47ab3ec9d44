/** One epoch of a training run. Accuracies 0–1. */
export interface EpochRecord {
  readonly kind: 'epochRecord';
  /** 1 for the first. */
  readonly epoch: number;
  readonly learningRate: number;
  /** Mean cross-entropy over the epoch's training images (nats). */
  readonly loss: number;
  /** Accuracy on the training batches as they were seen (augmented, training mode). */
  readonly trainAccuracy: number;
  /** Accuracy on the validation images, evaluation mode; null when there are none. */
  readonly validationAccuracy: number | null;
  readonly seconds: number;
  /** Means over the epoch of what an objective other than cross-entropy measures, and of its 'total'. */
  readonly terms?: Readonly<Record<string, number>>;
}

/** The epochs of a training, in their order. */
export type TrainingHistory = readonly EpochRecord[];

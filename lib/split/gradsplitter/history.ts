/** One epoch of GradSplitter's training. Accuracies 0–1. */
export interface MaskEpochRecord {
  readonly kind: 'maskEpochRecord';
  /** 1 for the first. */
  readonly epoch: number;
  readonly learns: 'heads' | 'masks and heads';
  readonly learningRate: number;
  /** Mean softmax cross-entropy on the modules' sigmoid scores (nats), without the size term. */
  readonly loss: number;
  /**
   * Of the modules side by side, on the validation images, after the epoch; where classes are drawn evenly, the mean of the classes'
   * recalls.
   */
  readonly validationAccuracy: number;
  /** Kernels of a module, mean over the modules; tied layers count each. */
  readonly meanKernels: number;
  /** The same as a share of the strong model's kernels (KRR). */
  readonly keptRatio: number;
  readonly seconds: number;
}

/** The epochs of GradSplitter, in their order. */
export type MaskHistory = readonly MaskEpochRecord[];

/**
 * The epoch to take modules from: of those whose validation accuracy is less than `maxAccuracyLoss` below the reference,
 * the one with the fewest kernels (spec cnnsplitter §4.3); of equals the more accurate, then the earlier. Where none is
 * that close to the strong model, the most accurate one.
 * @param reference accuracy that the loss is counted from; null for that of the best epoch
 */
export function chooseEpoch(history: MaskHistory, maxAccuracyLoss: number, reference: number | null): MaskEpochRecord {
  const best = history.reduce((a, b) => (b.validationAccuracy > a.validationAccuracy ? b : a));
  const from = reference ?? best.validationAccuracy;
  const near = history.filter((record) => from - record.validationAccuracy < maxAccuracyLoss);
  const ranked = near.sort((a, b) => a.meanKernels - b.meanKernels || b.validationAccuracy - a.validationAccuracy);
  return ranked[0] ?? best;
}

/** Modules of all classes of one network, as the authors chose them; percentages as printed. */
export interface PublishedSplit {
  readonly network: 'SimCNN' | 'ResCNN';
  readonly data: 'CIFAR-10' | 'SVHN';
  /** Accuracy of all modules together; whether of validation or test images is not said. */
  readonly composedAccuracy: number;
  /** Mean over class pairs of 1 − Jaccard of the modules' kernels. */
  readonly diff: number;
  /** Multiply-adds of a module, share of the network's, mean over its classes; null where only digits 0–4 were counted. */
  readonly macsKept: number | null;
}

/** Solutions noted in the authors' configurations, multiply-adds from their log (spec cnnsplitter §2.9, §3.5). */
export const PUBLISHED_SPLITS: readonly PublishedSplit[] = [
  { network: 'SimCNN', data: 'CIFAR-10', composedAccuracy: 86.07, diff: 52.77, macsKept: 52.36 },
  { network: 'SimCNN', data: 'SVHN', composedAccuracy: 93.85, diff: 61.61, macsKept: null },
  { network: 'ResCNN', data: 'CIFAR-10', composedAccuracy: 85.64, diff: 56.48, macsKept: 52.28 },
  { network: 'ResCNN', data: 'SVHN', composedAccuracy: 93.52, diff: 60.46, macsKept: null },
];

/**
 * What is known of the four networks' mean only. The loss is from a secondary source and agrees with a later abstract of the same
 * authors (1.13 + 1.76 points); the kernels follow from that abstract (14.58 % / (1 − 74.31 %)), if its unnamed baseline is
 * CNNSplitter (spec cnnsplitter §3.5). The strong networks' accuracies one by one are not known.
 */
export const PUBLISHED_SPLIT_MEAN = { lossPoints: 2.89, kernelsKept: 56.75 } as const;

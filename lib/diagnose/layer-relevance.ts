import type { RelevantKernels } from '../surgery/trace/relevant-kernels.js';
import type { GradientSums } from './gradient-aggregation.js';
import { type ClassOverlap, classOverlap } from './overlap.js';
import { minMaxNormalised, PUBLISHED_THETA, type RelevanceThreshold, relevantKernels } from './relevance-threshold.js';

/**
 * What one convolution layer has to do with each class: the gradient sums, the kernels that count, and how the classes
 * share them. Goes into `plot.kernelClassMap`, and into a treatment as its relevant kernels. Plain data.
 */
export interface LayerRelevance extends GradientSums, RelevantKernels {
  readonly threshold: RelevanceThreshold;
  /** Relevant kernels per class. */
  readonly counts: readonly number[];
  /**
   * Per class the share of kernels whose value, min–max normalised over the layer, is above 0.2: few of them means that
   * the class is tied to few kernels (spec doctor §12.2). Null for a class without images.
   */
  readonly brightShare: readonly (number | null)[];
  readonly overlap: ClassOverlap;
}

/** Applies a threshold to gradient sums. @throws OptionError on a threshold that makes no sense */
export function layerRelevance(sums: GradientSums, threshold: RelevanceThreshold): LayerRelevance {
  const mask = sums.values.map((row, c) => relevantKernels(row, sums.images[c], threshold));
  const bright = (row: Float32Array) => minMaxNormalised(row).filter((value) => value > PUBLISHED_THETA).length;
  return {
    ...sums,
    mask,
    threshold,
    counts: mask.map((row) => row.reduce((a, b) => a + b, 0)),
    brightShare: sums.values.map((row, c) => (sums.images[c] === 0 ? null : bright(row) / sums.kernels)),
    overlap: classOverlap({ layer: sums.layer, classNames: sums.classNames, kernels: sums.kernels, mask }),
  };
}

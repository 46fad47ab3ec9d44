import { OptionError } from '../errors.js';

/**
 * From which value on a kernel counts as one that a class relies on (spec doctor §4).
 * - `'mean'`: at least the mean over the layer's kernels.
 * - `'minmax'`: (A − min) / (max − min + 1e-5) above θ, by default 0.2.
 * - `'topK'`: the k kernels with the highest values; of equals the earlier ones. A value of 0 never counts.
 * - `'value'`: at least v per image, the `v` of the paper's equation 5, whose value is not known.
 */
export type RelevanceThreshold =
  | { readonly kind: 'mean' }
  | { readonly kind: 'minmax'; readonly theta?: number }
  | { readonly kind: 'topK'; readonly k: number }
  | { readonly kind: 'value'; readonly v: number };

/** θ of the published code. */
export const PUBLISHED_THETA = 0.2;

/** One class's values over the layer's kernels, from 0 for the smallest to (almost) 1 for the largest. */
export function minMaxNormalised(values: ArrayLike<number>): number[] {
  let [low, high] = [Infinity, -Infinity];
  for (let k = 0; k < values.length; k++) {
    low = Math.min(low, values[k]);
    high = Math.max(high, values[k]);
  }
  return Array.from(values, (value) => (value - low) / (high - low + 1e-5));
}

/**
 * The kernels that one class relies on.
 * @param values the class's gradient sums, one per kernel
 * @param images number of images that were summed; without any, no kernel is relevant
 * @returns 1 or 0 per kernel
 * @throws OptionError as {@link requireThreshold} does
 */
export function relevantKernels(values: ArrayLike<number>, images: number, threshold: RelevanceThreshold): number[] {
  requireThreshold(threshold);
  const row = Array.from(values);
  if (images === 0) return row.map(() => 0);
  switch (threshold.kind) {
    case 'mean': {
      const mean = row.reduce((a, b) => a + b, 0) / row.length;
      return row.map((value) => Number(value >= mean));
    }
    case 'minmax': {
      const { theta = PUBLISHED_THETA } = threshold;
      return minMaxNormalised(row).map((value) => Number(value > theta));
    }
    case 'topK': {
      const order = [...row.keys()].sort((a, b) => row[b] - row[a]);
      const top = new Set(order.slice(0, threshold.k));
      return row.map((value, k) => Number(value > 0 && top.has(k)));
    }
    case 'value':
      return row.map((value) => Number(value / images >= threshold.v));
  }
}

/** @throws OptionError when a threshold is of no known kind, or its number makes no sense */
export function requireThreshold(threshold: RelevanceThreshold): void {
  const refuse = (expected: string): never => {
    throw new OptionError(`threshold: expected ${expected}, got ${JSON.stringify(threshold)}.`);
  };
  switch (threshold.kind) {
    case 'mean':
      return;
    case 'minmax': {
      const { theta = PUBLISHED_THETA } = threshold;
      if (!(theta >= 0 && theta < 1)) refuse('theta from 0 to below 1');
      return;
    }
    case 'topK':
      if (!Number.isInteger(threshold.k) || threshold.k < 1) refuse('k, a whole number from 1 on');
      return;
    case 'value':
      if (!(threshold.v > 0)) refuse('v, a positive number');
      return;
    default:
      refuse("kind 'mean', 'minmax', 'topK' or 'value'");
  }
}

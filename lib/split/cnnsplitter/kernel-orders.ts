import type { KernelScores } from './kernel-scores.js';

/** Group id → per class the group's units, the most important first. */
export type KernelOrders = Readonly<Record<string, readonly (readonly number[])[]>>;

/** Orders every class's kernels by falling score (spec cnnsplitter §2.1); of equals the first comes first. */
export function kernelOrders(scores: KernelScores): KernelOrders {
  return Object.fromEntries(
    Object.entries(scores).map(([id, classes]) => [
      id,
      classes.map((values) => Array.from(values, (_, unit) => unit).sort((a, b) => values[b] - values[a] || a - b)),
    ]),
  );
}

import { jaccard } from '../surgery/trace/kernel-selection.js';
import type { RelevantKernels } from '../surgery/trace/relevant-kernels.js';

/** How much the kernels of two classes have in common, for every pair of classes. Plain data. */
export interface ClassOverlap {
  readonly layer: string;
  readonly classNames: readonly string[];
  /** Kernels relevant to both / kernels relevant to either; symmetric, 1 on the diagonal. Null for a class that has none. */
  readonly jaccard: readonly (readonly (number | null)[])[];
  /** Kernels relevant to both; on the diagonal the class's own. */
  readonly shared: readonly (readonly number[])[];
}

/** The overlap of all pairs of classes in one layer. */
export function classOverlap({ layer, classNames, mask }: RelevantKernels): ClassOverlap {
  const rows = mask.map((row) => Uint8Array.from(row));
  const counts = rows.map((row) => row.reduce((a, b) => a + b, 0));
  return {
    layer,
    classNames,
    jaccard: rows.map((a, n) =>
      rows.map((b, m) => (counts[n] === 0 || counts[m] === 0 ? null : jaccard({ [layer]: a }, { [layer]: b }))),
    ),
    shared: rows.map((a) => rows.map((b) => a.reduce((sum, bit, k) => sum + (bit & b[k]), 0))),
  };
}

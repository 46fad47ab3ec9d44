/** A run of neighbouring places in an importance order: the unit that one bit of a chromosome switches. */
export interface BitGroup {
  /** First place of the run in the importance order. */
  readonly start: number;
  readonly length: number;
}

/**
 * Number of bits for a layer: 10 below 256 kernels, else 100; never more than there are kernels
 * (spec cnnsplitter §2.2).
 */
export function bitCount(kernels: number): number {
  return Math.min(kernels, kernels < 256 ? 10 : 100);
}

/** Cuts `kernels` places into `bits` contiguous runs as numpy's `array_split` does: the longer runs come first. */
export function bitGroups(kernels: number, bits = bitCount(kernels)): BitGroup[] {
  const short = Math.floor(kernels / bits);
  const longer = kernels % bits;
  const groups: BitGroup[] = [];
  for (let i = 0, start = 0; i < bits; i++) {
    const length = short + (i < longer ? 1 : 0);
    groups.push({ start, length });
    start += length;
  }
  return groups;
}

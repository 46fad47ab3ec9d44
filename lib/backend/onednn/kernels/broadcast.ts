/**
 * Two shapes broadcast against each other, as the addon takes it.
 */
export interface Broadcast {
  /** Of the result. */
  shape: number[];
  /**
   * (size, whether a varies, whether b varies) for each dimension, outermost first. Neighbours are joined where the same
   * tensors vary along both.
   */
  dimensions: Int32Array;
}

/** @returns null where the shapes do not fit */
export function broadcast(a: number[], b: number[]): Broadcast | null {
  const rank = Math.max(a.length, b.length);
  const shape = new Array<number>(rank);
  const joined: number[] = [];
  for (let d = 0; d < rank; d++) {
    const sizeA = a[d - rank + a.length] ?? 1;
    const sizeB = b[d - rank + b.length] ?? 1;
    if (sizeA !== sizeB && sizeA !== 1 && sizeB !== 1) return null;
    const size = (shape[d] = Math.max(sizeA, sizeB));
    if (size === 1) continue;
    const variesA = sizeA > 1 ? 1 : 0;
    const variesB = sizeB > 1 ? 1 : 0;
    const end = joined.length;
    if (end > 0 && joined[end - 2] === variesA && joined[end - 1] === variesB) joined[end - 3] *= size;
    else joined.push(size, variesA, variesB);
  }
  return { shape, dimensions: Int32Array.from(joined.length > 0 ? joined : [1, 1, 1]) };
}

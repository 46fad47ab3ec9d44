/** Elements of four bytes, which layout kernels move without looking at them. */
export type FourByteArray = Float32Array | Int32Array;

interface StridedCopyFunctions {
  /**
   * Copies elements of x to out along dimensions (size, step in x, step in out), outermost first.
   * @param startInX where the first element lies
   */
  copyStrided(dimensions: Int32Array, x: FourByteArray, startInX: number, out: FourByteArray, startInOut: number): void;
}

interface PadFunctions {
  /**
   * Surrounds x by one value.
   * @param dimensions (size, elements before, elements after), outermost first
   * @param value one element
   */
  pad(dimensions: Int32Array, value: FourByteArray, x: FourByteArray, out: FourByteArray): void;
}

interface GatherFunctions {
  /** out[i] = x[indices[i]] for rows of `length` elements. */
  gatherRows(length: number, indices: Int32Array, x: FourByteArray, out: FourByteArray): void;
}

/** What the addon offers for kernels that move elements. */
export type LayoutFunctions = StridedCopyFunctions & PadFunctions & GatherFunctions;

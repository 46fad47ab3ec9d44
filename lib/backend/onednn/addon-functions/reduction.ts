export type ReductionName = 'Sum' | 'Mean' | 'Max' | 'Min';

/** What the addon offers for kernels that reduce dimensions. */
export interface ReductionFunctions extends SoftmaxFunctions {
  /** By kernel name: x [outer, reduced, inner] to out [outer, inner]. */
  readonly reduce: Record<
    ReductionName,
    (outer: number, reduced: number, inner: number, x: Float32Array, out: Float32Array) => void
  >;
}

interface SoftmaxFunctions {
  /** Of each row of x [rows, columns]. */
  softmax(columns: number, x: Float32Array, out: Float32Array): void;
}

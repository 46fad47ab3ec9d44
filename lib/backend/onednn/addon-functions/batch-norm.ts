/**
 * What the addon offers for batch normalisation. x, y, dy, dx and out are [rows, channels], all other arrays have an
 * element per channel.
 */
export interface BatchNormFunctions {
  /** Mean and biased variance of every channel, in one pass over memory. */
  moments(rows: number, channels: number, x: Float32Array, mean: Float32Array, variance: Float32Array): void;
  /** out = scale·(x − mean)/√(variance + ε) + offset, of which `relu` keeps what is positive. */
  normalise(
    rows: number,
    channels: number,
    x: Float32Array,
    mean: Float32Array,
    variance: Float32Array,
    offset: Float32Array | null,
    scale: Float32Array | null,
    epsilon: number,
    relu: boolean,
    out: Float32Array,
  ): void;
  /**
   * Gradients of `normalise`, dy being that of its result. For its `relu` give its result as y, which masks dy. With
   * `ofBatch` mean and variance are those of x, and dx goes through them.
   */
  batchNormGradient(
    rows: number,
    channels: number,
    x: Float32Array,
    dy: Float32Array,
    y: Float32Array | null,
    mean: Float32Array,
    variance: Float32Array,
    scale: Float32Array | null,
    epsilon: number,
    ofBatch: boolean,
    dx: Float32Array,
    dMean: Float32Array,
    dVariance: Float32Array,
    dOffset: Float32Array,
    dScale: Float32Array,
  ): void;
}

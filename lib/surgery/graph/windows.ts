/** Sliding windows along one axis. */
export interface AxisWindows {
  /** Number of windows. */
  readonly count: number;
  /** Padding before the first and after the last position. */
  readonly padding: readonly [before: number, after: number];
  /** Positions without padding that window `w` covers, ascending. */
  positions(w: number): readonly number[];
}

/**
 * The windows of a convolution or pooling along one axis, padded as TensorFlow does: 'same' puts the odd position behind.
 * @param size positions before padding
 */
export function axisWindows(
  size: number,
  kernel: number,
  stride: number,
  pad: 'same' | 'valid',
  dilation = 1,
): AxisWindows {
  const extent = (kernel - 1) * dilation + 1;
  const count = pad === 'same' ? Math.ceil(size / stride) : Math.floor((size - extent) / stride) + 1;
  const missing = pad === 'same' ? Math.max(0, (count - 1) * stride + extent - size) : 0;
  const before = Math.floor(missing / 2);
  const all = Array.from({ length: count }, (_, w) =>
    Array.from({ length: kernel }, (_, k) => w * stride - before + k * dilation).filter((i) => i >= 0 && i < size),
  );
  return { count, padding: [before, missing - before], positions: (w) => all[w] };
}

/** A mean with its sample standard deviation; this is null for fewer than two values. */
export interface MeanDeviation {
  readonly mean: number;
  readonly std: number | null;
}

/** Null for no values. */
export function meanAndDeviation(values: readonly number[]): MeanDeviation | null {
  if (values.length === 0) return null;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, std: values.length < 2 ? null : Math.sqrt(squares / (values.length - 1)) };
}

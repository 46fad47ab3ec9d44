/** Ratio as percent with one decimal; 'n/a' for null. */
export function percent(ratio: number | null): string {
  return ratio === null ? 'n/a' : `${(100 * ratio).toFixed(1)} %`;
}

/** Difference of two ratios in percentage points with its sign; 'n/a' when either is null. */
export function points(before: number | null, after: number | null): string {
  if (before === null || after === null) return 'n/a';
  const difference = Math.round(1000 * (after - before)) / 10;
  const sign = difference > 0 ? '+' : difference < 0 ? '−' : '';
  return sign + Math.abs(difference).toFixed(1);
}

/** Number with four significant digits, to keep figures small. */
export function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

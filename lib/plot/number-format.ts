/** Ratio as percent with one decimal; 'n/a' for null. */
export function percent(ratio: number | null): string {
  return ratio === null ? 'n/a' : `${(100 * ratio).toFixed(1)} %`;
}

/** Difference of two ratios in percentage points with its sign; 'n/a' when either is null. */
export function points(before: number | null, after: number | null): string {
  if (before === null || after === null) return 'n/a';
  const difference = (100 * (after - before)).toFixed(1);
  return `${Number(difference) > 0 ? '+' : ''}${Number(difference) === 0 ? '0.0' : difference}`;
}

/** Number with four significant digits, to keep figures small. */
export function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

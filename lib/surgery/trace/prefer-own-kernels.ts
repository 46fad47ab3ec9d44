/**
 * Scores that favour the kernels which other classes use less: score · (score / mean of the other classes' scores) ^
 * difference. With 0 the scores stay; the larger, the less modules that are cut by them have in common.
 * @param scores one row of scores per class, from 0 on
 */
export function preferOwnKernels(scores: readonly ArrayLike<number>[], difference: number): Float64Array[] {
  const classes = scores.length;
  return scores.map((own) =>
    Float64Array.from(own, (score, unit) => {
      if (!(score > 0) || classes < 2) return score;
      const others = scores.reduce((sum, row) => sum + row[unit], 0) - score;
      // What nobody else uses at all counts as used a thousand times less.
      const mean = Math.max(others / (classes - 1), score / 1000);
      return score * (score / mean) ** difference;
    }),
  );
}

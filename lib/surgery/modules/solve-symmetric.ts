/** Added to the diagonal, relative to its largest entry: directions in which nothing is known are left alone. */
const RIDGE = 1e-9;

/**
 * Solves a · x = b for a symmetric, positive semi-definite matrix, by Cholesky's decomposition.
 * @param a rows of the matrix; not changed
 */
export function solveSymmetric(a: readonly Float64Array[], b: Float64Array): Float64Array {
  const size = b.length;
  const ridge = RIDGE * Math.max(...a.map((row, i) => row[i]), Number.MIN_VALUE);
  const lower = a.map((row) => row.slice());
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a[i][j] + (i === j ? ridge : 0);
      for (let k = 0; k < j; k++) sum -= lower[i][k] * lower[j][k];
      lower[i][j] = i === j ? Math.sqrt(Math.max(sum, ridge)) : sum / lower[j][j];
    }
  }
  const x = b.slice();
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < i; k++) x[i] -= lower[i][k] * x[k];
    x[i] /= lower[i][i];
  }
  for (let i = size - 1; i >= 0; i--) {
    for (let k = i + 1; k < size; k++) x[i] -= lower[k][i] * x[k];
    x[i] /= lower[i][i];
  }
  return x;
}

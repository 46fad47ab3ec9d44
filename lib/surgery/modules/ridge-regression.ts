import { solveSymmetric } from './solve-symmetric.js';

/** What regression needs to know of a part of the rows. The last feature is 1 in all of them. */
export interface Fold {
  rows: number;
  /** Σ target². */
  squares: number;
  /** Σ feature · target. */
  readonly moments: Float64Array;
  /** Σ feature · feature, the lower triangle, row after row. */
  readonly products: readonly Float64Array[];
}

/** Strengths that are tried, in units of the features' mean square. */
const STRENGTHS = [1, 3, 10, 30, 100, 300];
const FOLDS = 3;

/** Empty folds of so many features. */
export function foldsOf(features: number): Fold[] {
  return Array.from({ length: FOLDS }, () => ({
    rows: 0,
    squares: 0,
    moments: new Float64Array(features),
    products: Array.from({ length: features }, () => new Float64Array(features)),
  }));
}

/**
 * Coefficients of ridge regression, the last one (of the constant feature) without a penalty. The strength of the penalty is that
 * with the least squared error on folds that had no part in the fit.
 */
export function ridgeRegression(folds: readonly Fold[]): Float64Array {
  const errors = STRENGTHS.map((strength) =>
    folds.reduce(
      (sum, left) =>
        sum +
        errorOn(
          left,
          solve(
            folds.filter((fold) => fold !== left),
            strength,
          ),
        ),
      0,
    ),
  );
  return solve(folds, STRENGTHS[errors.indexOf(Math.min(...errors))]);
}

function solve(folds: readonly Fold[], strength: number): Float64Array {
  const size = folds[0].moments.length;
  const sum = (of: (fold: Fold) => number) => folds.reduce((total, fold) => total + of(fold), 0);
  const moments = Float64Array.from({ length: size }, (_, i) => sum(({ moments }) => moments[i]));
  const matrix = Array.from({ length: size }, () => new Float64Array(size));
  let trace = 0;
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) matrix[i][j] = matrix[j][i] = sum(({ products }) => products[i][j]);
    if (i < size - 1) trace += matrix[i][i];
  }
  const rows = sum((fold) => fold.rows);
  const penalty = (strength * trace) / Math.max(1, (size - 1) * rows);
  for (let i = 0; i < size - 1; i++) matrix[i][i] += penalty;
  return solveSymmetric(matrix, moments);
}

/** Σ (target − prediction)² over the rows of a fold. */
function errorOn({ squares, moments, products }: Fold, coefficients: Float64Array): number {
  let error = squares;
  for (let i = 0; i < coefficients.length; i++) {
    error -= 2 * coefficients[i] * moments[i];
    for (let j = 0; j <= i; j++) {
      error += (i === j ? 1 : 2) * coefficients[i] * coefficients[j] * products[i][j];
    }
  }
  return error;
}

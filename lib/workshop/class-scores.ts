import type { ClassReport } from '../metrics/class-report.js';

/** Sum of a row of a confusion matrix: images of the class. */
export const rowSum = (matrix: readonly (readonly number[])[], c: number): number =>
  matrix[c].reduce((a, b) => a + b, 0);

/** Sum of a column: images taken for the class. */
export const columnSum = (matrix: readonly (readonly number[])[], c: number): number =>
  matrix.reduce((sum, row) => sum + row[c], 0);

/** The name that scores highest, with all that score as high to within `tie`. */
export function bestNames(
  names: readonly string[],
  score: (name: string, index: number) => number | null,
  tie = 0,
): string[] {
  const scores = names.map((name, i) => score(name, i) ?? -Infinity);
  const best = Math.max(...scores);
  return names.filter((_, i) => scores[i] >= best - tie);
}

export function f1Of(report: ClassReport, name: string): number | null {
  return report.perClass.find((row) => row.className === name)?.f1 ?? null;
}

/** Accuracy by a confusion matrix. */
export function accuracyOf(matrix: readonly (readonly number[])[]): number {
  const images = matrix.reduce((sum, _, c) => sum + rowSum(matrix, c), 0);
  return matrix.reduce((sum, row, c) => sum + row[c], 0) / images;
}

import type { ClassReport } from '../metrics/class-report.js';

/** Two classes that are taken for each other. */
export interface Confusion {
  readonly actual: string;
  readonly predicted: string;
  readonly images: number;
  /** Share of the actual class's images, 0–1. */
  readonly share: number;
}

/** Where images of each class go instead, the largest share first; only pairs that occur. */
export function rankedConfusions(report: ClassReport): Confusion[] {
  const pairs: Confusion[] = [];
  report.confusion.forEach((row, actual) =>
    row.forEach((images, predicted) => {
      if (actual === predicted || images === 0) return;
      const [from, to] = [report.classNames[actual], report.classNames[predicted]];
      pairs.push({ actual: from, predicted: to, images, share: images / report.perClass[actual].support });
    }),
  );
  return pairs.sort((a, b) => b.share - a.share);
}

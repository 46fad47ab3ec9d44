import { OptionError } from '../errors.js';

/** One class's row of a report. Ratios are 0–1; `null` where the definition divides 0 by 0. */
export interface ClassMetrics {
  readonly className: string;
  /** Number of images of the class. */
  readonly support: number;
  /** Number of images predicted to be of the class. */
  readonly predicted: number;
  /** TP / (TP + FP); null when nothing was predicted to be of the class. */
  readonly precision: number | null;
  /** TP / (TP + FN); null when the class has no image. */
  readonly recall: number | null;
  /** 2·TP / (2·TP + FP + FN); null when the class has no image and no prediction. */
  readonly f1: number | null;
}

/** What a classifier does on a set of images, per class. Plain data. */
export interface ClassReport {
  readonly kind: 'classReport';
  readonly classNames: readonly string[];
  readonly images: number;
  readonly accuracy: number;
  readonly perClass: readonly ClassMetrics[];
  /** Row = true class, column = predicted class, in images. */
  readonly confusion: readonly (readonly number[])[];
}

/**
 * Per-class precision, recall and F1 with the confusion matrix (one-vs-rest, spec cnnsplitter §3.4).
 * @param labels true class of every image
 * @param predictions predicted class of every image, same length
 * @throws OptionError when the lengths differ, nothing was given or an index is outside the classes
 * @example
 * const report = classReport([0, 0, 1, 1], [0, 1, 1, 1], ['cat', 'dog']); // true labels, predicted ones
 * console.log(report.perClass[0].recall); // 0.5
 */
export function classReport(
  labels: ArrayLike<number>,
  predictions: ArrayLike<number>,
  classNames: readonly string[],
): ClassReport {
  const n = classNames.length;
  if (labels.length !== predictions.length || labels.length === 0) {
    throw new OptionError(
      `classReport: expected as many predictions as labels, at least one; got ${labels.length} labels and ` +
        `${predictions.length} predictions.`,
    );
  }
  const confusion = classNames.map(() => new Array<number>(n).fill(0));
  for (let i = 0; i < labels.length; i++) {
    if (!(labels[i] in confusion) || !(predictions[i] in confusion)) {
      throw new OptionError(
        `classReport: image ${i} has label ${labels[i]} and prediction ${predictions[i]}, expected 0 to ${n - 1}.`,
      );
    }
    confusion[labels[i]][predictions[i]]++;
  }
  const perClass = classNames.map((className, c): ClassMetrics => {
    const support = confusion[c].reduce((a, b) => a + b, 0);
    const predicted = confusion.reduce((sum, row) => sum + row[c], 0);
    const hits = confusion[c][c];
    const ratio = (numerator: number, denominator: number) => (denominator === 0 ? null : numerator / denominator);
    return {
      className,
      support,
      predicted,
      precision: ratio(hits, predicted),
      recall: ratio(hits, support),
      f1: ratio(2 * hits, support + predicted),
    };
  });
  const hits = confusion.reduce((sum, row, c) => sum + row[c], 0);
  return {
    kind: 'classReport',
    classNames,
    images: labels.length,
    accuracy: hits / labels.length,
    perClass,
    confusion,
  };
}

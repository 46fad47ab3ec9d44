import { OptionError } from '../errors.js';
import { rankOf } from './top-k.js';

/** How well scores pick the classes of images. Plain data; ratios 0–1. */
export interface TaskScore {
  readonly classNames: readonly string[];
  readonly images: number;
  /** Share of the images whose own class has the highest score. */
  readonly accuracy: number;
  /** Mean of the classes' recalls, so that a class with few images counts as much as one with many. */
  readonly balancedAccuracy: number;
  /** Share of the images whose own class is among the five highest scores; null with five classes or fewer. */
  readonly top5: number | null;
  readonly balancedTop5: number | null;
  /** Number of images of every class. */
  readonly support: readonly number[];
  /** Recall of every class; null where it has no image. */
  readonly recall: readonly (number | null)[];
}

/**
 * Top-1 and top-5 accuracy of scores, plain and balanced. Of equal scores the first class wins (spec decompose §3.1).
 * @param scores [images · classes] row by row
 * @param labels class of every image
 * @throws OptionError when scores, labels and classes do not fit together, or a score is not a number
 */
export function taskScore(
  scores: ArrayLike<number>,
  labels: ArrayLike<number>,
  classNames: readonly string[],
): TaskScore {
  const classes = classNames.length;
  if (labels.length === 0 || scores.length !== labels.length * classes) {
    throw new OptionError(
      `taskScore: expected ${classes} scores for each of ${labels.length} images, got ${scores.length} scores.`,
    );
  }
  for (let i = 0; i < scores.length; i++) {
    if (!Number.isNaN(scores[i])) continue;
    throw new OptionError(
      `taskScore: image ${Math.floor(i / classes)}, class ${classNames[i % classes]}: the score is not a number.`,
    );
  }
  const count = { images: classNames.map(() => 0), first: classNames.map(() => 0), five: classNames.map(() => 0) };
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i];
    if (!(label in classNames)) {
      throw new OptionError(`taskScore: image ${i} has label ${label}, expected 0 to ${classes - 1}.`);
    }
    const rank = rankOf(scores, i * classes, classes, label);
    count.images[label]++;
    if (rank === 0) count.first[label]++;
    if (rank < 5) count.five[label]++;
  }
  const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
  const recall = (hits: readonly number[]) => hits.map((n, c) => (count.images[c] === 0 ? null : n / count.images[c]));
  const mean = (values: readonly (number | null)[]) => {
    const defined = values.filter((value) => value !== null);
    return sum(defined) / defined.length;
  };
  const ranked = classes > 5;
  return {
    classNames,
    images: labels.length,
    accuracy: sum(count.first) / labels.length,
    balancedAccuracy: mean(recall(count.first)),
    top5: ranked ? sum(count.five) / labels.length : null,
    balancedTop5: ranked ? mean(recall(count.five)) : null,
    support: count.images,
    recall: recall(count.first),
  };
}

import { OptionError } from '../errors.js';

/**
 * Share of images whose class is among the k with the highest scores; of equal scores the lower class number ranks first.
 * @param scores [images · classes] row by row, as `predictScores` gives them. Of composed modules: margins, not probabilities,
 *   which tie at 1 in float32 (spec decompose §3.1).
 * @throws OptionError when the numbers do not fit each other
 */
export function topKAccuracy(scores: ArrayLike<number>, labels: ArrayLike<number>, classes: number, k: number): number {
  if (scores.length !== labels.length * classes || labels.length === 0 || !(k >= 1)) {
    throw new OptionError(
      `topKAccuracy: expected k from 1 and ${classes} scores for each of at least one label, got k ${k}, ${scores.length} scores ` +
        `and ${labels.length} labels.`,
    );
  }
  let hits = 0;
  for (let i = 0; i < labels.length; i++) if (rankOf(scores, i * classes, classes, labels[i]) < k) hits++;
  return hits / labels.length;
}

/**
 * How many classes rank before one.
 * @param row where the image's scores begin
 */
export function rankOf(scores: ArrayLike<number>, row: number, classes: number, own: number): number {
  let before = 0;
  const score = scores[row + own];
  for (let c = 0; c < classes; c++) {
    if (scores[row + c] > score || (scores[row + c] === score && c < own)) before++;
  }
  return before;
}

import type { Guess } from './reliability.js';

/**
 * The winning class of every image, of equals the first, and its probability.
 * @param scores [images · classes] row by row
 * @param kind what the scores are; logits go through a softmax, in double precision
 */
export function guesses(
  scores: Float32Array,
  labels: ArrayLike<number>,
  classes: number,
  kind: 'logits' | 'probabilities',
): Guess[] {
  return Array.from(labels, (label, i) => {
    const row = scores.subarray(i * classes, (i + 1) * classes);
    let predicted = 0;
    for (let c = 1; c < classes; c++) if (row[c] > row[predicted]) predicted = c;
    const top = row[predicted];
    const confidence =
      kind === 'probabilities'
        ? Math.min(1, Math.max(0, top))
        : 1 / row.reduce((sum, score) => sum + Math.exp(score - top), 0);
    return { label, predicted, confidence };
  });
}

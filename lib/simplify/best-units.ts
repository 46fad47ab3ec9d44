import { ModelError } from '../errors.js';

/**
 * The `count` most relevant units; of equals the first.
 * @returns one 0/1 per unit
 */
export function bestUnits(scores: ArrayLike<number>, count: number): Uint8Array {
  const kept = new Uint8Array(scores.length);
  for (const unit of ranked(scores).slice(0, count)) kept[unit] = 1;
  return kept;
}

/** Units from the most to the least relevant; of equals the first. */
export function ranked(scores: ArrayLike<number>): number[] {
  return Array.from(scores, (_, unit) => unit).sort((a, b) => scores[b] - scores[a] || a - b);
}

/** @throws ModelError when a criterion gave something else than one number per unit */
export function requireScores(criterion: string, layer: string, scores: ArrayLike<number>, units: number): void {
  const odd = Array.from(scores).findIndex((score) => Number.isNaN(score));
  if (scores.length === units && odd < 0) return;
  throw new ModelError(
    `Criterion '${criterion}', layer '${layer}': expected ${units} numbers, one per unit, got ` +
      (odd < 0 ? `${scores.length}.` : `NaN for unit ${odd}.`),
  );
}

import { OptionError } from '../errors.js';
import type { Guess } from '../metrics/reliability.js';

/**
 * Which images of a class its statistics are taken from (spec doctor §3).
 * - `'topConfidenceCorrect'`: of the correctly predicted images the ones with the highest probability.
 * - `'lowConfidence'`: the ones with the lowest score, +p for a correct image and −p for a wrong one (p = highest
 *   probability): first those that are wrong with confidence, then those that are barely right.
 * - `'all'`: every image of the class, right or wrong.
 */
export type ImageSelection = 'topConfidenceCorrect' | 'lowConfidence' | 'all';

/**
 * Picks the images of every class.
 * @param imagesPerClass how many at most; `'all'` takes no notice of it
 * @returns per class positions in the set, the best first, of equals the earlier ones; fewer than asked for, or none,
 *   where a class has no more
 * @throws OptionError on an unknown selection, or a number below 1
 */
export function selectImages(
  guesses: readonly Guess[],
  classes: number,
  selection: ImageSelection,
  imagesPerClass: number,
): number[][] {
  if (!Number.isInteger(imagesPerClass) || imagesPerClass < 1) {
    throw new OptionError(`imagesPerClass: expected a whole number from 1 on, got ${imagesPerClass}.`);
  }
  const ofClass = Array.from({ length: classes }, (): number[] => []);
  guesses.forEach(({ label }, i) => ofClass[label].push(i));
  const correct = (i: number) => guesses[i].predicted === guesses[i].label;
  switch (selection) {
    case 'all':
      return ofClass;
    case 'topConfidenceCorrect': {
      const score = (i: number) => guesses[i].confidence;
      return ofClass.map((own) => lowest(own.filter(correct), (i) => -score(i), imagesPerClass));
    }
    case 'lowConfidence': {
      const score = (i: number) => (correct(i) ? guesses[i].confidence : -guesses[i].confidence);
      return ofClass.map((own) => lowest(own, score, imagesPerClass));
    }
    default:
      throw new OptionError(
        `selection: expected 'topConfidenceCorrect', 'lowConfidence' or 'all', got '${String(selection)}'.`,
      );
  }
}

/** The images with the lowest scores, ascending; sorting is stable, so of equals the earlier one comes first. */
function lowest(images: readonly number[], score: (image: number) => number, count: number): number[] {
  return [...images].sort((a, b) => score(a) - score(b)).slice(0, count);
}

import { meanAndDeviation } from '../../metrics/mean-deviation.js';

/** What a test of an effect ends with. */
export type Verdict = 'shown' | 'not shown' | 'opposite' | 'too small to tell';

/** What is claimed of a quantity. */
export type Claim =
  /** It is above 0. `relevant` is the smallest effect that would matter; one that can be excluded is 'not shown'. */
  | { readonly kind: 'above 0'; readonly relevant: number }
  | { readonly kind: 'at most'; readonly limit: number }
  | { readonly kind: 'at least'; readonly limit: number };

/** An estimate with its 95 % interval. */
export interface Interval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** A tested effect. Plain data. */
export interface EffectTest {
  readonly mean: number;
  /** Bounds of the 95 % interval; null where there is none. */
  readonly low: number | null;
  readonly high: number | null;
  readonly claim: Claim;
  readonly verdict: Verdict;
}

/** Two classifiers on the same images, as counts of images. */
export interface PairedCounts {
  readonly images: number;
  /** Images that only the first is right about. */
  readonly onlyFirst: number;
  readonly onlySecond: number;
}

/** 97.5 % points of Student's t for 1 to 10 degrees of freedom; beyond, the normal distribution's is near enough. */
const T = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228];
const NORMAL = 1.96;

/**
 * 95 % interval of a mean over seeds on one set of images: the seeds' part is Student's t of their deviation, the images' part the
 * normal quantile of their standard error, which more seeds do not make smaller; the two add in squares.
 * @param values one per seed
 * @param imageError standard error of one value by the choice of images, in the values' unit
 * @returns null for fewer than two seeds, which say nothing of how much seeds differ
 */
export function intervalOverSeeds(values: readonly number[], imageError: number): Interval | null {
  const summary = meanAndDeviation(values);
  if (summary === null || summary.std === null) return null;
  const { mean, std } = summary;
  const seeds = ((T[values.length - 2] ?? NORMAL) * std) / Math.sqrt(values.length);
  const half = Math.hypot(seeds, NORMAL * imageError);
  return { mean, low: mean - half, high: mean + half };
}

/** Standard error, in points, of the difference of two accuracies on the same images: root of the mean variance over seeds. */
export function pairedImageError(pairs: readonly PairedCounts[]): number {
  const variances = pairs.map(({ images, onlyFirst, onlySecond }) => {
    const difference = (onlyFirst - onlySecond) / images;
    return ((onlyFirst + onlySecond) / images - difference ** 2) / images;
  });
  return 100 * Math.sqrt(variances.reduce((sum, value) => sum + value, 0) / variances.length);
}

/** Counts of images for {@link pairedImageError}. @param first whether the first classifier is right, image by image */
export function pairedCounts(first: ArrayLike<boolean>, second: ArrayLike<boolean>): PairedCounts {
  let [onlyFirst, onlySecond] = [0, 0];
  for (let i = 0; i < first.length; i++) {
    if (first[i] && !second[i]) onlyFirst++;
    if (second[i] && !first[i]) onlySecond++;
  }
  return { images: first.length, onlyFirst, onlySecond };
}

/** First minus second accuracy in points, over seeds and images. @param pairs one per seed */
export function pairedInterval(pairs: readonly PairedCounts[]): Interval | null {
  const differences = pairs.map(({ images, onlyFirst, onlySecond }) => (100 * (onlyFirst - onlySecond)) / images);
  return intervalOverSeeds(differences, pairedImageError(pairs));
}

/** What an interval says of a claim; without one, of a single seed, nothing can be told. */
export function testEffect(interval: Interval | null, mean: number, claim: Claim): EffectTest {
  if (interval === null) return { mean, low: null, high: null, claim, verdict: 'too small to tell' };
  return { ...interval, claim, verdict: verdictOf(interval, claim) };
}

function verdictOf({ low, high }: Interval, claim: Claim): Verdict {
  switch (claim.kind) {
    case 'above 0':
      if (low > 0) return 'shown';
      if (high < 0) return 'opposite';
      return high < claim.relevant ? 'not shown' : 'too small to tell';
    case 'at most':
      return high <= claim.limit ? 'shown' : low > claim.limit ? 'not shown' : 'too small to tell';
    case 'at least':
      return low >= claim.limit ? 'shown' : high < claim.limit ? 'not shown' : 'too small to tell';
  }
}

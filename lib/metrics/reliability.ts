import { OptionError } from '../errors.js';

/** The images whose confidence falls into one range. */
export interface ReliabilityBin {
  /** The bin holds confidences above `from` up to `to`; the first one also holds 0. */
  readonly from: number;
  readonly to: number;
  readonly images: number;
  /** Means over the bin's images, 0–1; null in an empty bin. */
  readonly confidence: number | null;
  readonly accuracy: number | null;
}

/** Whether a classifier is right as often as it says. Plain data. */
export interface Reliability {
  readonly kind: 'reliability';
  readonly images: number;
  /** Expected calibration error: Σ over bins of (share of images) · |accuracy − confidence|, 0–1; null without images. */
  readonly ece: number | null;
  /** Bins of equal width from 0 to 1. */
  readonly bins: readonly ReliabilityBin[];
}

/** The calibration over all images, and over the images that are taken for each class. */
export interface CalibrationReport extends Reliability {
  readonly classNames: readonly string[];
  /** By predicted class: there, the accuracy is the precision. */
  readonly perClass: readonly Reliability[];
}

/** What the guess for one image is, how sure the classifier is of it, and the truth. */
export interface Guess {
  readonly label: number;
  readonly predicted: number;
  /** Probability of the predicted class. */
  readonly confidence: number;
}

/**
 * Reliability bins and expected calibration error of the winning class's probability.
 * @param bins number of bins of equal width
 * @throws OptionError when there is no bin, or a confidence is outside 0–1
 * @example
 * const { ece } = reliability([
 *   { label: 0, predicted: 0, confidence: 0.9 },
 *   { label: 1, predicted: 0, confidence: 0.6 },
 * ]);
 */
export function reliability(guesses: readonly Guess[], bins = 15): Reliability {
  if (!Number.isInteger(bins) || bins < 1) {
    throw new OptionError(`bins: expected a whole number from 1 on, got ${bins}.`);
  }
  const sums = Array.from({ length: bins }, () => ({ images: 0, confidence: 0, hits: 0 }));
  guesses.forEach(({ label, predicted, confidence }, i) => {
    if (!(confidence >= 0 && confidence <= 1)) {
      throw new OptionError(
        `reliability: guess ${i} has confidence ${confidence}, expected a probability from 0 to 1.`,
      );
    }
    const bin = sums[Math.max(0, Math.ceil(confidence * bins) - 1)];
    bin.images++;
    bin.confidence += confidence;
    if (label === predicted) bin.hits++;
  });
  const gap = sums.reduce((sum, { confidence, hits }) => sum + Math.abs(hits - confidence), 0);
  return {
    kind: 'reliability',
    images: guesses.length,
    ece: guesses.length === 0 ? null : gap / guesses.length,
    bins: sums.map(({ images, confidence, hits }, i) => ({
      from: i / bins,
      to: (i + 1) / bins,
      images,
      confidence: images === 0 ? null : confidence / images,
      accuracy: images === 0 ? null : hits / images,
    })),
  };
}

/** {@link reliability} over all images and by predicted class. @throws OptionError as `reliability` does */
export function calibrationReport(
  guesses: readonly Guess[],
  classNames: readonly string[],
  bins?: number,
): CalibrationReport {
  return {
    ...reliability(guesses, bins),
    classNames,
    perClass: classNames.map((_, c) =>
      reliability(
        guesses.filter(({ predicted }) => predicted === c),
        bins,
      ),
    ),
  };
}

import { OptionError } from '../errors.js';

/** The interval of module scores that is mapped to 0–1. */
export interface CalibrationRange {
  readonly low: number;
  readonly high: number;
}

/**
 * How the interval is read off the module's scores on images of the target class:
 * - 'minMax': their smallest and largest value (what the paper uses, spec cnnsplitter §3.1);
 * - 'percentile': 10th and 90th percentile;
 * - 'interquartile': smallest and largest value within 1.5 interquartile ranges of the quartiles;
 * - 'meanStd': mean ± 2 standard deviations (the factor 2 is ours).
 * The last three stand unused in the authors' code.
 */
export type RangeRule = 'minMax' | 'percentile' | 'interquartile' | 'meanStd';

export const RANGE_RULES: readonly RangeRule[] = ['minMax', 'percentile', 'interquartile', 'meanStd'];

/**
 * @param scores the module's score of calibration images of the target class: a logit, or a probability where it has a head
 * @throws OptionError on fewer than two images, an unknown rule, or scores that are all equal
 */
export function calibrationRange(scores: Float32Array, rule: RangeRule): CalibrationRange {
  if (scores.length < 2) {
    throw new OptionError(`patch: calibration needs at least 2 images of the target class, got ${scores.length}.`);
  }
  const sorted = Array.from(scores).sort((a, b) => a - b);
  const range = intervalOf(sorted, rule);
  if (!(range.high > range.low)) {
    throw new OptionError(
      `patch: the module's scores on all ${scores.length} calibration images lie at ${range.low}; there is no range to scale by.`,
    );
  }
  return range;
}

function intervalOf(sorted: readonly number[], rule: RangeRule): CalibrationRange {
  switch (rule) {
    case 'minMax':
      return { low: sorted[0], high: sorted[sorted.length - 1] };
    case 'percentile':
      return { low: quantile(sorted, 0.1), high: quantile(sorted, 0.9) };
    case 'interquartile': {
      const q1 = quantile(sorted, 0.25);
      const q3 = quantile(sorted, 0.75);
      const reach = 1.5 * (q3 - q1);
      const inside = sorted.filter((v) => v >= q1 - reach && v <= q3 + reach);
      return { low: inside[0], high: inside[inside.length - 1] };
    }
    case 'meanStd': {
      const mean = sorted.reduce((a, b) => a + b, 0) / sorted.length;
      const std = Math.sqrt(sorted.reduce((sum, v) => sum + (v - mean) ** 2, 0) / sorted.length);
      return { low: mean - 2 * std, high: mean + 2 * std };
    }
    default:
      throw new OptionError(
        `calibration: expected a range rule, one of ${RANGE_RULES.join(', ')}, got '${String(rule)}'.`,
      );
  }
}

/** Linear interpolation between order statistics, as numpy's default. */
function quantile(sorted: readonly number[], q: number): number {
  const place = q * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
}

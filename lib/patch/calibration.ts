import { OptionError } from '../errors.js';
import type { OutputKind } from '../models/output-kind.js';
import { logOdds, SMALLEST_PROBABILITY, tensorLogOdds } from '../surgery/modules/log-odds.js';
import * as tf from '../tf.js';
import { calibrationRange, RANGE_RULES, type RangeRule } from './calibration-range.js';
import { learnCalibration, type LearnedCalibration } from './learned-calibration.js';

/**
 * How a module's score is made comparable with the weak model's other classes:
 * - 'minMax', 'percentile', 'interquartile', 'meanStd': (score − low) / (high − low), not clipped, beside the weak model's
 *   probabilities (spec cnnsplitter §3.1); 'minMax' is the paper's, see {@link RangeRule};
 * - 'sigmoid': the sigmoid of the module's logit as it is. For modules that put out a probability of their own
 *   (GradSplitter) that is the raw score: with 'minMax' the second candidate for their unknown rule (spec cnnsplitter §4.8);
 * - 'learned': four parameters fitted on held-out images, see {@link LearnedCalibration}.
 */
export type Calibration = RangeRule | 'sigmoid' | 'learned';

/** The names of the calibration rules of {@link patch}. */
export const CALIBRATIONS: readonly Calibration[] = [...RANGE_RULES, 'sigmoid', 'learned'];

/** A rule with what it took from the calibration images. Plain data. */
export type FittedCalibration =
  | { readonly rule: RangeRule; readonly low: number; readonly high: number }
  | { readonly rule: 'sigmoid' }
  | LearnedCalibration;

/** Scores of calibration images. Labels are those of the weak model's classes. */
export interface PatchScores {
  /** [images · classes] row by row. */
  readonly weak: Float32Array;
  readonly weakKind: OutputKind;
  /** The module's score of its class, one per image. */
  readonly module: Float32Array;
  readonly moduleKind: OutputKind;
  readonly labels: ArrayLike<number>;
  readonly classes: number;
  /** Column of the target class. */
  readonly target: number;
}

/**
 * Fits a rule to calibration images. Range rules look at those of the target class only.
 * @throws OptionError on an unknown rule, or images that do not suffice for it
 */
export function fitCalibration(rule: Calibration, scores: PatchScores): FittedCalibration {
  if (rule === 'sigmoid') return { rule };
  if (rule === 'learned') {
    return learnCalibration({
      weakLogits: scores.weakKind === 'logits' ? scores.weak : scores.weak.map(safeLog),
      moduleLogits: scores.moduleKind === 'logits' ? scores.module : scores.module.map(logOdds),
      labels: scores.labels,
      classes: scores.classes,
      target: scores.target,
    });
  }
  if (!RANGE_RULES.includes(rule)) {
    throw new OptionError(`calibration: expected one of ${CALIBRATIONS.join(', ')}, got '${String(rule)}'.`);
  }
  return {
    rule,
    ...calibrationRange(
      scores.module.filter((_, i) => scores.labels[i] === scores.target),
      rule,
    ),
  };
}

/**
 * The patched scores.
 * @param weak [batch, classes] the weak model's output
 * @param module [batch, 1] the module's score
 * @returns [batch, classes]. Learned: probabilities that sum to 1. Other rules: the weak model's probabilities with the target
 *   column replaced, not renormalised.
 */
export function combineScores(
  fitted: FittedCalibration,
  weak: { scores: tf.Tensor2D; kind: OutputKind },
  module: { scores: tf.Tensor2D; kind: OutputKind },
  target: number,
): tf.Tensor2D {
  return tf.tidy(() => {
    if (fitted.rule === 'learned') {
      const { temperature, own, offset, mean, std } = fitted;
      const z = weak.kind === 'logits' ? weak.scores : tf.log(tf.clipByValue(weak.scores, SMALLEST_PROBABILITY, 1));
      const m = module.kind === 'logits' ? module.scores : tensorLogOdds(module.scores);
      const replaced = tf.add(
        tf.add(tf.mul(tf.div(tf.sub(m, mean), std), fitted.module), tf.mul(tf.slice(z, [0, target], [-1, 1]), own)),
        offset,
      );
      return tf.softmax(withColumn(tf.mul(z, temperature), replaced as tf.Tensor2D, target));
    }
    const p = weak.kind === 'logits' ? tf.softmax(weak.scores) : weak.scores;
    if (fitted.rule === 'sigmoid') {
      return withColumn(p, module.kind === 'logits' ? tf.sigmoid(module.scores) : module.scores, target);
    }
    const { low, high } = fitted;
    return withColumn(p, tf.div(tf.sub(module.scores, low), high - low), target);
  });
}

function withColumn(scores: tf.Tensor2D, column: tf.Tensor2D, target: number): tf.Tensor2D {
  const parts: tf.Tensor2D[] = [column];
  if (target > 0) parts.unshift(tf.slice(scores, [0, 0], [-1, target]));
  if (target < scores.shape[1] - 1) parts.push(tf.slice(scores, [0, target + 1], [-1, -1]));
  return tf.concat(parts, 1);
}

const safeLog = (p: number) => Math.log(Math.min(1, Math.max(SMALLEST_PROBABILITY, p)));

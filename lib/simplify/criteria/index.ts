import type { RelevanceCriterion } from '../criterion.js';
import { ablation } from './ablation.js';
import { apoz } from './apoz.js';
import { classSelectivity } from './class-selectivity.js';
import { fisherRatio } from './fisher-ratio.js';
import { gradTimesAct } from './grad-times-act.js';
import { linearClassifier } from './linear-classifier.js';
import { meanActivation } from './mean-activation.js';
import { random } from './random.js';
import { weightL1 } from './weight-l1.js';

/**
 * The computed criteria by name. To add one: a file in this folder and a line here. All are substitutes; the formulas of
 * the paper were not accessible.
 */
export const CRITERIA = {
  weightL1,
  meanActivation,
  apoz,
  gradTimesAct,
  fisherRatio,
  linearClassifier,
  ablation,
  classSelectivity,
  random,
} as const satisfies Record<string, RelevanceCriterion>;

/** Name of a computed criterion. */
export type CriterionId = keyof typeof CRITERIA;

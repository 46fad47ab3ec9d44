import type { CausalCheck } from '../diagnose/causal-check.js';
import type { LayerRelevance } from '../diagnose/layer-relevance.js';
import type { ClassReport } from '../metrics/class-report.js';
import type { WorkshopData } from './workshop-data.js';

/** What the checks of part 1 know. */
export interface Part1Session {
  readonly data: WorkshopData;
  /** On the validation images. */
  readonly report: ClassReport;
  /** Of the last convolution. */
  readonly relevance: LayerRelevance;
  readonly answers: Part1Answers;
  /** Exercise 1.6: every class's relevant kernels silenced, on test images. */
  readonly all?: CausalCheck;
}

/** What the cells after an exercise go on with, whether it was solved or not. */
export interface Part1Answers {
  readonly weakest: string;
  /** Where most of its images go instead. */
  readonly takenFor: string;
  /** The five kernels with the largest gradient mass for the weakest class, the largest first. */
  readonly topFive: readonly number[];
}

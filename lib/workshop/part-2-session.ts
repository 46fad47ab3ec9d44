import type { ClassReport } from '../metrics/class-report.js';
import type { Calibration } from '../patch/calibration.js';
import type { PatchedModel } from '../patch/patch.js';
import type { KernelModule } from '../surgery/modules/kernel-module.js';
import type { WorkshopData } from './workshop-data.js';

/** What part 2 has found out before its exercises. */
export interface Part2Findings {
  /** Class name → module of the strong network. */
  readonly modules: Readonly<Record<string, KernelModule>>;
  /** Of the modules side by side, on validation images: one row of `classes` scores per image. */
  readonly scores: { readonly scores: Float32Array; readonly classes: number };
  /** Of the modules side by side, on validation images. */
  readonly composedReport: ClassReport;
  /** Of the weak network, on validation images. */
  readonly weakReport: ClassReport;
}

/** Accuracy of the weak network, patched by one rule. */
export interface RuleAccuracies {
  readonly rule: Calibration;
  readonly validation: number;
  readonly test: number;
}

export interface Part2Session extends Part2Findings {
  readonly data: WorkshopData;
  readonly answers: Part2Answers;
  /** Of all rules, with the module of the target class; computed at the first call. */
  readonly rules: () => Promise<readonly RuleAccuracies[]>;
  /** Exercise 2.6: the weak network, patched by 'minMax'. */
  readonly patched?: PatchedModel;
}

/** What the cells after an exercise go on with, whether it was solved or not. */
export interface Part2Answers {
  /** The class whose module is furthest ahead of the weak network in F1, on validation images. */
  readonly target: string;
}

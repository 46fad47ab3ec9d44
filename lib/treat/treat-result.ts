import type { ClassReport } from '../metrics/class-report.js';
import { meanAndDeviation, type MeanDeviation } from '../metrics/mean-deviation.js';
import type { RunManifest } from '../run/manifest.js';
import type { TrainingHistory } from '../training/history.js';
import type { GradientPath } from './class-gradients.js';
import type { EvidenceMeasure } from './evidence.js';
import type { TreatSettings } from './treat-settings.js';

/** Which of the constraints a treatment has. */
export type Constraint = 'channel' | 'space' | 'all';

/** A run with constraints, or one of the two controls: the same schedule without any, and without any but with the noise. */
export type TreatArm = Constraint | 'control' | 'noise';

/** A model as the test images show it. */
export interface TreatOutcome {
  readonly report: ClassReport;
  /** The constraints on the test images (evaluation mode, no noise, per-sample means). */
  readonly evidence: EvidenceMeasure;
}

/** One arm of a treatment with one seed. Plain data. */
export interface TreatRun extends TreatOutcome {
  readonly arm: TreatArm;
  readonly seed: number;
  readonly alpha: number;
  readonly beta: number;
  readonly noiseStd: number;
  /** Epoch that the validation images chose (1 for the first). */
  readonly epoch: number;
  readonly history: TrainingHistory;
}

/** A treatment with its controls. Plain data. */
export interface TreatResult {
  readonly kind: 'treatResult';
  readonly layer: string;
  /** How gradients of gradients were had. */
  readonly path: GradientPath;
  readonly settings: TreatSettings;
  readonly seeds: readonly number[];
  /** The model before. */
  readonly base: TreatOutcome;
  /** In the order of arms, then seeds. */
  readonly runs: readonly TreatRun[];
  readonly manifest: RunManifest;
}

/** One class under one arm; differences are those of the recall, as ratios, seed by seed. */
export interface TreatClassSummary {
  readonly className: string;
  readonly recall: MeanDeviation | null;
  readonly toControl: MeanDeviation | null;
}

/** One arm over all seeds, as ratios. */
export interface TreatSummary {
  readonly arm: TreatArm;
  readonly seeds: number;
  readonly accuracy: MeanDeviation;
  /** Accuracy minus that of the model before. */
  readonly toBase: MeanDeviation;
  /** Accuracy minus that of the control of the same seed; null for the control itself. */
  readonly toControl: MeanDeviation | null;
  /** As {@link toControl}, against the control with noise; null where there is none. */
  readonly toNoise: MeanDeviation | null;
  readonly perClass: readonly TreatClassSummary[];
  readonly channel: MeanDeviation;
  readonly space: MeanDeviation | null;
}

/** What each arm is worth: means and sample standard deviations over seeds, differences paired by seed. */
export function summariseTreatment({ base, runs }: TreatResult): TreatSummary[] {
  return [...new Set(runs.map(({ arm }) => arm))].map((arm) => {
    const own = runs.filter((run) => run.arm === arm);
    const against = (control: TreatArm, valueOf: (run: TreatRun) => number | null): MeanDeviation | null => {
      if (control === arm) return null;
      return meanAndDeviation(
        own.flatMap((run) => {
          const partner = runs.find((other) => other.arm === control && other.seed === run.seed);
          const [value, before] = [valueOf(run), partner ? valueOf(partner) : null];
          return value === null || before === null ? [] : [value - before];
        }),
      );
    };
    const accuracyOf = ({ report }: TreatRun) => report.accuracy;
    const spaces = own.flatMap(({ evidence }) => evidence.space ?? []);
    return {
      arm,
      seeds: own.length,
      accuracy: meanAndDeviation(own.map(accuracyOf))!,
      toBase: meanAndDeviation(own.map((run) => accuracyOf(run) - base.report.accuracy))!,
      toControl: against('control', accuracyOf),
      toNoise: against('noise', accuracyOf),
      perClass: base.report.classNames.map((className, n) => {
        const recallOf = ({ report }: TreatRun) => report.perClass[n].recall;
        return {
          className,
          recall: meanAndDeviation(own.flatMap((run) => recallOf(run) ?? [])),
          toControl: against('control', recallOf),
        };
      }),
      channel: meanAndDeviation(own.map(({ evidence }) => evidence.channel))!,
      space: meanAndDeviation(spaces),
    };
  });
}

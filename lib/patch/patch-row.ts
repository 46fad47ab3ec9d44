import type { Calibration } from './calibration.js';
import type { PatchDataName } from './patch-data.js';
import type { WeakNetwork } from './weak-kinds.js';
import type { WeakKind } from './weak-kinds.js';

/** Figures that patching is judged by: three of the target class, and the accuracy on the images of the others. */
export const PATCH_METRICS = ['precision', 'recall', 'f1', 'nonTarget'] as const;
/** A score of a patch, by name. */
export type PatchMetric = (typeof PATCH_METRICS)[number];

/** Ratios 0–1; null where the definition divides 0 by 0: precision when nothing was predicted to be of the target class. */
export type PatchScore = Readonly<Record<PatchMetric, number | null>>;

/** One weak model before and after one patch, on test images. Plain data. */
export interface PatchRow {
  readonly kind: 'patchRow';
  readonly network: WeakNetwork;
  readonly data: PatchDataName;
  readonly weakKind: WeakKind;
  readonly targetClass: string;
  /** Position of the target class among the strong model's classes. */
  readonly target: number;
  /** Seed that the weak model was trained with. */
  readonly seed: number;
  /** Epoch of the weak model. */
  readonly epoch: number;
  /** How the module was found. */
  readonly method: string;
  readonly rule: Calibration;
  readonly weak: PatchScore;
  readonly patched: PatchScore;
}

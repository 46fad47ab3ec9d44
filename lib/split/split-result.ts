import type { KernelModule } from '../surgery/modules/kernel-module.js';
import type { Module } from '../surgery/modules/module.js';
import type { HeldOutScores } from './held-out.js';

/** A strong model taken apart, one module per class: what every splitter returns, some with more of their own. */
export interface SplitResult<OneModule extends Module = Module> {
  /** 'splitResult', or the kind of a splitter that says more. */
  readonly kind: string;
  /** Class name → module. */
  readonly modules: Readonly<Record<string, OneModule>>;
  /** Scores on the images that the method chose by: for its curves, not for reporting. Missing where it chose by none. */
  readonly validation?: SplitScores;
  /** Scores on images that had no part in making the modules: those to report. Null where none were given. */
  readonly heldOut: HeldOutScores | null;
  /** What is to be said of the scores, in sentences; empty where there is nothing to say. */
  readonly notes: readonly string[];
  /** Mean over modules of their `keptRatio`: kernels kept / kernels of the strong model, or nodes. */
  readonly keptRatio: number;
  /** Every setting the method ran with, preset and overrides put together. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** How a split does on the images that it chose by. */
export interface SplitScores {
  readonly strongAccuracy: number;
  readonly composedAccuracy: number;
  /** Mean over class pairs of 1 − Jaccard of the modules' kernel sets. */
  readonly diff: number;
}

/** A strong model taken apart by a method that chooses kernels by images. */
export interface ChosenSplit extends SplitResult<KernelModule> {
  readonly validation: SplitScores;
  readonly heldOut: HeldOutScores;
}

import type * as tf from '../../tf.js';
import type { KernelSelection } from '../trace/kernel-selection.js';

/**
 * A sub-network cut out of a strong model for one class. It keeps the strong model's dense layers and puts out all its
 * logits. The module's output is one score: the target class's logit (CNNSplitter), or, where the module has a head of its
 * own, what that makes of the logits (GradSplitter). See `scoreModule` (spec cnnsplitter §1).
 */
export interface Module {
  readonly targetClass: string;
  /** Column of the target class in the module's output. */
  readonly classIndex: number;
  /** Classes of the strong model, in the order of the module's logits. */
  readonly classNames: readonly string[];
  /** The strong model's kernels that the module keeps. */
  readonly selection: KernelSelection;
  /** Physically smaller model: [batch, height, width, channels] → [batch, classes], logits. */
  readonly model: tf.LayersModel;
  /** [batch, classes], the model's logits → [batch, 1], a score from 0 to 1. */
  readonly head?: tf.LayersModel;
  readonly provenance: ModuleProvenance;
}

/** How a module came to be. Plain data. */
export interface ModuleProvenance {
  readonly method: string;
  readonly seed: number;
  readonly options: Readonly<Record<string, unknown>>;
  /** Kernels kept / kernels of the strong model (KRR). */
  readonly keptRatio: number;
  /** What was done to the module that its method, as published, does not do; in words. Missing where nothing was. */
  readonly departures?: readonly string[];
}

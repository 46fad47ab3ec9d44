import type * as tf from '../../tf.js';
import type { KernelSelection } from '../trace/kernel-selection.js';
import type { ModuleProvenance } from './module.js';

/** What a `KernelModule` is made of. */
export interface KernelModuleParts {
  readonly targetClass: string;
  /** Column of the target class in the model's output. */
  readonly classIndex: number;
  /** Classes of the strong model, in the order of the model's logits. */
  readonly classNames: readonly string[];
  /** The strong model's kernels that the module keeps. */
  readonly selection: KernelSelection;
  /** Physically smaller model: [batch, height, width, channels] → [batch, classes], logits. */
  readonly model: tf.LayersModel;
  /** [batch, classes], the model's logits → [batch, 1], a score from 0 to 1. */
  readonly head?: tf.LayersModel | undefined;
  readonly provenance: KernelModuleProvenance;
}

/** How a module of kernels came to be. Plain data. */
export interface KernelModuleProvenance extends ModuleProvenance {
  readonly seed: number;
  readonly options: Readonly<Record<string, unknown>>;
  /** Kernels kept / kernels of the strong model (KRR). */
  readonly keptRatio: number;
}

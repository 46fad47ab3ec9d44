import type { ImageSet } from '../datasets/dataset.js';
import type { KernelExtractor } from '../surgery/modules/extract.js';
import type { ChannelGroup, ModelTrace } from '../surgery/trace/trace.js';
import type * as tf from '../tf.js';
import type { PooledActivations } from './pooled-activations.js';

/** What a criterion may look at when it judges the kernels of a layer. Nothing of this layer is removed yet. */
export interface LayerContext {
  /** The model as it is now, earlier layers simplified and retrained. Not to be changed. */
  readonly model: tf.LayersModel;
  /** The model as it was before the first layer was simplified. Not to be changed. */
  readonly original: tf.LayersModel;
  readonly trace: ModelTrace;
  /** The layer, with those that are tied to it by additions; a unit is one kernel of each. */
  readonly group: ChannelGroup;
  /** A balanced sample of the training images. */
  readonly images: ImageSet;
  readonly seed: number;
  /** Cuts kernels out of the model as it is now. */
  readonly extractor: KernelExtractor;
  /** Mean of every unit's map after the activation, per image. Computed at the first call. */
  pooledActivations(): Promise<PooledActivations>;
  /** @throws InterruptedError when the run is to stop; to be called between long steps */
  check: () => void;
}

/**
 * Gives every unit of a layer a relevance. All criteria here are substitutes: the formulas of the paper on progressive
 * retraining were not accessible (spec progressive §2, §4).
 */
export interface RelevanceCriterion {
  readonly id: string;
  /** One line for tables and figures. */
  readonly label: string;
  /** @returns one relevance per unit of the group, higher = keep; NaN is refused */
  score(context: LayerContext): Promise<ArrayLike<number>>;
}

/** Decides by itself which units stay, without a rule on scores: a person, or the modules of a split. */
export interface KernelChoice {
  readonly id: string;
  readonly label: string;
  /** @returns one 0/1 per unit of the group, at least one 1 */
  keep(context: LayerContext): Promise<Uint8Array>;
}

import type { ImageSet } from '../datasets/dataset.js';
import type { RunOptions } from '../run/options.js';
import type { KernelModule } from '../surgery/modules/kernel-module.js';
import type { HeldOutFigures } from './held-out.js';
import type * as tf from '../tf.js';

/** What a splitter learns from and what it is judged by, where these are two sets. */
export interface SplitImages {
  /** The images that the strong model was trained on, without augmentation. */
  readonly train: ImageSet;
  /** Images that the strong model was not trained on. They choose, so they are not for reporting. */
  readonly validation: ImageSet;
}

/** A strong model taken apart: one module per class. */
export interface SplitScores {
  /** Class name → module. */
  readonly modules: Readonly<Record<string, KernelModule>>;
  /** Figures on the images that the method chose by: for its curves, not for reporting. */
  readonly validation: {
    readonly strongAccuracy: number;
    readonly composedAccuracy: number;
    /** Mean over class pairs of 1 − Jaccard of the modules' kernel sets. */
    readonly diff: number;
  };
  /** Figures on images that had no part in making the modules: those to report. */
  readonly heldOut: HeldOutFigures;
  /** What is to be said of the figures, in sentences; empty where there is nothing to say. */
  readonly notes: readonly string[];
  /** Mean over modules of kernels kept / kernels of the strong model. */
  readonly keptRatio: number;
  /** Every setting the method ran with, preset and overrides put together. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/**
 * A way to take a strong model apart. To add one: a file (or a folder) beside this one that exports one of these, and a line in
 * `splitters.ts`; or, without either, pass it to `split` as its `method`.
 */
export interface Splitter<
  Images extends ImageSet | SplitImages = ImageSet | SplitImages,
  Options extends RunOptions = RunOptions,
  Result = unknown,
> {
  readonly id: string;
  /** Which images `run` takes: one set of either kind, or `{ train, validation }`. */
  readonly takes: 'validation' | 'train' | 'train and validation';
  /**
   * @param strong logits: [batch, height, width, channels] → [batch, classes]; not to be changed
   * @param options without `method`
   * @throws OptionError on bad options, ModelError on a model that it cannot take apart, InterruptedError on `signal`
   */
  run(strong: tf.LayersModel, images: Images, options: Options): Promise<Result>;
}

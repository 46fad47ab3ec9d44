import type { ImageSet } from '../datasets/dataset.js';
import type { RunOptions } from '../run/options.js';
import type * as tf from '../tf.js';
import type { SplitResult } from './split-result.js';

/** What a splitter learns from and what it is judged by, where these are two sets. */
export interface SplitImages {
  /** The images that the strong model was trained on, without augmentation. */
  readonly train: ImageSet;
  /** Images that the strong model was not trained on. They choose, so they are not for reporting. */
  readonly validation: ImageSet;
}

/**
 * A way to take a strong model apart. To add one: a file (or a folder) beside this one that exports one of these, and a line in
 * `splitters.ts`; or, without either, pass it to `split` as its `method`.
 */
export interface Splitter<
  Images extends ImageSet | SplitImages = ImageSet | SplitImages,
  Options extends RunOptions = RunOptions,
  Result extends SplitResult = SplitResult,
> {
  readonly id: string;
  /** Which images `run` takes: one set of either kind, or `{ train, validation }`. */
  readonly takes: 'validation' | 'train' | 'train and validation';
  /**
   * Whether the modules go on using the very model that was given: then it is not split before its softmax, so it must put out logits.
   * Default false.
   */
  readonly keepsModel?: boolean;
  /**
   * @param strong logits: [batch, height, width, channels] → [batch, classes]; not to be changed
   * @param options without `method`
   * @throws OptionError on bad options, ModelError on a model that it cannot take apart, InterruptedError on `signal`
   */
  run(strong: tf.LayersModel, images: Images, options: Options): Promise<Result>;
}

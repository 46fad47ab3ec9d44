import type * as tf from '../tf.js';
import type { ImageSet } from '../datasets/dataset.js';
import { OptionError } from '../errors.js';
import type { Module } from '../surgery/module.js';
import { splitByCnnSplitter } from './cnnsplitter/cnnsplitter.js';
import type { CnnSplitterOptions } from './cnnsplitter/options.js';
import type { SearchHistory } from './search-history.js';

export type SplitOptions = { method?: 'cnnsplitter' } & CnnSplitterOptions;

/** A strong model taken apart: one module per class. */
export interface SplitResult {
  /** Class name → module. */
  readonly modules: Readonly<Record<string, Module>>;
  readonly history: SearchHistory;
  /** Figures on the images that the search used: for the search curve, not for reporting. */
  readonly validation: {
    readonly strongAccuracy: number;
    readonly composedAccuracy: number;
    /** Mean over class pairs of 1 − Jaccard of the modules' kernel sets. */
    readonly diff: number;
  };
  /** Mean over modules of kernels kept / kernels of the strong model. */
  readonly keptRatio: number;
  /** Every setting the search ran with, preset and overrides put together. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/**
 * Splits a strong model into one module per class.
 * @param strong any traceable `tf.LayersModel`: [batch, height, width, channels] → [batch, classes], logits
 * @param validation images that `strong` was not trained on. The search optimises on them, so they are not
 *   for reporting: keep the test images for that.
 * @throws OptionError on bad options, ModelError when the model has layers that surgery does not know
 */
export async function split(
  strong: tf.LayersModel,
  validation: ImageSet,
  options: SplitOptions = {},
): Promise<SplitResult> {
  const { method = 'cnnsplitter', ...rest } = options;
  if (method !== 'cnnsplitter') {
    throw new OptionError(`method: expected 'cnnsplitter', got '${String(method)}'.`);
  }
  return splitByCnnSplitter(strong, validation, rest);
}

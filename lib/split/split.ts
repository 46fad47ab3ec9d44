import type * as tf from '../tf.js';
import type { ImageSet } from '../datasets/dataset.js';
import { OptionError } from '../errors.js';
import type { Module } from '../surgery/module.js';
import { splitByCnnSplitter } from './cnnsplitter/cnnsplitter.js';
import type { CnnSplitterOptions } from './cnnsplitter/options.js';
import { splitByGradSplitter, type GradSplitResult, type SplitImages } from './gradsplitter/gradsplitter.js';
import type { GradSplitterOptions } from './gradsplitter/options.js';
import type { SearchHistory } from './search-history.js';

export type SplitOptions = { method?: 'cnnsplitter' } & CnnSplitterOptions;
export type GradSplitOptions = { method: 'gradsplitter' } & GradSplitterOptions;

/** A strong model taken apart: one module per class. */
export interface SplitFigures {
  /** Class name → module. */
  readonly modules: Readonly<Record<string, Module>>;
  /** Figures on the images that the method chose by: for its curves, not for reporting. */
  readonly validation: {
    readonly strongAccuracy: number;
    readonly composedAccuracy: number;
    /** Mean over class pairs of 1 − Jaccard of the modules' kernel sets. */
    readonly diff: number;
  };
  /** Mean over modules of kernels kept / kernels of the strong model. */
  readonly keptRatio: number;
  /** Every setting the method ran with, preset and overrides put together. */
  readonly settings: Readonly<Record<string, unknown>>;
}

export interface SplitResult extends SplitFigures {
  readonly history: SearchHistory;
}

/**
 * Splits a strong model into one module per class by CNNSplitter's genetic search.
 * @param strong any traceable `tf.LayersModel`: [batch, height, width, channels] → [batch, classes], logits
 * @param validation images that `strong` was not trained on. The search optimises on them, so they are not
 *   for reporting: keep the test images for that.
 * @throws OptionError on bad options, ModelError when the model has layers that surgery does not know
 */
export function split(strong: tf.LayersModel, validation: ImageSet, options?: SplitOptions): Promise<SplitResult>;
/**
 * Splits a strong model into one module per class by GradSplitter's learned masks.
 * @param strong as above; it is not changed
 * @param images to learn masks on (those `strong` was trained on, without augmentation) and to choose the epoch by. The
 *   modules carry a head each.
 * @throws OptionError on bad options, ModelError when the model has layers that surgery does not know or that have no
 *   gradient
 */
export function split(strong: tf.LayersModel, images: SplitImages, options: GradSplitOptions): Promise<GradSplitResult>;
export async function split(
  strong: tf.LayersModel,
  images: ImageSet | SplitImages,
  options: SplitOptions | GradSplitOptions = {},
): Promise<SplitResult | GradSplitResult> {
  if (options.method === 'gradsplitter') {
    if (!('train' in images)) {
      throw new OptionError(
        "split: 'gradsplitter' learns on images and chooses on others: pass { train, validation }, got one set.",
      );
    }
    return splitByGradSplitter(strong, images, options);
  }
  const { method = 'cnnsplitter', ...rest } = options;
  if (method !== 'cnnsplitter') {
    throw new OptionError(`method: expected 'cnnsplitter' or 'gradsplitter', got '${String(method)}'.`);
  }
  if ('train' in images) {
    throw new OptionError("split: 'cnnsplitter' searches on one set: pass the validation images, got { train, … }.");
  }
  return splitByCnnSplitter(strong, images, rest);
}

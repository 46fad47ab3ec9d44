import type * as tf from '../tf.js';
import type { ImageSet } from '../datasets/dataset.js';
import { OptionError } from '../errors.js';
import type { Module } from '../surgery/module.js';
import { splitByCnnSplitter } from './cnnsplitter/cnnsplitter.js';
import type { CnnSplitterOptions } from './cnnsplitter/options.js';
import { splitByDecomposition, type DecomposeResult } from './decompose/decompose.js';
import type { DecomposeOptions } from './decompose/options.js';
import { splitByGradSplitter, type GradSplitResult, type SplitImages } from './gradsplitter/gradsplitter.js';
import type { GradSplitterOptions } from './gradsplitter/options.js';
import type { SearchHistory } from './search-history.js';

export type SplitOptions = { method?: 'cnnsplitter' } & CnnSplitterOptions;
export type GradSplitOptions = { method: 'gradsplitter' } & GradSplitterOptions;
export type DecomposeSplitOptions = { method: 'decompose' } & DecomposeOptions;

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
/**
 * Splits a strong model into one module per class by Pan & Rajan's decomposition: the whole network each, with the nodes masked
 * that its class does not need.
 * @param strong as above; it is not changed and not copied, the modules are masks on it
 * @param images to observe: those `strong` was trained on. Nothing is learned or chosen by their labels' predictions.
 * @throws OptionError on bad options, ModelError when a hidden activation is no ReLU, the output no dense layer of logits, or a
 *   layer unknown to surgery
 */
export function split(
  strong: tf.LayersModel,
  images: ImageSet,
  options: DecomposeSplitOptions,
): Promise<DecomposeResult>;
export async function split(
  strong: tf.LayersModel,
  images: ImageSet | SplitImages,
  options: SplitOptions | GradSplitOptions | DecomposeSplitOptions = {},
): Promise<SplitResult | GradSplitResult | DecomposeResult> {
  if (options.method === 'gradsplitter') {
    if (!('train' in images)) {
      throw new OptionError(
        "split: 'gradsplitter' learns on images and chooses on others: pass { train, validation }, got one set.",
      );
    }
    return splitByGradSplitter(strong, images, options);
  }
  const { method = 'cnnsplitter' } = options;
  if (method !== 'cnnsplitter' && method !== 'decompose') {
    throw new OptionError(`method: expected 'cnnsplitter', 'gradsplitter' or 'decompose', got '${String(method)}'.`);
  }
  if ('train' in images) {
    const task =
      method === 'decompose' ? 'observes one set: pass the training' : 'searches on one set: pass the validation';
    throw new OptionError(`split: '${method}' ${task} images, got { train, … }.`);
  }
  if (options.method === 'decompose') return splitByDecomposition(strong, images, options);
  return splitByCnnSplitter(strong, images, options);
}

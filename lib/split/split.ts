import { ensureBackend } from '../backend/ensure-backend.js';
import type { ImageSet } from '../datasets/dataset.js';
import { OptionError } from '../errors.js';
import { withLogits } from '../models/with-logits.js';
import type * as tf from '../tf.js';
import { requireModel } from '../training/check-images.js';
import type { CnnSplitterOptions } from './cnnsplitter/options.js';
import type { DecomposeOptions } from './decompose/options.js';
import type { GradSplitterOptions } from './gradsplitter/options.js';
import type { SplitImages } from './splitter.js';
import {
  type AnySplitter,
  type ImagesOf,
  type OptionsOf,
  type ResultOf,
  type SplitMethod,
  SPLITTERS,
} from './splitters.js';

/** Options of `split`, of any of the library's methods. */
export type SplitOptions = CnnSplitOptions | GradSplitOptions | DecomposeSplitOptions;
/** Options of `split` for CNNSplitter, the method where none is named. */
export type CnnSplitOptions = { method?: 'cnnsplitter' } & CnnSplitterOptions;
/** Options of `split` for GradSplitter. */
export type GradSplitOptions = { method: 'gradsplitter' } & GradSplitterOptions;
/** Options of `split` for decomposition. */
export type DecomposeSplitOptions = { method: 'decompose' } & DecomposeOptions;

/**
 * Splits a strong model into one module per class.
 *
 * | `method` | how | `images` |
 * |---|---|---|
 * | 'cnnsplitter' (default) | a genetic search for kernels (spec cnnsplitter §2) | one set that `strong` was not trained on. The search optimises on it, so it is not for reporting: keep the test images for that |
 * | 'gradsplitter' | masks and heads learned by gradient descent (spec cnnsplitter §4) | `{ train, validation }`: what `strong` was trained on, without augmentation, to learn on, and others to choose the epoch by. The modules carry a head each |
 * | 'decompose' | Pan & Rajan's node masks on the whole network (spec decompose §2) | one set to observe: what `strong` was trained on. Nothing is learned or chosen by labels' predictions |
 * | a `Splitter` of your own | | what it takes |
 *
 * @param strong any traceable `tf.LayersModel`: [batch, height, width, channels] → [batch, classes]. One that ends in a
 *   softmax is split before it: the modules put out logits. For 'decompose' it must put out logits itself. It is not changed. For 'decompose' it is not copied either: the modules are masks on it
 * @throws OptionError on bad options, ModelError when the model has layers that surgery does not know; for 'gradsplitter' when a
 *   layer has no gradient; for 'decompose' when a hidden activation is no ReLU or the output no dense layer of logits
 * @throws InterruptedError on `signal`; with a `checkpoint` the next call goes on from there
 * @example
 * const result = await split(strong, validation, { method: 'cnnsplitter', preset: 'smoke', generations: 0, keep: 0.5, seed: 1 });
 * console.log(`${Object.keys(result.modules).length} modules keep ${(100 * result.keptRatio).toFixed(0)} % of the kernels`);
 * plot.of(result).show();
 */
export async function split<Method extends SplitMethod | AnySplitter = 'cnnsplitter'>(
  strong: tf.LayersModel,
  images: ImagesOf<Method>,
  options?: { method?: Method } & OptionsOf<Method>,
): Promise<ResultOf<Method>> {
  await ensureBackend();
  const { method = 'cnnsplitter', ...rest }: { method?: SplitMethod | AnySplitter } = options ?? {};
  const splitter: AnySplitter = typeof method === 'string' ? named(method) : method;
  requireModel('split', strong);
  if (typeof images !== 'object' || images === null) {
    throw new OptionError(`split, images: expected ${splitter.takes} images, got ${String(images)}.`);
  }
  requireImages(splitter, images);
  const run = (model: tf.LayersModel) => splitter.run(model, images as never, rest as never);
  return (await (splitter.keepsModel ? run(strong) : withLogits(strong, run))) as ResultOf<Method>;
}

function named(method: SplitMethod): AnySplitter {
  if (Object.hasOwn(SPLITTERS, method)) return SPLITTERS[method];
  const known = Object.keys(SPLITTERS).map((name) => `'${name}'`);
  throw new OptionError(`method: expected ${known.join(', ')} or a splitter, got '${String(method)}'.`);
}

function requireImages({ id, takes }: AnySplitter, images: ImageSet | SplitImages): void {
  const two = 'train' in images;
  if (two === (takes === 'train and validation')) return;
  throw new OptionError(
    two
      ? `split: '${id}' takes one set: pass the ${takes === 'train' ? 'training' : 'validation'} images, got { train, … }.`
      : `split: '${id}' takes two sets: pass { train, validation }, got one.`,
  );
}

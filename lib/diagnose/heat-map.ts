import { ensureBackend } from '../backend/ensure-backend.js';
import type { ImageSet } from '../datasets/dataset.js';
import { IMAGES_PER_PASS } from '../datasets/images-at-once.js';
import { passOver } from '../datasets/pass-over.js';
import { guesses } from '../metrics/guesses.js';
import type { Guess } from '../metrics/reliability.js';
import type { RunOptions } from '../run/options.js';
import * as tf from '../tf.js';
import { requireFittingImages, requireLogits } from '../training/check-images.js';
import { layerGradient } from './layer-gradient.js';

/** Where in one image a layer's evidence for the image's true class sits. Plain data. */
export interface HeatMap extends Guess {
  /** Position of the image in the set. */
  readonly image: number;
  readonly layer: string;
  readonly height: number;
  readonly width: number;
  /** height · width values row by row, from 0 to 1. */
  readonly values: Float32Array;
}

/** The heat-maps of a class's most and least confident images. */
export interface HeatMapPair {
  readonly className: string;
  /** Correct and confident; null when no image of the class is correct. */
  readonly high: HeatMap | null;
  /** Wrong with confidence, or barely right; null when the class has no other image. */
  readonly low: HeatMap | null;
}

/** What {@link heatMaps} can be told. */
export interface HeatMapOptions extends Omit<RunOptions, 'seed'> {
  layer: string;
  /** Images per pass. Default `IMAGES_PER_PASS`, 125. */
  batchSize?: number;
}

/**
 * Heat-maps of images (spec doctor §4): Σ over the kernels of |∂z_true class / ∂map|, its minimum subtracted, divided by
 * its maximum; all 0 where the map is flat.
 * @param images positions in the set
 * @throws as `aggregateGradients` does
 * @example
 * const [last] = surgery.traceModel(strong).convLayers.slice(-1);
 * const [map] = await heatMaps(strong, test, [0], { layer: last.name });
 */
export async function heatMaps(
  model: tf.LayersModel,
  set: ImageSet,
  images: readonly number[],
  options: HeatMapOptions,
): Promise<HeatMap[]> {
  await ensureBackend();
  const { layer, batchSize = IMAGES_PER_PASS, onProgress, signal } = options;
  requireLogits('heatMaps', model);
  requireFittingImages('heatMaps', model, set);
  const gradient = layerGradient(model, layer);
  const maps: HeatMap[] = [];
  try {
    const pass = { task: 'heat-maps', batchSize, order: images, onProgress, signal };
    await passOver(set, pass, async ({ x, labels, indices }) => {
      const held: tf.Tensor[] = [];
      try {
        const [mass] = gradient.run(x, labels, (g) => tf.sum<tf.Tensor3D>(tf.abs(g), 3));
        held.push(mass);
        const logits = tf.tidy(() => model.predict(x) as tf.Tensor2D);
        held.push(logits);
        const found = guesses(await logits.data<'float32'>(), labels, logits.shape[1], 'logits');
        const values = await mass.data<'float32'>();
        const [, height, width] = mass.shape;
        found.forEach((guess, b) => {
          const own = scaled(values.slice(b * height * width, (b + 1) * height * width));
          maps.push({ ...guess, image: indices[b], layer, height, width, values: own });
        });
      } finally {
        tf.dispose(held);
      }
    });
    return maps;
  } finally {
    gradient.dispose();
  }
}

/** Minimum to 0, maximum to 1. */
function scaled(values: Float32Array): Float32Array {
  const low = values.reduce((a, b) => Math.min(a, b), Infinity);
  const high = values.reduce((a, b) => Math.max(a, b), -Infinity);
  return high > low ? values.map((value) => (value - low) / (high - low)) : values.fill(0);
}

/**
 * One pair of heat-maps per class: of its most and its least confident image, see `selectImages`.
 * @param high the images of each class, the most confident correct one first
 * @param low the images of each class, the least confident one first
 */
export async function heatMapPairs(
  model: tf.LayersModel,
  set: ImageSet,
  high: readonly (readonly number[])[],
  low: readonly (readonly number[])[],
  options: HeatMapOptions,
): Promise<HeatMapPair[]> {
  await ensureBackend();
  const highs = high.map((own) => own[0] as number | undefined);
  const lows = low.map((own, c) => own.find((image) => image !== highs[c]));
  const wanted = [...new Set([...highs, ...lows].filter((image) => image !== undefined))];
  const found = new Map((await heatMaps(model, set, wanted, options)).map((map) => [map.image, map]));
  const of = (image: number | undefined) => (image === undefined ? null : (found.get(image) ?? null));
  return set.classNames.map((className, c) => ({ className, high: of(highs[c]), low: of(lows[c]) }));
}

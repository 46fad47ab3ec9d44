import { ensureBackend } from '../backend/ensure-backend.js';
import { batches } from '../datasets/batches.js';
import type { ImageSet } from '../datasets/dataset.js';
import { imageSetDigest } from '../datasets/image-set-digest.js';
import { IMAGES_PER_PASS } from '../datasets/images-at-once.js';
import { OptionError } from '../errors.js';
import { modelDigest } from '../models/model-digest.js';
import { runSumsPass } from '../run/checkpoint/resumable-sums.js';
import { seedStream } from '../run/mt19937.js';
import type { RunOptions } from '../run/options.js';
import * as tf from '../tf.js';
import { requireFittingImages, requireLogits } from '../training/check-images.js';
import type { KernelClassMap } from './kernel-class-map.js';
import { type LayerGradient, layerGradient, type NoiseDraws } from './layer-gradient.js';

/** What of a gradient counts: its magnitude, as in the paper, or its positive part, as in the published code. */
export type GradientPart = 'abs' | 'positive';

/** Noise added to the map, the gradient averaged over draws (spec doctor §2, equation 4). */
export interface GradientNoise {
  /** J, the number of draws. */
  readonly draws: number;
  /** Standard deviation σ of the normal noise, in units of the map. */
  readonly std: number;
}

export interface AggregationOptions extends RunOptions {
  /** Convolution layers by name. */
  layers: readonly string[];
  /** φ. Default 'abs'. */
  phi?: GradientPart;
  /** Default: none. */
  noise?: GradientNoise | null;
  /** Images per pass. Default `IMAGES_PER_PASS`, 125. */
  batchSize?: number;
  /** File that an interrupted call goes on from, with the same result. */
  checkpoint?: string;
}

/**
 * How much each kernel of a layer moves each class's logit. `values` is A[class][kernel] = Σ over the class's images and
 * the map's positions of φ(∂z_class / ∂map), averaged over the draws of noise.
 */
export interface GradientSums extends KernelClassMap {
  /** Images that were summed, per class. */
  readonly images: readonly number[];
}

/**
 * Class × kernel gradient sums (spec doctor §4), of images that were picked before. Each image's gradient is its own
 * logit's, without the 1/batch that makes small last batches count more in the published code (Q10): the result does not
 * depend on `batchSize`, to rounding. The noise of an image depends on the seed and its position in the set alone.
 * @param perClass positions of each class's images, see `selectImages`
 * @param options.seed seed of the noise
 * @returns one per layer, in the order of `layers`
 * @throws ModelError when the model puts out probabilities or a layer cannot be cut at; OptionError when images or options do
 *   not fit; InterruptedError
 */
export async function aggregateGradients(
  model: tf.LayersModel,
  set: ImageSet,
  perClass: readonly (readonly number[])[],
  options: AggregationOptions,
): Promise<GradientSums[]> {
  await ensureBackend();
  const { layers, phi = 'abs', noise = null, batchSize = IMAGES_PER_PASS, seed = 0 } = options;
  requireLogits('diagnose', model);
  requireFittingImages('diagnose', model, set);
  requireOptions(phi, noise, batchSize);
  const positions = perClass.flat();
  const classOf = perClass.flatMap((own, c) => own.map(() => c));
  const perLayer = Math.ceil(positions.length / batchSize);
  const sums: Float64Array[] = [];
  const gradients: LayerGradient[] = [];
  try {
    for (const layer of layers) {
      const gradient = layerGradient(model, layer);
      gradients.push(gradient);
      sums.push(new Float64Array(perClass.length * gradient.mapShape[2]!));
    }
    await runSumsPass({
      task: 'kernel gradients',
      steps: layers.length * perLayer,
      unit: 'batches',
      sums,
      step: async (i) => {
        const layer = Math.floor(i / perLayer);
        const start = (i % perLayer) * batchSize;
        const own = positions.slice(start, start + batchSize);
        const classes = classOf.slice(start, start + batchSize);
        const masses = gradientMasses(gradients[layer], set, { positions: own, classes, phi, noise, seed });
        try {
          addRows(sums[layer], await masses.data<'float32'>(), classes);
        } finally {
          masses.dispose();
        }
      },
      onProgress: options.onProgress,
      signal: options.signal,
      checkpoint: options.checkpoint,
      about: () => ({
        options: { layers, phi, noise, seed, batchSize, positions: perClass },
        images: imageSetDigest(set),
        weights: modelDigest(model),
      }),
    });
  } finally {
    gradients.forEach((gradient) => gradient.dispose());
  }
  return layers.map((layer, l) => {
    const kernels = gradients[l].mapShape[2]!;
    return {
      layer,
      classNames: set.classNames,
      kernels,
      images: perClass.map((own) => own.length),
      values: perClass.map((_, c) => Float32Array.from(sums[l].subarray(c * kernels, (c + 1) * kernels))),
      quantity: phi === 'abs' ? 'gradient mass' : 'positive gradient mass',
    };
  });
}

interface MassTask {
  readonly positions: readonly number[];
  readonly classes: readonly number[];
  readonly phi: GradientPart;
  readonly noise: GradientNoise | null;
  readonly seed: number;
}

/** Σ over positions of φ(G), averaged over the draws of noise: [batch, kernels]. The caller disposes it. */
function gradientMasses(gradient: LayerGradient, set: ImageSet, task: MassTask): tf.Tensor2D {
  const { positions, classes, phi, noise, seed } = task;
  return tf.tidy(() => {
    const [{ x }] = batches(set, { batchSize: positions.length, order: positions });
    const mass = (g: tf.Tensor4D) => tf.sum<tf.Tensor2D>(phi === 'abs' ? tf.abs(g) : tf.relu(g), [1, 2]);
    const masses = gradient.run(x, classes, mass, noise ? normalNoise(noise, positions, seed) : undefined);
    return masses.length === 1 ? masses[0] : tf.div<tf.Tensor2D>(tf.addN(masses), masses.length);
  });
}

/** Normal noise whose values depend on the seed, the image and the draw, not on the batch. */
function normalNoise({ draws, std }: GradientNoise, positions: readonly number[], seed: number): NoiseDraws {
  const streams = positions.map((image) => seedStream(seed, `gradient noise/${image}`));
  return {
    draws,
    draw: (shape) => {
      const values = new Float32Array(shape.reduce((a, b) => a * b, 1));
      const size = values.length / streams.length;
      streams.forEach((rng, b) => {
        for (let i = b * size; i < (b + 1) * size; i++) values[i] = std * rng.nextNormal();
      });
      return tf.tensor4d(values, shape);
    },
  };
}

/** Adds every image's row to the sum of its class. */
function addRows(sum: Float64Array, rows: Float32Array, classes: readonly number[]): void {
  const kernels = rows.length / classes.length;
  classes.forEach((c, b) => {
    for (let k = 0; k < kernels; k++) sum[c * kernels + k] += rows[b * kernels + k];
  });
}

function requireOptions(phi: GradientPart, noise: GradientNoise | null, batchSize: number): void {
  if (phi !== 'abs' && phi !== 'positive') {
    throw new OptionError(`phi: expected 'abs' or 'positive', got '${String(phi)}'.`);
  }
  if (noise && !(Number.isInteger(noise.draws) && noise.draws >= 1 && noise.std >= 0)) {
    throw new OptionError(
      `noise: expected draws, a whole number from 1 on, and std, 0 or more, got ${JSON.stringify(noise)}.`,
    );
  }
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw new OptionError(`batchSize: expected a whole number from 1 on, got ${batchSize}.`);
  }
}

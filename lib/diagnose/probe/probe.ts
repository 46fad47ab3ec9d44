import { ensureBackend } from '../../backend/ensure-backend.js';
import type { ImageSet } from '../../datasets/dataset.js';
import { IMAGES_PER_PASS } from '../../datasets/images-at-once.js';
import { subset } from '../../datasets/subset.js';
import { interruption } from '../../engine/interruption.js';
import { InterruptedError, OptionError } from '../../errors.js';
import { checkOption, wholeNumber } from '../../run/check-options.js';
import type { RunOptions } from '../../run/options.js';
import { ProgressMeter } from '../../run/progress.js';
import { readLayerGraph } from '../../surgery/graph/layer-graph.js';
import { cutAtLayer } from '../../surgery/passes/layer-tail.js';
import type * as tf from '../../tf.js';
import { attack } from '../attacks/attack.js';
import { type AttackMethod, type AttackSettings } from '../attacks/options.js';
import { leastConfident } from './least-confident.js';
import { mapDeviation, noisyPredictions, type ProbedImages } from './noisy-predictions.js';

/** What {@link probe} can be told. */
export interface ProbeOptions extends RunOptions {
  /** Convolution whose output, before batch norm and activation, is disturbed. Default: the last one. */
  layer?: string;
  /** Standard deviations of the noise, growing from 0 on. Default 0, 0.1, … 2.9, as the authors'. */
  noise?: readonly number[];
  /**
   * Whether the noise is in units of the standard deviation of the map's values over the set, since the maps of
   * different networks differ in scale. Default false: in the map's own units, as the authors'.
   */
  relative?: boolean;
  /** Noise maps per image; the results are means over them. The authors took 1. Default 5. */
  draws?: number;
  /** Where the adversarial images come from. Default: FGSM of 8/255. The authors' setting is {@link PUBLISHED_PROBE_ATTACK}. */
  attack?: AttackMethod;
  /** Attack only so many images of each class, those that the model is least sure about, as the authors did. Default: all. */
  leastConfidentPerClass?: number;
  /** Default `IMAGES_PER_PASS`, 125. */
  batchSize?: number;
  /** Keeps the finished images of the attack, which is what takes long. */
  checkpoint?: string;
}

/** A share of images per noise level, over the draws. */
export interface ProbeCurve {
  readonly mean: readonly number[];
  /** Standard deviation over the draws (n − 1); 0 for one draw. */
  readonly deviation: readonly number[];
}

/** Plain data; shares are 0–1. */
export interface ProbeResult {
  readonly kind: 'probeResult';
  readonly layer: string;
  /** Standard deviations of the noise, in the map's units, or in units of `mapDeviation` where `relative`. */
  readonly noise: readonly number[];
  readonly relative: boolean;
  /** Standard deviation of all values of the layer's maps of the set. */
  readonly mapDeviation: number;
  readonly draws: number;
  readonly seed: number;
  readonly attack: AttackSettings;
  readonly images: { readonly normal: number; readonly adversarial: number };
  readonly normalStaysRight: ProbeCurve;
  readonly adversarialToTrueClass: ProbeCurve;
  /** To the class that the model takes the adversarial image for without noise. */
  readonly adversarialToSameWrongClass: ProbeCurve;
}

/** The authors' adversarial images (spec doctor §8): one sign step of 0.5 in normalised units. */
export const PUBLISHED_PROBE_ATTACK: AttackMethod = { method: 'fgsm', budget: 0.5, units: 'normalised' };

const PUBLISHED_NOISE = Array.from({ length: 30 }, (_, i) => i / 10);

/**
 * The "isolated vs successive" study (spec doctor §8): Gaussian noise N(0, s²) is added to the output of one convolution, and
 * the predictions are counted. Normal images are those of the set that the model is right about; adversarial ones are made of
 * these, rounded to bytes as a file would hold them, and count when the model is wrong about them without noise. Every noise
 * level takes the same draws, scaled.
 * @throws OptionError on options that make no sense, when the model is right about no image, or the attack succeeds on none;
 *   ModelError when the model cannot be cut at the layer; InterruptedError
 * @example
 * const probed = await probe(strong, test, { noise: [0, 0.5], draws: 1, attack: { method: 'fgsm', budget: 8 / 255 }, seed: 1 });
 * plot.probe(probed).show();
 */
export async function probe(model: tf.LayersModel, set: ImageSet, options: ProbeOptions = {}): Promise<ProbeResult> {
  await ensureBackend();
  const { noise = PUBLISHED_NOISE, relative = false, draws = 5, seed = 0, batchSize = IMAGES_PER_PASS } = options;
  const { onProgress, signal, checkpoint, leastConfidentPerClass } = options;
  const method = options.attack ?? { method: 'fgsm', budget: 8 / 255 };
  checkOption('draws', draws, wholeNumber());
  if (noise[0] !== 0 || noise.some((s, i) => !(s > (noise[i - 1] ?? -1) && s < Infinity))) {
    throw new OptionError(`noise: expected growing numbers from 0 on, got ${JSON.stringify(noise)}.`);
  }
  const layer = options.layer ?? lastConvolution(model);
  const cut = cutAtLayer(model, layer);
  const stopped = interruption(signal);

  const victims =
    leastConfidentPerClass === undefined
      ? set
      : subset(set, await leastConfident(model, set, leastConfidentPerClass, { batchSize, signal }));
  const attacked = await attack(model, victims, {
    ...method,
    seed,
    batchSize,
    onProgress,
    signal,
    checkpoint,
    task: 'probe: adversarial images',
  });
  const fooled = Array.from(attacked.attacked.keys()).filter(
    (i) => attacked.attacked[i] === 1 && attacked.predictedRounded[i] !== victims.labels[i],
  );
  const sets = { normal: set, adversarial: subset(attacked.images, fooled) };
  const total = draws * (sets.normal.labels.length + sets.adversarial.labels.length);
  const meter = new ProgressMeter(onProgress, 'probe: noise', total, 'images');
  let done = 0;
  const pause = async (images: number): Promise<void> => {
    meter.update((done += images));
    await new Promise(setImmediate); // lets output, interrupts and other work through
    if (stopped()) throw new InterruptedError(`The probe stopped after ${done} of ${total} images.`);
  };
  const deviation = await mapDeviation(cut, sets.normal, batchSize, () => pause(0));
  const run = { noise: noise.map((s) => (relative ? s * deviation : s)), draws, seed, batchSize, pause };
  const normal = await noisyPredictions(cut, sets.normal, (label, predicted) => label === predicted, run);
  const adversarial = await noisyPredictions(cut, sets.adversarial, (label, predicted) => label !== predicted, run);
  if (normal.images === 0) {
    throw new OptionError('probe: the model is right about no image of the set; give it images that it knows.');
  }
  if (adversarial.images === 0) {
    throw new OptionError('probe: the attack succeeded on no image; give it a larger budget or more images.');
  }
  return {
    kind: 'probeResult',
    layer,
    noise: [...noise],
    relative,
    mapDeviation: deviation,
    draws,
    seed,
    attack: attacked.settings,
    images: { normal: normal.images, adversarial: adversarial.images },
    normalStaysRight: curveOf(normal, 'right'),
    adversarialToTrueClass: curveOf(adversarial, 'right'),
    adversarialToSameWrongClass: curveOf(adversarial, 'unchanged'),
  };
}

function lastConvolution(model: tf.LayersModel): string {
  const layer = readLayerGraph(model).findLast(({ className }) => className === 'Conv2D');
  if (!layer) throw new OptionError('layer: the model has no Conv2D layer; name the layer to disturb.');
  return layer.name;
}

function curveOf({ images, counts }: ProbedImages, what: 'right' | 'unchanged'): ProbeCurve {
  const draws = counts.map((draw) => Array.from(draw[what], (count) => count / images));
  const mean = draws[0].map((_, s) => draws.reduce((sum, draw) => sum + draw[s], 0) / draws.length);
  const deviation = mean.map((m, s) =>
    Math.sqrt(draws.reduce((sum, draw) => sum + (draw[s] - m) ** 2, 0) / Math.max(1, draws.length - 1)),
  );
  return { mean, deviation };
}

import { ensureBackend } from '../../backend/ensure-backend.js';
import { checkImageSet, imageBytes } from '../../datasets/check-image-set.js';
import type { ImageSet } from '../../datasets/dataset.js';
import { IMAGES_PER_PASS } from '../../datasets/images-at-once.js';
import { interruption } from '../../engine/interruption.js';
import { InterruptedError, OptionError } from '../../errors.js';
import { checkOption, wholeNumber } from '../../run/check-options.js';
import { ProgressMeter } from '../../run/progress.js';
import type * as tf from '../../tf.js';
import { requireFittingImages } from '../../training/check-images.js';
import { ATTACK_CHECKPOINT, attackFingerprint, savedImages, writeFinished } from './attack-checkpoint.js';
import { type AttackTask, gatherImages, predictedClass } from './attack-task.js';
import { carliniWagner } from './carlini-wagner.js';
import { deepfool } from './deepfool.js';
import { fgsm } from './fgsm.js';
import { emptyResults, type FinishedImages } from './finished-images.js';
import { noise } from './noise.js';
import { type AttackOptions, type AttackSettings, attackSettings } from './options.js';
import { channelBudgets, l2Distance, linfDistance, pixelValues, toBytes } from './perturbation.js';
import { pgd } from './pgd.js';
import { attackOutcome, type AttackResult } from './result.js';
import { openWhiteBox, type WhiteBox } from './white-box.js';

/**
 * Attacks a model with full knowledge of it (spec related C1): looks for changes of the images, within a budget or as small
 * as possible, that make it predict something else. Budgets and distances are in input units, pixel values 0–1 before
 * normalisation, and every changed image stays within 0–1. Images that the model is wrong about already are left alone.
 *
 * Methods: 'fgsm', 'pgd' (L∞ and L2), 'deepfool' (L2 and L∞), 'cw' (L2), and 'noise' as a control of the same size.
 * @param model any `tf.LayersModel` of images to classes; a softmax or sigmoid at its end is taken off
 * @param set images of the model's size and classes; its `normalisation` is how the model's input is made of them
 * @throws OptionError on options that make no sense or images that do not fit; ModelError when the model has no logits or
 *   no gradient; DataError for a damaged checkpoint; InterruptedError
 * @example
 * const { outcome } = await attack(strong, test, { method: 'pgd', budget: 4 / 255, steps: 3, seed: 1 });
 * console.log(`still right about ${(100 * outcome.accuracy).toFixed(1)} %`);
 */
export async function attack(model: tf.LayersModel, set: ImageSet, options: AttackOptions): Promise<AttackResult> {
  await ensureBackend();
  const settings = attackSettings(options);
  const { seed = 0, batchSize = IMAGES_PER_PASS, onProgress, signal, task = `attack (${settings.method})` } = options;
  checkOption('batchSize', batchSize, wholeNumber());
  requireFittingImages('attack', model, set);
  checkImageSet(set);
  const target = targetClass(options.target, settings, set.classNames);
  const count = set.labels.length;
  const stopped = interruption(signal);
  const checkpoint = ATTACK_CHECKPOINT.open(options.checkpoint, () =>
    attackFingerprint(settings, seed, target, model, set),
  );
  const saved = savedImages(checkpoint);
  const results = emptyResults(count, imageBytes(set));
  if (saved) results.add(saved);
  const meter = new ProgressMeter(onProgress, task, count, 'images', results.done);
  const whiteBox = await openWhiteBox(model, set.imageShape, set.normalisation);
  Object.assign(whiteBox.passes, saved?.passes);
  try {
    while (results.done < count) {
      const [from, to] = [results.done, Math.min(count, results.done + batchSize)];
      const pause = async (share: number): Promise<void> => {
        await new Promise(setImmediate); // lets output, interrupts and other work through
        if (stopped()) {
          throw new InterruptedError(`The attack stopped after ${from} of ${count} images${checkpoint.resume}`);
        }
        meter.update(Math.floor(from + Math.min(share, 0.999) * (to - from)));
      };
      await pause(0);
      results.add(await attackSome(whiteBox, set, { from, to }, settings, { seed, target, pause }));
      await writeFinished(checkpoint, results, whiteBox.passes);
      meter.update(results.done);
    }
  } finally {
    whiteBox.dispose();
  }
  return summarise(results, set, settings, { seed, target, passes: { ...whiteBox.passes } });
}

/** Attacks the images from one position up to another. */
async function attackSome(
  whiteBox: WhiteBox,
  set: ImageSet,
  { from, to }: { from: number; to: number },
  settings: AttackSettings,
  run: Pick<AttackTask, 'seed' | 'target' | 'pause'>,
): Promise<FinishedImages> {
  const size = imageBytes(set);
  const labels = set.labels.slice(from, to);
  const cleanBytes = set.pixels.subarray(from * size, to * size);
  const pixels = pixelValues(cleanBytes);
  const bytes = cleanBytes.slice();
  const predict = (values: Float32Array): Int32Array => {
    const logits = whiteBox.logits(values);
    return labels.map((_, i) => predictedClass(logits, i, whiteBox.classes));
  };
  const predictedBefore = predict(pixels);
  const attacked = Uint8Array.from(labels, (label, i) =>
    predictedBefore[i] === label && label !== run.target ? 1 : 0,
  );
  const chosen = Array.from(attacked.keys()).filter((i) => attacked[i] === 1);
  const part = { done: to - from, pixels, bytes, predictedBefore, attacked };
  if (chosen.length === 0) return { ...part, predicted: predictedBefore, predictedRounded: predictedBefore };
  const limits = 'units' in settings ? channelBudgets(settings, set) : [];
  const found = await runMethod(settings, {
    ...run,
    whiteBox,
    size,
    limits,
    clean: gatherImages(pixels.slice(), chosen, size),
    labels: Int32Array.from(chosen, (i) => labels[i]),
    positions: Int32Array.from(chosen, (i) => from + i),
  });
  chosen.forEach((i, row) => {
    const image = found.subarray(row * size, (row + 1) * size);
    const clean = cleanBytes.subarray(i * size, (i + 1) * size);
    pixels.set(image, i * size);
    bytes.set(toBytes(image, clean, limits.length > 0 ? { norm: settings.norm, limits } : null), i * size);
  });
  return { ...part, predicted: predict(pixels), predictedRounded: predict(pixelValues(bytes)) };
}

function runMethod(settings: AttackSettings, task: AttackTask): Promise<Float32Array> {
  switch (settings.method) {
    case 'fgsm':
      return fgsm(task, settings);
    case 'pgd':
      return pgd(task, settings);
    case 'deepfool':
      return deepfool(task, settings);
    case 'cw':
      return carliniWagner(task, settings);
    case 'noise':
      return noise(task, settings);
  }
}

function summarise(
  results: FinishedImages,
  set: ImageSet,
  settings: AttackSettings,
  run: { seed: number; target: number | null; passes: AttackResult['passes'] },
): AttackResult {
  const size = imageBytes(set);
  const { labels } = set;
  const clean = pixelValues(set.pixels);
  const measure = (values: Float32Array, distance: typeof l2Distance): Float32Array =>
    Float32Array.from(labels, (_, i) =>
      distance(values.subarray(i * size, (i + 1) * size), clean.subarray(i * size, (i + 1) * size)),
    );
  const { pixels, attacked, predictedBefore, predicted, predictedRounded } = results;
  const rounded = pixelValues(results.bytes);
  const sizes = { linf: measure(pixels, linfDistance), l2: measure(pixels, l2Distance) };
  const roundedSizes = { linf: measure(rounded, linfDistance), l2: measure(rounded, l2Distance) };
  // Methods with a budget keep it themselves; the others find what they find, and it is judged here.
  const largest = 'units' in settings ? null : settings.budget;
  const judge = (what: { predicted: Int32Array; linf: Float32Array; l2: Float32Array }) =>
    attackOutcome({ labels, attacked, ...what }, run.target, largest, settings.norm);
  return {
    kind: 'attackResult',
    settings,
    seed: run.seed,
    target: run.target === null ? null : set.classNames[run.target],
    images: { ...set, pixels: results.bytes },
    pixels,
    attacked,
    predictedBefore,
    predicted,
    predictedRounded,
    ...sizes,
    outcome: judge({ predicted, ...sizes }),
    roundedOutcome: judge({ predicted: predictedRounded, ...roundedSizes }),
    cleanAccuracy: labels.reduce((hits, label, i) => hits + (predictedBefore[i] === label ? 1 : 0), 0) / labels.length,
    passes: run.passes,
  };
}

/** @throws OptionError for an unknown class, or a method that cannot aim */
function targetClass(
  target: string | number | undefined,
  { method }: AttackSettings,
  classNames: readonly string[],
): number | null {
  if (target === undefined) return null;
  if (method === 'deepfool' || method === 'noise') {
    throw new OptionError(`target: '${method}' cannot aim at a class; use 'fgsm', 'pgd' or 'cw'.`);
  }
  const index = typeof target === 'number' ? target : classNames.indexOf(target);
  if (!(index in classNames)) {
    throw new OptionError(
      `target: expected one of ${classNames.slice(0, 12).join(', ')}, got ${JSON.stringify(target)}.`,
    );
  }
  return index;
}

import { ensureBackend } from '../backend/ensure-backend.js';
import type { Precision } from '../backend/inference-plan.js';
import { checkClassNames } from '../datasets/check-image-set.js';
import type { ImageSet } from '../datasets/dataset.js';
import { IMAGES_PER_PASS } from '../datasets/images-at-once.js';
import { passOver } from '../datasets/pass-over.js';
import type { ImageSource } from '../datasets/source/image-source.js';
import { ModelError, OptionError } from '../errors.js';
import { type ClassReport, classReport } from '../metrics/class-report.js';
import type { Classifier } from '../models/classifier.js';
import type { RunOptions } from '../run/options.js';
import { inferenceOf } from '../surgery/passes/any-inference.js';
import * as tf from '../tf.js';
import { requireClassifier, requireFittingImages, requireImages, requireModel } from './check-images.js';

/** What {@link evaluate} and {@link predictScores} can be told. */
export interface EvaluateOptions extends Omit<RunOptions, 'seed'> {
  /** Images per forward pass. Default `IMAGES_PER_PASS`, 125. */
  batchSize?: number;
  /**
   * What convolutions and dense layers multiply: `'bf16'` moves scores by some hundredths, and whether it is faster than
   * float32 depends on the processor; see `CompileOptions`. Default `'f32'`.
   */
  precision?: Precision;
  task?: string;
}

/**
 * Scores of every image.
 * @returns [images · classes] row by row: logits, probabilities or whatever the model puts out
 * @throws ModelError when the model puts out several things or maps, or what is not a number; OptionError when the precision
 *   is not to be had here
 * @example
 * const { scores, classes } = await predictScores(strong, test);
 * const ofFirstImage = scores.subarray(0, classes);
 */
export async function predictScores(
  model: tf.LayersModel | Classifier,
  set: ImageSet | ImageSource,
  options: EvaluateOptions = {},
): Promise<{ scores: Float32Array; classes: number }> {
  await ensureBackend();
  const caller = options.task ?? 'predictScores';
  if (model instanceof tf.LayersModel) requireClassifier(caller, model);
  else requireOwnClassifier(caller, model);
  requireImages(caller, set);
  const { batchSize = IMAGES_PER_PASS, onProgress, signal, precision, task = 'evaluate' } = options;
  const images = set.labels.length;
  if (images === 0) throw new OptionError('evaluate: the image set is empty.');
  const inference = inferenceOf(model, { precision });
  try {
    let scores = new Float32Array(0);
    let classes = 0;
    await passOver(set, { task, batchSize, onProgress, signal }, async ({ x }, done) => {
      const y = inference.predict(x);
      classes = y.shape[1];
      if (done === 0) scores = new Float32Array(images * classes);
      scores.set(await y.data<'float32'>(), done * classes);
      y.dispose();
    });
    const bad = scores.findIndex((score) => Number.isNaN(score));
    if (bad >= 0) {
      throw new ModelError(
        `The model's scores of image ${Math.floor(bad / classes)} are not numbers: check its weights.`,
      );
    }
    return { scores, classes };
  } finally {
    inference.dispose();
  }
}

/** @throws OptionError when it is neither a model nor something that predicts */
function requireOwnClassifier(caller: string, model: Classifier): void {
  if (typeof (model as Partial<Classifier> | null | undefined)?.predict === 'function') return;
  requireModel(caller, model as unknown as tf.LayersModel);
}

/** Column of the highest score per row; of equals the first. */
function argmaxRows(scores: Float32Array, classes: number): Int32Array {
  const winners = new Int32Array(scores.length / classes);
  for (let i = 0; i < winners.length; i++) {
    let best = 0;
    for (let c = 1; c < classes; c++) if (scores[i * classes + c] > scores[i * classes + best]) best = c;
    winners[i] = best;
  }
  return winners;
}

/**
 * Per-class precision, recall, F1 and confusion of a model on a set of images, in evaluation mode.
 *
 * A `tf.LayersModel` has its classes in the order of the set's; a classifier that names its classes may have them in
 * another order.
 * @throws OptionError when the set is empty, or its images or classes are not the model's; ModelError when the scores
 *   are not numbers; InterruptedError on `signal`
 * @example
 * const report = await evaluate(strong, test);
 * console.log(`${(100 * report.accuracy).toFixed(1)} % of ${report.images} images`);
 * plot.confusion(report).show();
 */
export async function evaluate(
  model: tf.LayersModel | Classifier,
  set: ImageSet | ImageSource,
  options: EvaluateOptions = {},
): Promise<ClassReport> {
  if (model instanceof tf.LayersModel) requireFittingImages('evaluate', model, set);
  else requireOwnClassifier('evaluate', model);
  requireImages('evaluate', set);
  checkClassNames('evaluate, class names of the images', set.classNames);
  const names = model instanceof tf.LayersModel ? set.classNames : model.classNames;
  checkClassNames('evaluate, class names of the model', names);
  const place = names.map((name) => set.classNames.indexOf(name));
  if (names.length !== set.classNames.length || place.includes(-1)) {
    throw new OptionError(
      `evaluate: the classifier knows ${names.slice(0, 12).join(', ')}; the images are of ${set.classNames.slice(0, 12).join(', ')}.`,
    );
  }
  const { scores, classes } = await predictScores(model, set, options);
  const predictions = argmaxRows(scores, classes).map((column) => place[column]);
  return classReport(set.labels, predictions, set.classNames);
}

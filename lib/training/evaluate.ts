import * as tf from '../tf.js';
import { batches } from '../datasets/batches.js';
import type { ImageSet } from '../datasets/dataset.js';
import { InterruptedError, ModelError, OptionError } from '../errors.js';
import { classReport, type ClassReport } from '../metrics/class-report.js';
import type { Classifier } from '../models/classifier.js';
import type { RunOptions } from '../run/options.js';
import { ProgressMeter } from '../run/progress.js';
import { compileInference, type CompiledInference } from '../surgery/inference.js';

export interface EvaluateOptions extends Omit<RunOptions, 'seed'> {
  /** Images per forward pass. Default 125. */
  batchSize?: number;
  task?: string;
}

/**
 * Scores of every image.
 * @returns [images · classes] row by row: logits, probabilities or whatever the model puts out
 */
export async function predictScores(
  model: tf.LayersModel | Classifier,
  set: ImageSet,
  options: EvaluateOptions = {},
): Promise<{ scores: Float32Array; classes: number }> {
  const { batchSize = 125, onProgress, signal, task = 'evaluate' } = options;
  const images = set.labels.length;
  if (images === 0) throw new OptionError('evaluate: the image set is empty.');
  const inference = inferenceOf(model);
  try {
    let scores = new Float32Array(0);
    let classes = 0;
    const meter = new ProgressMeter(onProgress, task, images, 'images');
    let done = 0;
    for (const { x, labels } of batches(set, { batchSize })) {
      if (signal?.aborted) {
        x.dispose();
        throw new InterruptedError(`Evaluation stopped after ${done} of ${images} images.`);
      }
      const y = inference.predict(x);
      if (done === 0) {
        classes = y.shape[1];
        scores = new Float32Array(images * classes);
      }
      scores.set(await y.data<'float32'>(), done * classes);
      tf.dispose([x, y]);
      done += labels.length;
      meter.update(done);
      await new Promise(setImmediate); // lets output, interrupts and other work through
    }
    return { scores, classes };
  } finally {
    inference.dispose();
  }
}

/** The fused forward pass where surgery knows all of a model's layers, else the model's own. */
function inferenceOf(model: tf.LayersModel | Classifier): Pick<CompiledInference, 'predict' | 'dispose'> {
  if (model instanceof tf.LayersModel) {
    try {
      return compileInference(model);
    } catch (error) {
      if (!(error instanceof ModelError)) throw error;
      return { predict: (x) => tf.tidy(() => model.predict(x) as tf.Tensor2D), dispose: () => undefined };
    }
  }
  return { predict: (x) => model.predict(x), dispose: () => undefined };
}

/** Class with the highest score per row; of equals the first. */
export function argmaxRows(scores: Float32Array, classes: number): Int32Array {
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
 * @throws OptionError when the set is empty or the model's classes are not the set's
 */
export async function evaluate(
  model: tf.LayersModel | Classifier,
  set: ImageSet,
  options: EvaluateOptions = {},
): Promise<ClassReport> {
  const { scores, classes } = await predictScores(model, set, options);
  if (classes !== set.classNames.length) {
    throw new OptionError(
      `evaluate: the model puts out ${classes} classes, the images have ${set.classNames.length} (${set.classNames.slice(0, 12).join(', ')}).`,
    );
  }
  return classReport(set.labels, argmaxRows(scores, classes), set.classNames);
}

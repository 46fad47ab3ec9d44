import type { ImageSet } from '../datasets/dataset.js';
import { splitTrainValidation } from '../datasets/split-train-validation.js';
import { OptionError } from '../errors.js';
import { taskScore, type TaskScore } from '../metrics/task-score.js';
import { countMacs } from '../models/count-macs.js';
import type { RunOptions } from '../run/options.js';
import { predictScores } from '../training/evaluate.js';
import { fit } from '../training/fit.js';
import type { FitOptions } from '../training/fit-options.js';
import type * as tf from '../tf.js';

/** How the model that modules compete with is trained: from scratch, on the images of the new task. */
export interface ScratchRecipe extends Pick<
  FitOptions,
  'epochs' | 'batchSize' | 'learningRate' | 'optimizer' | 'schedule' | 'augment'
> {
  /** What tables call the network, e.g. 'ResNet-20'. */
  readonly network: string;
  /** The untrained network for images and classes of this number. */
  readonly build: (classes: number, seed: number, imageShape: readonly [number, number, number]) => tf.LayersModel;
}

/** A model trained from scratch on a task, at its best epoch. Plain data. */
export interface ScratchResult extends TaskScore {
  readonly network: string;
  readonly epochs: number;
  /** Epoch whose weights were tested: the best on a fifth of the training images, of equals the last. */
  readonly bestEpoch: number;
  readonly trainImages: number;
  /** Multiply-adds of one forward pass of one image. */
  readonly macs: number;
  /** Seconds of training: all epochs, and up to the best. */
  readonly seconds: { readonly allEpochs: number; readonly bestEpoch: number; readonly predict: number };
}

export interface ScratchOptions extends RunOptions {
  /** File that the training's state is written to after every epoch; see `fit`. */
  checkpoint?: string;
  /** What the progress line calls the task. */
  task?: string;
}

/**
 * Trains a network from scratch on a task and tests it: the baseline of reuse and replacement (spec decompose §3.2). A
 * fifth of the training images chooses the epoch; the test images choose nothing.
 * @throws OptionError on a recipe that makes no sense; InterruptedError on `signal`
 */
export async function scratchBaseline(
  train: ImageSet,
  test: ImageSet,
  recipe: ScratchRecipe,
  options: ScratchOptions = {},
): Promise<ScratchResult> {
  const { seed = 0, checkpoint, onProgress, signal, task = 'train from scratch' } = options;
  const { network, build, ...training } = recipe;
  const classes = test.classNames.length;
  const model = build(classes, seed, train.imageShape);
  try {
    if (model.outputs[0].shape[1] !== classes) {
      throw new OptionError(
        `scratch recipe '${network}': expected build(classes) to give a network of ${classes} outputs, got ${model.outputs[0].shape[1]}.`,
      );
    }
    const halves = splitTrainValidation(train, { seed });
    const { history, epoch } = await fit(model, halves.train, {
      ...training,
      validation: halves.validation,
      keep: 'best',
      ...{ seed, checkpoint, onProgress, signal, task },
    });
    const startedAt = performance.now();
    const { scores } = await predictScores(model, test, { signal });
    const predict = (performance.now() - startedAt) / 1000;
    const seconds = (upTo: number) =>
      history.filter((record) => record.epoch <= upTo).reduce((sum, record) => sum + record.seconds, 0);
    return {
      ...taskScore(scores, test.labels, test.classNames),
      network,
      epochs: recipe.epochs,
      bestEpoch: epoch,
      trainImages: halves.train.labels.length,
      macs: countMacs(model).total,
      seconds: { allEpochs: seconds(recipe.epochs), bestEpoch: seconds(epoch), predict },
    };
  } finally {
    model.dispose();
  }
}

import { ensureBackend } from '../../backend/ensure-backend.js';
import type { ImageSet } from '../../datasets/dataset.js';
import { splitTrainValidation } from '../../datasets/split-train-validation.js';
import { OptionError } from '../../errors.js';
import { type TaskScore, taskScore } from '../../metrics/task-score.js';
import type { RunOptions } from '../../run/options.js';
import { countMacs } from '../../surgery/trace/count-macs.js';
import type * as tf from '../../tf.js';
import { predictScores } from '../../training/evaluate.js';
import { fit } from '../../training/fit.js';
import type { FitOptions } from '../../training/fit-options.js';
import { type Effort, withEffort } from './effort.js';

/** How the model that modules compete with is trained: from scratch, on the images of the new task. */
export interface ScratchRecipe extends Pick<
  FitOptions,
  'epochs' | 'batchSize' | 'learningRate' | 'optimizer' | 'schedule' | 'augment'
> {
  /** What tables call the network, e.g. 'ResNet-20'. */
  readonly network: string;
  /**
   * The untrained network for images and classes of this number, the same weights each time: a resumed experiment is
   * refused when it begins with others.
   */
  readonly build: (classes: number, seed: number, imageShape: readonly [number, number, number]) => tf.LayersModel;
}

/** A model trained from scratch on a task, at its best epoch. Plain data. */
export interface ScratchResult extends TaskScore {
  readonly network: string;
  readonly epochs: number;
  /** Epoch whose weights were tested: the best on a fifth of the training images, of equals the last. */
  readonly bestEpoch: number;
  readonly trainImages: number;
  /**
   * What training took, with the choice of the epoch, all epochs and up to the best; and the test. A training step counts as three
   * forward passes.
   */
  readonly effort: { readonly allEpochs: Effort; readonly bestEpoch: Effort; readonly predict: Effort };
}

/** What {@link scratchBaseline} can be told. */
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
  await ensureBackend();
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
    const { result, effort: predict } = await withEffort(() => predictScores(model, test, { signal }));
    const { total } = countMacs(model);
    const epochMacs = total * (3 * halves.train.labels.length + halves.validation.labels.length);
    const effortOf = (upTo: number): Effort => ({
      seconds: history.slice(0, upTo).reduce((sum, { seconds }) => sum + seconds, 0),
      macs: upTo * epochMacs,
    });
    return {
      ...taskScore(result.scores, test.labels, test.classNames),
      network,
      epochs: recipe.epochs,
      bestEpoch: epoch,
      trainImages: halves.train.labels.length,
      effort: { allEpochs: effortOf(recipe.epochs), bestEpoch: effortOf(epoch), predict },
    };
  } finally {
    model.dispose();
  }
}

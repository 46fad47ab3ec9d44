import { ensureBackend } from '../../backend/ensure-backend.js';
import type { ImageSet } from '../../datasets/dataset.js';
import { interruption } from '../../engine/interruption.js';
import { InterruptedError, OptionError } from '../../errors.js';
import { shortened } from '../../printable.js';
import type { RunOptions } from '../../run/options.js';
import { logOdds } from '../../surgery/modules/log-odds.js';
import type { Module } from '../../surgery/modules/module.js';
import { moduleScores } from '../../surgery/modules/module-scores.js';
import { fitScaleAndBias } from '../../surgery/modules/scale-and-bias.js';
import { calibratedModule } from './calibrated-module.js';

/** How {@link calibrateModules} goes about it. */
export interface CalibrateModulesOptions extends Pick<RunOptions, 'signal'> {
  /** Images per forward pass. Default 125. */
  readonly batchSize?: number;
}

/**
 * Makes the scores of modules of different models comparable: every module gets one scale and one bias, so that the softmax over all of
 * them fits the labels of some images best, with a light prior that holds the modules together. Some 40 images of each class do.
 * Probabilities are scaled as log odds. Not published; GradSplitter composes modules as they are (spec cnnsplitter §4.6).
 * @param modules one for every class of the images
 * @param images to fit on: not those that trained the models, nor those that the composition is reported on
 * @returns modules whose score is a logit, in the order of the images' classes. They run on those given, which must not be disposed meanwhile
 * @throws OptionError unless there is one module for every class; InterruptedError on `signal`
 * @example
 * const comparable = await reuse.calibrateModules(Object.values(modules), validation);
 * console.log((await evaluate(composeModules(comparable), test)).accuracy);
 */
export async function calibrateModules(
  modules: readonly Module[],
  images: ImageSet,
  { batchSize, signal }: CalibrateModulesOptions = {},
): Promise<Module[]> {
  await ensureBackend();
  const { classNames, labels } = images;
  const ordered = classNames.map((name) => modules.find(({ targetClass }) => targetClass === name));
  const whole = ordered.filter((module) => module !== undefined);
  if (whole.length !== classNames.length || modules.length !== classNames.length) {
    throw new OptionError(
      `calibrateModules: expected one module for every class of the images (${shortened(classNames.join(', '), 100)}), got modules of ` +
        `${modules.length === 0 ? 'none' : shortened(modules.map(({ targetClass }) => targetClass).join(', '), 100)}.`,
    );
  }
  const stopped = interruption(signal);
  const check = () => {
    if (stopped()) throw new InterruptedError('calibrateModules: stopped before anything was fitted.');
  };
  const scores = await moduleScores(whole, images, { batchSize, check });
  const logits = scores.map((score, i) => {
    return whole[i % whole.length].scoreKind === 'probability' ? logOdds(score) : score;
  });
  const { scale, bias } = fitScaleAndBias(logits, labels, classNames.length);
  return whole.map((module, c) => calibratedModule(module, scale[c], bias[c], labels.length));
}

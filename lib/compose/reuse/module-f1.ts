import type { ImageSet } from '../../datasets/dataset.js';
import { OptionError } from '../../errors.js';
import type { Module } from '../../surgery/modules/module.js';
import type { EvaluateOptions } from '../../training/evaluate.js';
import { scoresForClass } from './scores-for-class.js';

/** A module says yes when its score is above this (spec cnnsplitter §4.6). */
const YES = 0.5;

/**
 * How well a module tells its class from the others: F1 of "score above 0.5" against "image of its target class".
 * @returns 0–1, or null where neither an image of the class nor a yes is there
 * @throws OptionError for a module whose score is no probability, and has no such threshold, or a set without the target class
 */
export async function moduleF1(module: Module, set: ImageSet, options: EvaluateOptions = {}): Promise<number | null> {
  if (module.scoreKind !== 'probability') {
    throw new OptionError(
      `moduleF1: the module of '${module.targetClass}' puts out a ${module.scoreKind}, which has no threshold (it has no head). ` +
        "Take modules whose score is a probability, such as those of 'gradsplitter'.",
    );
  }
  const { scores, label } = await scoresForClass('moduleF1', module, set, options);
  let hits = 0;
  let wrong = 0;
  scores.forEach((value, i) => {
    const yes = value > YES;
    const own = set.labels[i] === label;
    if (yes && own) hits++;
    else if (yes !== own) wrong++;
  });
  return hits + wrong === 0 ? null : (2 * hits) / (2 * hits + wrong);
}

import type { ImageSet } from '../../datasets/dataset.js';
import { areaUnderCurve } from '../../metrics/area-under-curve.js';
import type { Module } from '../../surgery/modules/module.js';
import type { EvaluateOptions } from '../../training/evaluate.js';
import { scoresForClass } from './scores-for-class.js';

/**
 * How well a module's score ranks images of its class above the others: the area under its ROC curve. Unlike {@link moduleF1} it has no
 * threshold, so it also takes modules whose score is a logit or a margin, and does not ask that 0.5 means the same in all models.
 * @returns 0–1, 0.5 by chance; null where the images are all of its class, or none is
 * @throws OptionError for a set without the target class
 * @example
 * console.log(await reuse.moduleAuc(modules['circle'], validation));
 */
export async function moduleAuc(module: Module, set: ImageSet, options: EvaluateOptions = {}): Promise<number | null> {
  const { scores, label } = await scoresForClass('moduleAuc', module, set, options);
  return areaUnderCurve(scores, set.labels, label);
}

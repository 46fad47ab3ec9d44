import { ensureBackend } from '../../backend/ensure-backend.js';
import type { ImageSet } from '../../datasets/dataset.js';
import { OptionError } from '../../errors.js';
import type { Module } from '../../surgery/modules/module.js';
import { type EvaluateOptions, predictScores } from '../../training/evaluate.js';

/**
 * A module's score of every image, and the label of its class among them.
 * @param caller named in the error
 * @throws OptionError for a set without the target class
 */
export async function scoresForClass(
  caller: string,
  module: Module,
  set: ImageSet,
  options: EvaluateOptions,
): Promise<{ scores: Float32Array; label: number }> {
  await ensureBackend();
  const label = set.classNames.indexOf(module.targetClass);
  if (label < 0) {
    throw new OptionError(
      `${caller}: the images have no class '${module.targetClass}'; they have ${set.classNames.slice(0, 12).join(', ')}.`,
    );
  }
  const score = module.open();
  try {
    const { scores } = await predictScores({ classNames: [module.targetClass], predict: score.predict }, set, options);
    return { scores, label };
  } finally {
    score.dispose();
  }
}

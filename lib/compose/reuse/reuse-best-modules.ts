import { ensureBackend } from '../../backend/ensure-backend.js';
import type { ImageSet } from '../../datasets/dataset.js';
import { OptionError } from '../../errors.js';
import type { Module } from '../../surgery/modules/module.js';
import type { EvaluateOptions } from '../../training/evaluate.js';
import { moduleF1 } from './module-f1.js';

/** F1 of the modules of several models, and the best module of every class. */
export interface ModuleChoice {
  readonly kind: 'moduleChoice';
  readonly classNames: readonly string[];
  /** [model][class] F1 on the evaluation images, null where it is not defined. */
  readonly f1: readonly (readonly (number | null)[])[];
  /** Per class the model whose module is best. */
  readonly chosen: readonly number[];
  /** The chosen modules, ready to be composed. */
  readonly modules: readonly Module[];
}

/**
 * A more accurate model for the same task out of several models split into modules: for every class the module with the
 * highest F1 is taken, whichever model it comes from (spec cnnsplitter §4.6). Compose the result with `composeModules`.
 * @param models each model's modules by class name; every one has all classes of the images
 * @param evaluation images to choose by; not those that the composed model is reported on
 * @throws OptionError when there is no model or a module is missing
 */
export async function chooseBestModules(
  models: readonly Readonly<Record<string, Module>>[],
  evaluation: ImageSet,
  options: EvaluateOptions = {},
): Promise<ModuleChoice> {
  await ensureBackend();
  if (models.length === 0) throw new OptionError('chooseBestModules: expected at least one model, got none.');
  const { classNames } = evaluation;
  models.forEach((modules, i) => {
    const missing = classNames.find((name) => !Object.hasOwn(modules, name));
    if (missing !== undefined) {
      throw new OptionError(`chooseBestModules: model ${i} has no module for the class '${missing}'.`);
    }
  });
  const f1: (number | null)[][] = [];
  for (const modules of models) {
    const row: (number | null)[] = [];
    for (const name of classNames) row.push(await moduleF1(modules[name], evaluation, options));
    f1.push(row);
  }
  const chosen = classNames.map((_, c) => indexOfBest(f1.map((row) => row[c])));
  return {
    kind: 'moduleChoice',
    classNames,
    f1,
    chosen,
    modules: chosen.map((model, c) => models[model][classNames[c]]),
  };
}

/** The first of the highest values; values that are not defined count for nothing. */
export function indexOfBest(values: readonly (number | null)[]): number {
  return values.reduce<number>((best, value, i) => ((value ?? -1) > (values[best] ?? -1) ? i : best), 0);
}

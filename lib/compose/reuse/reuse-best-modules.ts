import { ensureBackend } from '../../backend/ensure-backend.js';
import type { ImageSet } from '../../datasets/dataset.js';
import { OptionError } from '../../errors.js';
import type { Module } from '../../surgery/modules/module.js';
import { type ChooseModulesOptions, type ModuleWorth, moduleWorth } from './module-worth.js';

/** What the modules of several models are worth, and the best module of every class. */
export interface ModuleChoice {
  readonly kind: 'moduleChoice';
  readonly classNames: readonly string[];
  /** What `worth` holds. */
  readonly by: ModuleWorth;
  /** [model][class] F1 or area under the curve on the evaluation images, 0–1, null where it is not defined. */
  readonly worth: readonly (readonly (number | null)[])[];
  /** Per class the model whose module is best. */
  readonly chosen: readonly number[];
  /** The chosen modules, ready to be composed. */
  readonly modules: readonly Module[];
}

/**
 * A more accurate model for the same task out of several models split into modules: for every class the module with the
 * highest F1, or area under the curve, is taken, whichever model it comes from (spec cnnsplitter §4.6). Compose the result with `composeModules`;
 * {@link calibrateModules} makes scores of different models comparable first.
 * @param models each model's modules by class name; every one has all classes of the images
 * @param evaluation images to choose by; not those that the composed model is reported on
 * @throws OptionError when there is no model, a module is missing, or `by` is unknown; for 'f1' also when a score is no probability
 * @example
 * const choice = await reuse.chooseBestModules([modules], validation, { by: 'auc' });
 * console.log(choice.worth, choice.chosen);
 */
export async function chooseBestModules(
  models: readonly Readonly<Record<string, Module>>[],
  evaluation: ImageSet,
  options: ChooseModulesOptions = {},
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
  const worth: (number | null)[][] = [];
  for (const modules of models) {
    const row: (number | null)[] = [];
    for (const name of classNames) row.push(await moduleWorth(modules[name], evaluation, options));
    worth.push(row);
  }
  const chosen = classNames.map((_, c) => indexOfBest(worth.map((row) => row[c])));
  return {
    kind: 'moduleChoice',
    classNames,
    by: options.by ?? 'f1',
    worth,
    chosen,
    modules: chosen.map((model, c) => models[model][classNames[c]]),
  };
}

/** The first of the highest values; values that are not defined count for nothing. */
export function indexOfBest(values: readonly (number | null)[]): number {
  return values.reduce<number>((best, value, i) => ((value ?? -1) > (values[best] ?? -1) ? i : best), 0);
}

import { ensureBackend } from '../../backend/ensure-backend.js';
import type { ImageSet } from '../../datasets/dataset.js';
import { concatSets, keepClasses, withClassNames } from '../../datasets/subset.js';
import { OptionError } from '../../errors.js';
import type { Module } from '../../surgery/modules/module.js';
import { type ChooseModulesOptions, moduleWorth } from './module-worth.js';
import { indexOfBest } from './reuse-best-modules.js';

/**
 * The images of one class of each of two data sets, as a set of two classes: 0 for the first, 1 for the second
 * (spec cnnsplitter §4.7).
 * @throws OptionError for an unknown class or two classes of the same name; DataError when image shape or normalisation
 *   differ
 */
export function binaryTask(first: ImageSet, firstClass: string, second: ImageSet, secondClass: string): ImageSet {
  if (firstClass === secondClass) {
    throw new OptionError(
      `binaryTask: expected two class names, got '${firstClass}' twice. Rename one (withClassNames).`,
    );
  }
  const names = [firstClass, secondClass];
  const only = (set: ImageSet, name: string) => keepClasses(set, [name], { relabel: true });
  return concatSets(
    withClassNames(only(first, firstClass), names, () => 0),
    withClassNames(only(second, secondClass), names, () => 1),
  );
}

/**
 * A classifier for a new binary task out of modules of two data sets: of each side's candidates the one with the highest F1,
 * or area under the curve, on the task's evaluation images (spec cnnsplitter §4.7). Compose the pair with `composeModules`.
 * @param candidates modules of the first class and of the second, each from one or more models
 * @param evaluation see {@link binaryTask}; not the images that the pair is reported on
 * @throws OptionError when a side has no candidate, or `by` is unknown; for 'f1' also when a score is no probability
 */
export async function chooseBinaryModules(
  candidates: readonly [readonly Module[], readonly Module[]],
  evaluation: ImageSet,
  options: ChooseModulesOptions = {},
): Promise<[Module, Module]> {
  await ensureBackend();
  const best = async (side: readonly Module[]) => {
    if (side.length === 0) throw new OptionError('chooseBinaryModules: expected at least one module on either side.');
    const worth: (number | null)[] = [];
    for (const module of side) worth.push(await moduleWorth(module, evaluation, options));
    return side[indexOfBest(worth)];
  };
  return [await best(candidates[0]), await best(candidates[1])];
}

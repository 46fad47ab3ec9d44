import { OptionError } from '../errors.js';
import type { Classifier } from '../models/classifier.js';
import type { Module, ScoreKind } from '../surgery/modules/module.js';
import { openModules } from '../surgery/modules/open-modules.js';

/** A classifier made of modules, one class each. Dispose it after use; the modules stay. */
export interface ComposedModel extends Classifier {
  /** Frees what it holds; what it was made of stays. */
  dispose(): void;
}

/** A composition by {@link composeModules}. */
export interface ComposedModules extends ComposedModel {
  /** In the order of the scores. */
  readonly modules: readonly Module[];
}

/**
 * Runs modules of any kind side by side and puts their scores beside each other: [batch, modules], logits, probabilities or margins
 * as the modules' `scoreKind` says. No training and no calibration; the prediction is the argmax (spec cnnsplitter §1, decompose §3.1).
 * Modules may come from different models; nothing makes their scores comparable then (spec cnnsplitter §6.2.6). Modules of nodes of
 * one network share its passes.
 * @param given modules, or a split's record of them
 * @throws OptionError when there is no module, two have the same target class, or their scores are of several kinds
 * @example
 * const composed = composeModules(modules);
 * console.log((await evaluate(composed, test)).accuracy);
 * composed.dispose();
 */
export function composeModules(given: readonly Module[] | Readonly<Record<string, Module>>): ComposedModules {
  if (typeof given !== 'object' || (given as object | null) === null) {
    throw new OptionError(`composeModules: expected modules, such as (await split(…)).modules, got ${typeof given}.`);
  }
  const modules: readonly Module[] = Array.isArray(given) ? (given as readonly Module[]) : Object.values(given);
  const other = modules.find((module) => String(module.inputShape) !== String(modules[0].inputShape));
  if (other) {
    const shape = (module: Module): string => module.inputShape.map((size) => size ?? 'any').join('×');
    throw new OptionError(
      `composeModules: expected modules of images of one size, got ${shape(modules[0])} ('${modules[0].targetClass}') and ${shape(other)} ` +
        `('${other.targetClass}').`,
    );
  }
  const classNames = modules.map((module) => module.targetClass);
  if (modules.length === 0) throw new OptionError('composeModules: expected at least one module, got none.');
  const twice = classNames.find((name, i) => classNames.indexOf(name) !== i);
  if (twice !== undefined) throw new OptionError(`composeModules: two modules have the target class '${twice}'.`);
  const counts = new Map<ScoreKind, number>();
  for (const { scoreKind } of modules) counts.set(scoreKind, (counts.get(scoreKind) ?? 0) + 1);
  if (counts.size > 1) {
    const found = [...counts].map(([kind, count]) => `${count} of ${modules.length} put out a ${kind}`).join(', ');
    throw new OptionError(`composeModules: ${found}; these cannot be compared. Take modules of one method.`);
  }
  return { classNames, modules, ...openModules(modules) };
}

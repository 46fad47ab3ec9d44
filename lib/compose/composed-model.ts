import * as tf from '../tf.js';
import { OptionError } from '../errors.js';
import type { Classifier } from '../models/classifier.js';
import { scoreModule } from '../surgery/modules/module-score.js';
import type { Module } from '../surgery/modules/module.js';

/** A classifier made of modules, one class each. Dispose it after use; the modules stay. */
export interface ComposedModel extends Classifier {
  /** Frees what it holds; what it was made of stays. */
  dispose(): void;
}

/** A composition of cut modules. */
export interface ComposedModules extends ComposedModel {
  /** In the order of the scores. */
  readonly modules: readonly Module[];
}

/**
 * Runs modules side by side and puts their scores beside each other: [batch, modules], logits of modules without a head,
 * sigmoids of those with one. No training and no calibration; the prediction is the argmax (spec cnnsplitter §1). Modules
 * may come from different models; nothing makes their scores comparable then (§6.2.6).
 * @param given modules, or a split's record of them
 * @throws OptionError when there is no module, two have the same target class, or only some have a head
 * @example
 * const composed = composeModules(modules);
 * console.log((await evaluate(composed, test)).accuracy);
 * composed.dispose();
 */
export function composeModules(given: readonly Module[] | Readonly<Record<string, Module>>): ComposedModules {
  const modules: readonly Module[] = Array.isArray(given) ? (given as readonly Module[]) : Object.values(given);
  const classNames = modules.map((module) => module.targetClass);
  if (modules.length === 0) throw new OptionError('composeModules: expected at least one module, got none.');
  const twice = classNames.find((name, i) => classNames.indexOf(name) !== i);
  if (twice !== undefined) throw new OptionError(`composeModules: two modules have the target class '${twice}'.`);
  const withHead = modules.filter((module) => module.head).length;
  if (withHead !== 0 && withHead !== modules.length) {
    throw new OptionError(
      `composeModules: ${withHead} of ${modules.length} modules have a head that scores from 0 to 1, the others put out ` +
        'logits; these cannot be compared. Take modules of one method.',
    );
  }
  const scores = modules.map(scoreModule);
  return {
    classNames,
    modules,
    predict: (x) =>
      tf.tidy(() =>
        tf.concat(
          scores.map((score) => score.predict(x)),
          1,
        ),
      ),
    dispose: () => scores.forEach((score) => score.dispose()),
  };
}

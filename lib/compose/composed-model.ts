import * as tf from '../tf.js';
import { OptionError } from '../errors.js';
import type { Classifier } from '../models/classifier.js';
import type { Module } from '../surgery/module.js';
import { compileInference } from '../surgery/inference.js';

/** A classifier made of modules, one class each. Dispose it after use; the modules stay. */
export interface ComposedModel extends Classifier {
  dispose(): void;
}

/**
 * Runs modules side by side and puts each one's own-class logit beside the others: [batch, modules]. No training
 * and no calibration; the prediction is the argmax (spec cnnsplitter §1).
 * @param given modules, or a split's record of them
 * @throws OptionError when there is no module or two have the same target class
 */
export function composeModules(given: readonly Module[] | Readonly<Record<string, Module>>): ComposedModel {
  const modules: readonly Module[] = Array.isArray(given) ? (given as readonly Module[]) : Object.values(given);
  const classNames = modules.map((module) => module.targetClass);
  if (modules.length === 0) throw new OptionError('composeModules: expected at least one module, got none.');
  const twice = classNames.find((name, i) => classNames.indexOf(name) !== i);
  if (twice !== undefined) throw new OptionError(`composeModules: two modules have the target class '${twice}'.`);
  const compiled = modules.map((module) => compileInference(module.model));
  return {
    classNames,
    predict: (x) =>
      tf.tidy(() =>
        tf.concat(
          modules.map((module, i) => tf.slice(compiled[i].predict(x), [0, module.classIndex], [-1, 1])),
          1,
        ),
      ),
    dispose: () => compiled.forEach((model) => model.dispose()),
  };
}

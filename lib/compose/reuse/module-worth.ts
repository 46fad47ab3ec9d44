import type { ImageSet } from '../../datasets/dataset.js';
import { OptionError } from '../../errors.js';
import type { Module } from '../../surgery/modules/module.js';
import type { EvaluateOptions } from '../../training/evaluate.js';
import { moduleAuc } from './module-auc.js';
import { moduleF1 } from './module-f1.js';

/** What modules of one class are compared by: 'f1' as published, see {@link moduleF1}, or 'auc', see {@link moduleAuc}. */
export type ModuleWorth = 'f1' | 'auc';

const MEASURES = { f1: moduleF1, auc: moduleAuc } as const;

/** How modules are chosen. */
export interface ChooseModulesOptions extends EvaluateOptions {
  /** Default 'f1', which is published. 'auc' departs from the paper: it does not ask that 0.5 means the same in all models. */
  by?: ModuleWorth;
}

/** @throws OptionError on an unknown measure, and what the measure throws */
export function moduleWorth(
  module: Module,
  set: ImageSet,
  { by = 'f1', ...options }: ChooseModulesOptions,
): Promise<number | null> {
  if (!Object.hasOwn(MEASURES, by)) {
    throw new OptionError(`by: expected ${Object.keys(MEASURES).join(' or ')}, got '${String(by)}'.`);
  }
  return MEASURES[by](module, set, options);
}

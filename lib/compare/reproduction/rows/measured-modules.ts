import type { ImageSet } from '../../../datasets/dataset.js';
import type { CnnSplitterOptions } from '../../../split/cnnsplitter/options.js';
import { split } from '../../../split/split.js';
import { inClassOrder } from '../../../surgery/modules/in-class-order.js';
import type { KernelModule } from '../../../surgery/modules/kernel-module.js';
import { moduleScores } from '../../../surgery/modules/module-scores.js';
import { countMacs } from '../../../surgery/trace/count-macs.js';
import { keptRatio, meanDifference } from '../../../surgery/trace/kernel-selection.js';
import type * as tf from '../../../tf.js';
import { rightAnswers } from '../right-answers.js';

/** What modules are and do together. Shares 0–1. */
export interface MeasuredModules {
  readonly kernelsKept: number;
  readonly macsKept: number;
  /** Mean over class pairs of 1 − Jaccard of the modules' kernels. */
  readonly diff: number;
  /** Whether the modules together are right, image by image. */
  readonly right: readonly boolean[];
}

/** Splits by CNNSplitter and measures the modules together on test images that had no part in it. Disposes the modules. */
export async function splitAndMeasure(
  strong: tf.LayersModel,
  validation: ImageSet,
  test: ImageSet,
  options: CnnSplitterOptions,
): Promise<MeasuredModules> {
  const { modules } = await split(strong, validation, options);
  return measureModules(strong, inClassOrder(modules), test);
}

/** Measures modules of all classes together. Disposes them. */
export async function measureModules(
  strong: tf.LayersModel,
  modules: readonly KernelModule[],
  test: ImageSet,
): Promise<MeasuredModules> {
  try {
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const selections = modules.map(({ selection }) => selection);
    return {
      kernelsKept: mean(selections.map(keptRatio)),
      macsKept: mean(modules.map(({ model }) => countMacs(model).total)) / countMacs(strong).total,
      diff: meanDifference(selections),
      right: rightAnswers(await moduleScores(modules, test), test),
    };
  } finally {
    modules.forEach((module) => module.dispose());
  }
}

import type { ImageSet } from '../../datasets/dataset.js';
import { firstPerClass, subset } from '../../datasets/subset.js';
import type { RunOptions } from '../../run/options.js';
import { gradientImportance } from '../../surgery/passes/gradient-importance.js';
import { spendBudget } from '../../surgery/trace/kernel-budget.js';
import type { ModelTrace } from '../../surgery/trace/trace.js';
import { unitCosts } from '../../surgery/trace/unit-costs.js';
import type * as tf from '../../tf.js';

/** Images of every class that rank the kernels; some twenty are enough. */
const IMAGES_PER_CLASS = 100;
/** Share of every layer that stays whatever the ranking says. */
const FLOOR = 0.05;

/**
 * Which kernels every class's mask starts with: those that its logit's gradients say it needs most, over all layers together.
 * @param keep share of the network's kernels
 * @returns [modules, units], 0 or 1, numbered as in `maskLayout`
 */
export async function gradientStart(
  strong: tf.LayersModel,
  trace: ModelTrace,
  train: ImageSet,
  keep: number,
  run: Pick<RunOptions, 'onProgress' | 'signal'>,
): Promise<Uint8Array> {
  const { byGroup } = await gradientImportance(strong, subset(train, firstPerClass(train, IMAGES_PER_CLASS)), run);
  const costs = unitCosts(strong, trace, train.imageShape);
  const groups = trace.groups.filter((group) => !group.protected);
  const rows = train.classNames.map((_, c) => {
    const scores = groups.flatMap(({ id }) => Array.from(byGroup[id][c]));
    return spendBudget(trace, costs, scores, { keep, floor: FLOOR, beta: 0 });
  });
  return Uint8Array.from(rows.flatMap((row) => [...row]));
}

import type { MT19937 } from '../../../run/mt19937.js';
import { maskLayout } from '../../../surgery/trace/channel-masks.js';
import { type KernelBudget, spendBudget } from '../../../surgery/trace/kernel-budget.js';
import { preferOwnKernels } from '../../../surgery/trace/prefer-own-kernels.js';
import type { ModelTrace } from '../../../surgery/trace/trace.js';
import type { UnitCosts } from '../../../surgery/trace/unit-costs.js';
import type { KernelScores } from '../kernel-scores.js';
import type { Encoding } from './encoding.js';
import type { Chromosome } from './population.js';

/** Scale of the Gumbel noise on the log of the scores of all individuals but the first. */
const NOISE = 0.25;
/** How far their budgets are from the given one, at most. */
const KEEP_RANGE = 0.1;

/** The budgets of one split: what every class may keep, and by which scores. */
export interface ClassBudgets {
  /** The units that a class's module keeps, one 0/1 per removable unit as `maskLayout` numbers them. */
  units(classIndex: number): Uint8Array;
  /** The same with other scores and another budget, as they are drawn. */
  varied(classIndex: number, rng: MT19937): Uint8Array;
}

/** @param difference see `preferOwnKernels` */
export function classBudgets(
  trace: ModelTrace,
  costs: UnitCosts,
  scores: KernelScores,
  budget: KernelBudget & { readonly difference: number },
): ClassBudgets {
  const groups = trace.groups.filter((group) => !group.protected);
  const classes = scores[trace.groups[0].id].length;
  const rows = Array.from({ length: classes }, (_, c) => groups.flatMap(({ id }) => Array.from(scores[id][c])));
  const preferred = preferOwnKernels(rows, budget.difference);
  return {
    units: (classIndex) => spendBudget(trace, costs, preferred[classIndex], budget),
    varied(classIndex, rng) {
      const keep = budget.keep + KEEP_RANGE * (2 * rng.nextDouble() - 1);
      const noisy = preferred[classIndex].map((score) => score * Math.exp(NOISE * gumbel(rng)));
      return spendBudget(trace, costs, noisy, { ...budget, keep: Math.min(1, Math.max(0, keep)) });
    },
  };
}

const gumbel = (rng: MT19937) => -Math.log(-Math.log(rng.nextDouble() || Number.MIN_VALUE));

/**
 * First individuals of a class: what its budget keeps, then as many with noise. A bit that stands for several kernels is
 * set when its budget keeps at least half of them.
 */
export function budgetPopulation(
  encoding: Encoding,
  trace: ModelTrace,
  budgets: ClassBudgets,
  classIndex: number,
  size: number,
  rng: MT19937,
): Chromosome[] {
  const { byGroup } = maskLayout(trace);
  return Array.from({ length: size }, (_, row) => {
    const units = row === 0 ? budgets.units(classIndex) : budgets.varied(classIndex, rng);
    const kept = byGroup([units]);
    return encoding.encode(Object.fromEntries(Object.entries(kept).map(([id, [bits]]) => [id, bits])), classIndex);
  });
}

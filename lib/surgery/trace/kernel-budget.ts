import { OptionError } from '../../errors.js';
import { maskLayout } from './channel-masks.js';
import type { KernelSelection } from './kernel-selection.js';
import type { ModelTrace } from './trace.js';
import type { UnitCosts } from './unit-costs.js';

/** How much of a network a module may keep. */
export interface KernelBudget {
  /** Kernels kept / kernels of the network, at most; more only where the floors alone take more. 0–1. */
  readonly keep: number;
  /** Share of every convolution layer's kernels that stays whatever the scores say, rounded up. 0–1. */
  readonly floor: number;
  /** Weight of multiply-adds in the price of a unit, beside its kernels: both are relative to the mean unit. 0 or more. */
  readonly beta: number;
}

/**
 * What every unit costs at a weight of multiply-adds: kernels / mean + beta · multiply-adds / mean.
 */
export function unitPrices({ kernels, macs }: UnitCosts, beta: number): Float64Array {
  const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  const [meanKernels, meanMacs] = [mean(kernels), mean(macs) || 1];
  return kernels.map((count, unit) => count / meanKernels + (beta * macs[unit]) / meanMacs);
}

/**
 * Keeps the units that give most score for their price, over all layers together, until the kernels are used up. Every
 * layer first gets its floor, by the same order. A unit that does not fit any more is passed over for the next that does.
 * What is tied is kept together and its kernels count each. Of equals the first comes first.
 * @param scores importance of every removable unit, numbered as in `maskLayout`; not negative
 * @returns one 0/1 per unit
 * @throws OptionError on scores that are not as many as the units, or are no numbers from 0 on
 */
export function spendBudget(
  trace: ModelTrace,
  costs: UnitCosts,
  scores: ArrayLike<number>,
  budget: KernelBudget,
): Uint8Array {
  const units = costs.kernels.length;
  const bad = Array.from(scores).findIndex((score) => !(score >= 0));
  if (scores.length !== units || bad >= 0) {
    throw new OptionError(
      `spendBudget: expected ${units} scores from 0 on, got ${bad >= 0 ? `${scores[bad]} at ${bad}` : scores.length}.`,
    );
  }
  const prices = unitPrices(costs, budget.beta);
  const worth = prices.map((price, unit) => scores[unit] / price);
  const order = Array.from(worth.keys()).sort((a, b) => worth[b] - worth[a] || a - b);
  const kept = new Uint8Array(units);
  const total = trace.convLayers.reduce((sum, layer) => sum + layer.kernels, 0);
  // The small addition keeps 0.7 · 10 = 7.000000000000001 and 0.6 · 10 = 6 from being rounded differently.
  let left = Math.floor(budget.keep * total + 1e-9) - protectedKernels(trace);
  const take = (unit: number) => {
    kept[unit] = 1;
    left -= costs.kernels[unit];
  };
  for (const [layer, own] of unitsOfLayers(trace)) {
    const kernels = trace.convLayers.find(({ name }) => name === layer)!.kernels;
    let missing = Math.ceil(budget.floor * kernels - 1e-9) - own.reduce((sum, unit) => sum + kept[unit], 0);
    const inLayer = new Set(own);
    for (const unit of order) {
      if (missing <= 0) break;
      if (!inLayer.has(unit) || kept[unit]) continue;
      take(unit);
      missing--;
    }
  }
  for (const unit of order) if (!kept[unit] && costs.kernels[unit] <= left) take(unit);
  return kept;
}

/** As {@link spendBudget}, as a selection of kernels; a layer with a floor of 0 may be empty. */
export function budgetSelection(
  trace: ModelTrace,
  costs: UnitCosts,
  scores: ArrayLike<number>,
  budget: KernelBudget,
): KernelSelection {
  return maskLayout(trace).selection(spendBudget(trace, costs, scores, budget));
}

/** Layer → its removable units, in network order. */
function unitsOfLayers(trace: ModelTrace): Map<string, number[]> {
  const found = new Map<string, number[]>(trace.convLayers.map(({ name }) => [name, []]));
  let column = 0;
  for (const group of trace.groups) {
    if (group.protected) continue;
    for (const { members } of group.units) {
      for (const { layer } of members) {
        const own = found.get(layer)!;
        if (own[own.length - 1] !== column) own.push(column);
      }
      column++;
    }
  }
  return new Map([...found].filter(([, own]) => own.length > 0));
}

/** Kernels that cannot be removed. */
function protectedKernels(trace: ModelTrace): number {
  return trace.groups
    .filter((group) => group.protected)
    .reduce((sum, { units }) => sum + units.reduce((n, { members }) => n + members.length, 0), 0);
}

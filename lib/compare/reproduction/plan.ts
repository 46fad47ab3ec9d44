import type { ReproductionRow } from './row.js';
import { readResult, type RowState, sizeOf, stateOf } from './row-result.js';
import type { Scale } from './scale.js';

/** A row as it stands at a scale. */
export interface PlannedRow {
  readonly row: ReproductionRow;
  readonly state: RowState;
  /** About how long it takes on two cores that do nothing else; its networks are rows of their own. */
  readonly minutes: number;
}

/**
 * The rows that are wanted with the networks that they need, in the order in which to compute them: the cheapest first, counting what a
 * row's networks still take, and those networks right before it.
 * @param wanted rows offered at the scale
 * @param all the registry
 * @param results folder of finished rows
 */
export function reproductionPlan(
  wanted: readonly ReproductionRow[],
  all: readonly ReproductionRow[],
  { scale, seeds, results }: { readonly scale: Scale; readonly seeds?: number; readonly results: string },
): PlannedRow[] {
  const planned = (row: ReproductionRow): PlannedRow => {
    const size = sizeOf(row, scale, seeds)!;
    return { row, state: stateOf(readResult(results, row.id, scale), size), minutes: size.minutes };
  };
  const networksOf = ({ networks }: ReproductionRow) =>
    networks.map((id) => planned(all.find((row) => row.id === id)!));
  const toGo = ({ state, minutes }: PlannedRow) => (state === 'done' ? 0 : minutes);
  const costed = wanted.map((row) => {
    const networks = networksOf(row);
    const own = planned(row);
    return { own, networks, cost: [own, ...networks].reduce((sum, each) => sum + toGo(each), 0) };
  });
  const order = costed.sort((a, b) => a.cost - b.cost).flatMap(({ own, networks }) => [...networks, own]);
  return order.filter((each, i) => order.findIndex(({ row }) => row === each.row) === i);
}

import { type Effort, sumEfforts } from './effort.js';
import type { ReplaceAcrossRow } from './replace-across.js';
import type { ReuseAcrossRow } from './reuse-across.js';
import type { ReuseWithinRow } from './reuse-within.js';
import type { ScratchResult } from './scratch-baseline.js';

/** What training from scratch and testing takes in multiples of testing with modules. Plain data. */
export interface CostRatios {
  readonly kind: 'costRatios';
  readonly task: 'reuse within' | 'reuse across' | 'replace across';
  readonly rows: number;
  /** All epochs of the training. */
  readonly fixedEpochs: { readonly seconds: number; readonly macs: number };
  /** The training up to its best epoch. */
  readonly bestEpoch: { readonly seconds: number; readonly macs: number };
  /** All epochs against modules with continual update ('add'); null where there was none. */
  readonly fixedEpochsUpdated: { readonly seconds: number; readonly macs: number } | null;
}

/** One row's efforts. */
interface RowEfforts {
  readonly scratch: ScratchResult | null;
  readonly modules: Effort;
  readonly updated: { readonly update: Effort; readonly predict: Effort } | null;
}

/**
 * Costs of an experiment's rows that have a baseline, as ratios of sums (spec decompose §3.8, Fig 6). Splitting, which comes once, is in
 * none of them, nor was it in the paper's.
 * @returns null when no row has a baseline
 */
export function costRatios(
  task: CostRatios['task'],
  rows: readonly (ReuseWithinRow | ReuseAcrossRow | ReplaceAcrossRow)[],
): CostRatios | null {
  const efforts = rows.map(effortsOf).filter(({ scratch }) => scratch);
  if (efforts.length === 0) return null;
  const sum = (of: (row: RowEfforts) => readonly Effort[]) => sumEfforts(efforts.flatMap(of));
  const ratio = (a: Effort, b: Effort) => ({ seconds: a.seconds / b.seconds, macs: a.macs / b.macs });
  const modules = sum((row) => [row.modules]);
  const fixed = sum(({ scratch }) => [scratch!.effort.allEpochs, scratch!.effort.predict]);
  const best = sum(({ scratch }) => [scratch!.effort.bestEpoch, scratch!.effort.predict]);
  const updated = efforts.every((row) => row.updated)
    ? sum((row) => [row.updated!.update, row.updated!.predict])
    : null;
  return {
    kind: 'costRatios',
    task,
    rows: efforts.length,
    fixedEpochs: ratio(fixed, modules),
    bestEpoch: ratio(best, modules),
    fixedEpochsUpdated: updated && ratio(fixed, updated),
  };
}

function effortsOf(row: ReuseWithinRow | ReuseAcrossRow | ReplaceAcrossRow): RowEfforts {
  const { scratch, effort: modules } = row;
  if (row.kind === 'reuseWithinRow') return { scratch, modules, updated: null };
  const all = row.kind === 'reuseAcrossRow' ? row.updated : row.updated === null ? [] : [row.updated];
  return { scratch, modules, updated: all.find(({ reading }) => reading === 'add')?.effort ?? null };
}

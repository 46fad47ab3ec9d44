import { meanAndDeviation, type MeanDeviation } from '../metrics/mean-deviation.js';
import type { ArmId } from './arms.js';
import type { ArmRow } from './compare-arms.js';

/** An arm at one size, over all seeds. Plain data. */
export interface ArmSummary {
  readonly arm: ArmId;
  readonly label: string;
  readonly role: ArmRow['role'];
  readonly budget: number | null;
  readonly seeds: number;
  readonly accuracy: MeanDeviation;
  readonly kappa: MeanDeviation;
  readonly macsKept: MeanDeviation;
  readonly parametersKept: MeanDeviation;
  readonly epochs: MeanDeviation;
  readonly seconds: MeanDeviation;
}

/** Rows of `compareArms` with the seeds of an arm and budget taken together, in the order of their first rows. */
export function summariseArms(rows: readonly ArmRow[]): ArmSummary[] {
  const groups = new Map<string, ArmRow[]>();
  for (const row of rows) {
    const key = `${row.arm} ${row.budget}`;
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()].map((group) => {
    const over = (score: (row: ArmRow) => number) => meanAndDeviation(group.map(score))!;
    const [{ arm, label, role, budget }] = group;
    return {
      ...{ arm, label, role, budget, seeds: group.length },
      accuracy: over((row) => row.accuracy),
      kappa: over((row) => row.kappa),
      macsKept: over((row) => row.macsKept),
      parametersKept: over((row) => row.parametersKept),
      epochs: over((row) => row.epochs),
      seconds: over((row) => row.seconds),
    };
  });
}

import type { ArmId } from './arms.js';
import type { ArmRow } from './compare-arms.js';

/** Mean and deviation over seeds; the deviation of one seed is null. */
export interface Spread {
  readonly mean: number;
  /** Sample standard deviation (n − 1). */
  readonly std: number | null;
}

/** An arm at one size, over all seeds. Plain data. */
export interface ArmSummary {
  readonly arm: ArmId;
  readonly label: string;
  readonly kind: ArmRow['kind'];
  readonly budget: number | null;
  readonly seeds: number;
  readonly accuracy: Spread;
  readonly kappa: Spread;
  readonly macsKept: Spread;
  readonly parametersKept: Spread;
  readonly epochs: Spread;
  readonly seconds: Spread;
}

/** Rows of `compareArms` with the seeds of an arm and budget taken together, in the order of their first rows. */
export function summariseArms(rows: readonly ArmRow[]): ArmSummary[] {
  const groups = new Map<string, ArmRow[]>();
  for (const row of rows) {
    const key = `${row.arm} ${row.budget}`;
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()].map((group) => {
    const over = (figure: (row: ArmRow) => number) => spread(group.map(figure));
    const [{ arm, label, kind, budget }] = group;
    return {
      ...{ arm, label, kind, budget, seeds: group.length },
      accuracy: over((row) => row.accuracy),
      kappa: over((row) => row.kappa),
      macsKept: over((row) => row.macsKept),
      parametersKept: over((row) => row.parametersKept),
      epochs: over((row) => row.epochs),
      seconds: over((row) => row.seconds),
    };
  });
}

function spread(values: readonly number[]): Spread {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  if (values.length === 1) return { mean, std: null };
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, std: Math.sqrt(squares / (values.length - 1)) };
}

import { meanAndDeviation, type MeanDeviation } from '../metrics/mean-deviation.js';

/** One split of a network, measured on images that it neither searched nor was fitted on. Plain data; shares are 0–1. */
export interface FrontRow {
  readonly kind: 'frontRow';
  /** How the kernels were chosen. */
  readonly way: string;
  /** Share of kernels that was asked for; null for a way that finds its own. */
  readonly keep: number | null;
  readonly seed: number;
  /** Of the test. */
  readonly images: number;
  readonly strongAccuracy: number;
  /** Of all modules side by side. */
  readonly composedAccuracy: number;
  /** Kernels of a module / kernels of the network, mean over modules. */
  readonly kernelsKept: number;
  /** Multiply-adds of a module / those of the network, mean over modules. */
  readonly macsKept: number;
  /** Mean over class pairs of 1 − Jaccard of the modules' kernels. */
  readonly diff: number;
  /** Wall time of the split. */
  readonly seconds: number;
}

/** A way at one size, over all seeds. Plain data. */
export interface FrontPoint {
  readonly way: string;
  readonly keep: number | null;
  readonly seeds: number;
  /** Strong accuracy − composed accuracy in percentage points. */
  readonly loss: MeanDeviation;
  readonly composedAccuracy: MeanDeviation;
  readonly kernelsKept: MeanDeviation;
  readonly macsKept: MeanDeviation;
  readonly diff: MeanDeviation;
  readonly seconds: MeanDeviation;
}

/** Rows with the seeds of a way and size taken together, in the order of their first rows. */
export function summariseFront(rows: readonly FrontRow[]): FrontPoint[] {
  const groups = new Map<string, FrontRow[]>();
  for (const row of rows) {
    const key = JSON.stringify([row.way, row.keep]);
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()].map((group) => {
    const over = (figure: (row: FrontRow) => number) => meanAndDeviation(group.map(figure))!;
    const [{ way, keep }] = group;
    return {
      ...{ way, keep, seeds: group.length },
      loss: over((row) => 100 * (row.strongAccuracy - row.composedAccuracy)),
      composedAccuracy: over((row) => row.composedAccuracy),
      kernelsKept: over((row) => row.kernelsKept),
      macsKept: over((row) => row.macsKept),
      diff: over((row) => row.diff),
      seconds: over((row) => row.seconds),
    };
  });
}

import { type Calibration, CALIBRATIONS } from './calibration.js';
import type { PatchDataName } from './patch-data.js';
import { PATCH_METRICS, type PatchMetric, type PatchRow } from './patch-row.js';
import { publishedPatchRows } from './published-results.js';
import { type WeakNetwork } from './weak-kinds.js';
import { type WeakKind } from './weak-kinds.js';
import { WEAK_KINDS } from './weak-kinds.js';

/** Means of one metric over target classes and seeds, as ratios. */
export interface PatchMean {
  readonly weak: number | null;
  readonly patched: number | null;
  /** Mean of patched − weak. */
  readonly gain: number | null;
  /** Standard deviation over seeds of the gain averaged over target classes; null for fewer than two seeds. */
  readonly std: number | null;
  /** Rows in the means. Rows where either score is not defined (0/0) are left out. */
  readonly rows: number;
  readonly leftOut: number;
}

/** One network, data set, kind and rule. Plain data. */
export interface PatchSummary {
  readonly kind: 'patchSummary';
  readonly network: WeakNetwork;
  readonly data: PatchDataName;
  readonly weakKind: WeakKind;
  readonly rule: Calibration;
  readonly targets: number;
  readonly seeds: number;
  readonly means: Readonly<Record<PatchMetric, PatchMean>>;
}

/** Averages rows over target classes, and over seeds, for every network, data set, kind and rule (spec cnnsplitter §3.4). */
export function summarisePatchRows(rows: readonly PatchRow[]): PatchSummary[] {
  const groups = new Map<string, PatchRow[]>();
  for (const row of rows) {
    const key = [row.network, row.data, WEAK_KINDS.indexOf(row.weakKind), CALIBRATIONS.indexOf(row.rule)].join();
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.keys()].sort().map((key) => {
    const group = groups.get(key)!;
    const { network, data, weakKind, rule } = group[0];
    return {
      network,
      data,
      kind: 'patchSummary',
      weakKind,
      rule,
      targets: new Set(group.map((row) => row.targetClass)).size,
      seeds: new Set(group.map((row) => row.seed)).size,
      means: Object.fromEntries(
        PATCH_METRICS.map((metric) => [metric, meanOf(group, metric)]),
      ) as PatchSummary['means'],
    };
  });
}

/**
 * The mean gains of a rule, as the abstracts give them: over target classes first, then over the combinations of network,
 * data set and kind. Null where no combination has the score.
 */
export function grandMeanGains(
  summaries: readonly PatchSummary[],
  rule: Calibration,
): Record<PatchMetric, number | null> {
  const own = summaries.filter((summary) => summary.rule === rule);
  return Object.fromEntries(
    PATCH_METRICS.map((metric) => [metric, mean(own.flatMap(({ means }) => means[metric].gain ?? []))]),
  ) as Record<PatchMetric, number | null>;
}

/**
 * GradSplitter's published means of one network, data set and kind, as ratios; null for data that the papers do not
 * have.
 */
export function publishedPatchMeans(
  network: WeakNetwork,
  data: PatchDataName,
  kind: WeakKind,
): Record<PatchMetric, Pick<PatchMean, 'weak' | 'patched' | 'gain'>> | null {
  const own = publishedPatchRows().filter((row) => row.network === network && row.data === data && row.kind === kind);
  if (own.length === 0) return null;
  return Object.fromEntries(
    PATCH_METRICS.map((metric) => {
      const weak = mean(own.map((row) => row.weak[metric] / 100))!;
      const patched = mean(own.map((row) => row.patched[metric] / 100))!;
      return [metric, { weak, patched, gain: patched - weak }];
    }),
  ) as Record<PatchMetric, Pick<PatchMean, 'weak' | 'patched' | 'gain'>>;
}

function meanOf(group: readonly PatchRow[], metric: PatchMetric): PatchMean {
  const defined = group.flatMap(({ seed, weak, patched }) => {
    const [from, to] = [weak[metric], patched[metric]];
    return from === null || to === null ? [] : [{ seed, from, to }];
  });
  const perSeed = [...new Set(defined.map(({ seed }) => seed))].map((seed) =>
    mean(defined.filter((row) => row.seed === seed).map(({ from, to }) => to - from))!,
  );
  const gain = mean(defined.map(({ from, to }) => to - from));
  return {
    weak: mean(defined.map(({ from }) => from)),
    patched: mean(defined.map(({ to }) => to)),
    gain,
    std: perSeed.length < 2 ? null : deviation(perSeed),
    rows: defined.length,
    leftOut: group.length - defined.length,
  };
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((a, b) => a + b, 0) / values.length;
}

/** Sample standard deviation. */
function deviation(values: readonly number[]): number {
  const centre = mean(values)!;
  return Math.sqrt(values.reduce((sum, v) => sum + (v - centre) ** 2, 0) / (values.length - 1));
}

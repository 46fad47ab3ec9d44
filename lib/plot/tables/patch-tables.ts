import { resCnn } from '../../models/architectures/res-cnn.js';
import { simCnn } from '../../models/architectures/sim-cnn.js';
import type { PatchOverhead } from '../../patch/patch-overhead.js';
import { PATCH_METRICS, type PatchMetric, type PatchRow } from '../../patch/patch-row.js';
import { type PatchSummary, publishedPatchMeans } from '../../patch/patch-summary.js';
import { PUBLISHED_MEAN_RATIOS, publishedOverheads } from '../../patch/published-overhead.js';
import { publishedPatchRows } from '../../patch/published-results.js';
import { countMacs } from '../../surgery/trace/count-macs.js';
import { type Cell } from './cell.js';
import type { Frame } from './data-frame.js';
import { Table } from './table.js';

export const PATCH_METRIC_TITLES: Record<PatchMetric, string> = {
  precision: 'precision',
  recall: 'recall',
  f1: 'F1',
  nonTarget: 'accuracy on other classes',
};

/** Where the figures of `publishedPatchRows` stand. */
export const GRADSPLITTER_TABLES =
  'GradSplitter’s patching tables, from the README of the authors’ later tool (spec cnnsplitter, appendix A); other modules, weak networks of full width';

/**
 * Every weak model and rule with its figures before and after, in percent; beside them GradSplitter's gain for the same
 * network, data, kind and class, where it is published (tables A3, A4, T2 and T3 of spec cnnsplitter §7).
 */
export function patchTable(rows: readonly PatchRow[]): Table {
  const published = publishedPatchRows();
  return new Table(
    [
      ...['network', 'data', 'weak model', 'class', 'rule', 'seed'],
      ...PATCH_METRICS.flatMap((m) =>
        ['weak (%)', 'patched (%)', 'paper gain (pp)'].map((column) => `${PATCH_METRIC_TITLES[m]} ${column}`),
      ),
    ],
    rows.map((row): Cell[] => {
      const paper = published.find(
        ({ network, data, kind, target }) =>
          network === row.network && data === row.data && kind === row.weakKind && target === row.target,
      );
      return [
        ...[row.network, row.data, row.weakKind, row.targetClass, row.rule, row.seed],
        ...PATCH_METRICS.flatMap((m) => [
          hundredths(row.weak[m], 100),
          hundredths(row.patched[m], 100),
          paper ? hundredths(paper.patched[m] - paper.weak[m], 1) : null,
        ]),
      ];
    }),
  );
}

/** {@link patchTable} as a danfo DataFrame; figures that are not defined or not published are NaN. */
export function patchFrame(rows: readonly PatchRow[]): Frame {
  return patchTable(rows).frame();
}

/**
 * Mean gains per network, data, kind and rule, in percentage points, with their deviation over seeds and GradSplitter's
 * published mean.
 */
export function patchSummaryTable(summaries: readonly PatchSummary[]): Table {
  return new Table(
    [
      ...['network', 'data', 'weak model', 'rule', 'classes', 'seeds'],
      ...PATCH_METRICS.flatMap((m) =>
        ['gain (pp)', '± seeds (pp)', 'paper (pp)'].map((column) => `${PATCH_METRIC_TITLES[m]} ${column}`),
      ),
    ],
    summaries.map(({ network, data, weakKind: kind, rule, targets, seeds, means }): Cell[] => {
      const paper = publishedPatchMeans(network, data, kind);
      return [
        ...[network, data, kind, rule, targets, seeds],
        ...PATCH_METRICS.flatMap((m) => [
          hundredths(means[m].gain, 100),
          hundredths(means[m].std, 100),
          hundredths(paper?.[m].gain ?? null, 100),
        ]),
      ];
    }),
  );
}

/** {@link patchSummaryTable} as a danfo DataFrame. */
export function patchSummaryFrame(summaries: readonly PatchSummary[]): Frame {
  return patchSummaryTable(summaries).frame();
}

/**
 * Multiply-adds of modules in percent of their strong model's (table A2 of spec cnnsplitter §7): CNNSplitter's published
 * rows, complete, with the full model by the paper and by our counter; below them the given modules.
 */
export function patchOverheadTable(own: readonly PatchOverhead[] = [], label = 'here'): Table {
  const classes = Array.from({ length: Math.max(10, own.length) }, (_, i) => `class ${i} (%)`);
  const across = (ratios: readonly (number | null)[]) => classes.map((_, i) => ratios[i] ?? null);
  const rows: Cell[][] = PUBLISHED_MEAN_RATIOS.map(({ network, data, ratio }) => {
    const published = publishedOverheads().filter((row) => row.network === network && row.data === data);
    const model = (network === 'simcnn' ? simCnn : resCnn)({ weights: 'zeros' });
    const counted = countMacs(model).total;
    model.dispose();
    return [
      `${network} ${data}, paper`,
      ...across(published.map((row) => row.ratio)),
      ratio,
      published[0]?.modelMegaMacs.toFixed(2) ?? null,
      (counted / 1e6).toFixed(2),
    ];
  });
  const [first] = own;
  if (first) {
    const mean = own.reduce((sum, { ratio }) => sum + ratio, 0) / own.length;
    rows.push([
      label,
      ...across(own.map(({ ratio }) => 100 * ratio)),
      100 * mean,
      null,
      (first.strongMacs / 1e6).toFixed(2),
    ]);
  }
  return new Table(['modules', ...classes, 'mean (%)', 'model, paper (M)', 'model, counted (M)'], rows);
}

function hundredths(value: number | null, factor: number): number | null {
  return value === null ? null : Math.round(100 * factor * value) / 100;
}

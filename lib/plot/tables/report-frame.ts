import type { ClassReport } from '../../metrics/class-report.js';
import { targetIndex } from '../figures/classes/before-after.js';
import { ALL_METRICS, METRIC_TITLES } from '../parts/metric-panels.js';
import type { Frame } from './data-frame.js';
import { Table } from './table.js';

const BEFORE_AFTER = ['before (%)', 'after (%)', 'gain (pp)'];

/** Per-class metrics of a report as a table: percent with one decimal, null where not defined. */
export function reportTable(report: ClassReport): Table {
  return new Table(
    ['class', 'images', 'predicted', ...ALL_METRICS.map((metric) => `${METRIC_TITLES[metric]} (%)`)],
    report.perClass.map((row) => [
      row.className,
      row.support,
      row.predicted,
      ...ALL_METRICS.map((m) => tenths(row[m])),
    ]),
  );
}

/**
 * Per-class metrics before and after, with the gain in percentage points, as a table.
 * @throws OptionError when the reports are of different classes
 */
export function beforeAfterTable(before: ClassReport, after: ClassReport): Table {
  targetIndex(before, after, undefined);
  return new Table(
    ['class', 'images', ...ALL_METRICS.flatMap((m) => BEFORE_AFTER.map((column) => `${METRIC_TITLES[m]} ${column}`))],
    before.perClass.map((row, c) => {
      const then = after.perClass[c]!; // of the same classes
      const metrics = ALL_METRICS.flatMap((m) => [tenths(row[m]), tenths(then[m]), gain(row[m], then[m])]);
      return [row.className, then.support, ...metrics];
    }),
  );
}

/** {@link reportTable} as a danfo DataFrame; metrics that are not defined are NaN. */
export function reportFrame(report: ClassReport): Frame {
  return reportTable(report).frame();
}

/** {@link beforeAfterTable} as a danfo DataFrame; metrics that are not defined are NaN. */
export function beforeAfterFrame(before: ClassReport, after: ClassReport): Frame {
  return beforeAfterTable(before, after).frame();
}

function tenths(ratio: number | null): number | null {
  return ratio === null ? null : Math.round(1000 * ratio) / 10;
}

function gain(before: number | null, after: number | null): number | null {
  return before === null || after === null ? null : Math.round(1000 * (after - before)) / 10;
}

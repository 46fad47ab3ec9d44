import { DataError } from '../../lib/errors.js';
import type { ClassMetrics, ClassReport } from '../../lib/metrics/class-report.js';
import { nonTargetAccuracy } from '../../lib/metrics/summaries.js';
import { formatTable } from '../../lib/plot/tables/table.js';
import { shortened } from '../../lib/printable.js';

/** What the notebook writes to the file named by MODULAB_RESULT. */
export interface QuickstartResult {
  targetClass: string;
  before: ClassReport;
  after: ClassReport;
  /** The same calibration with a module that says nothing. */
  control: ClassReport;
}

/** What patching did to every class, and in a sentence what it shows, for a terminal of 80 columns. */
export function quickstartSummary({ targetClass, before, after, control }: QuickstartResult): string {
  return (
    `The weak model before and after patching, class by class (patched class: ${shortened(targetClass, 40)})\n\n` +
    `${formatTable(comparisonRows(before, after))}\n\n` +
    whatItShows(targetClass, { before, after, control })
  );
}

function whatItShows(targetClass: string, reports: Record<'before' | 'after' | 'control', ClassReport>): string {
  const { before, after, control } = reports;
  const f1 = (report: ClassReport) => percent(rowOf(report, targetClass).f1 ?? 0);
  const others = (report: ClassReport) => percent(nonTargetAccuracy(report, targetClass) ?? 0);
  const losing = after.perClass.filter(
    ({ className, f1: is }) => className !== targetClass && (rowOf(before, className).f1 ?? 0) - (is ?? 0) > NOTICEABLE,
  );
  const harm =
    losing.length === 0
      ? 'no other class loses a point of F1'
      : `${losing.length} of the other ${after.perClass.length - 1} classes ${losing.length === 1 ? 'loses' : 'lose'} more than a point of F1`;
  return [
    `F1 of ${shortened(targetClass, 40)}: ${f1(before)} before, ${f1(after)} with the module; ${harm}.`,
    `The same calibration without a module (control): ${f1(control)}.`,
    `Images of the other classes recognised: ${others(before)} before, ${others(after)} after.`,
    `Measured on ${after.images} images that nothing was trained or chosen on; nothing was retrained.`,
  ].join('\n');
}

/** A point of F1. */
const NOTICEABLE = 0.01;

const percent = (ratio: number) => `${(100 * ratio).toFixed(1)} %`;

function rowOf(report: ClassReport, className: string): ClassMetrics {
  const row = report.perClass.find((each) => each.className === className);
  if (!row) throw new DataError(`The quickstart's result: class '${className}' is missing in one of the reports.`);
  return row;
}

/** One row per class, narrow enough for a terminal of 80 columns; metrics in percent, null where not defined. */
function comparisonRows(before: ClassReport, after: ClassReport): Record<string, string | number | null>[] {
  const text = (ratio: number | null) => (ratio === null ? 'n/a' : (100 * ratio).toFixed(1)).padStart(5);
  return after.perClass.map((row) => {
    const earlier = rowOf(before, row.className);
    const change = (metric: 'precision' | 'recall' | 'f1') => `${text(earlier[metric])} → ${text(row[metric])}`;
    const gained = row.f1 !== null && earlier.f1 !== null;
    return {
      class: row.className,
      images: row.support,
      'precision (%)': change('precision'),
      'recall (%)': change('recall'),
      'F1 (%)': change('f1'),
      'F1 gain': gained ? Math.round(1000 * ((row.f1 ?? 0) - (earlier.f1 ?? 0))) / 10 : null,
    };
  });
}

import { DataError } from '../../lib/errors.js';
import type { ClassReport } from '../../lib/metrics/class-report.js';
import { formatTable } from '../../lib/plot/tables/table.js';
import { shortened } from '../../lib/printable.js';

/** What the notebook writes to the file named by MODULAB_RESULT. */
export interface QuickstartResult {
  targetClass: string;
  before: ClassReport;
  after: ClassReport;
}

/** What patching did to every class, for a terminal of 80 columns. */
export function quickstartSummary({ targetClass, before, after }: QuickstartResult): string {
  const percent = (ratio: number) => `${(100 * ratio).toFixed(1)} %`;
  return (
    `The weak model before and after patching, class by class (patched class: ${shortened(targetClass, 40)})\n\n` +
    `${formatTable(comparisonRows(before, after))}\n\n` +
    `Accuracy over all ${after.images} images: ${percent(before.accuracy)} before, ${percent(after.accuracy)} after`
  );
}

/** One row per class, narrow enough for a terminal of 80 columns; metrics in percent, null where not defined. */
function comparisonRows(before: ClassReport, after: ClassReport): Record<string, string | number | null>[] {
  const text = (ratio: number | null) => (ratio === null ? 'n/a' : (100 * ratio).toFixed(1)).padStart(5);
  return after.perClass.map((row, c) => {
    const earlier = before.perClass[c];
    if (!earlier)
      throw new DataError(`The quickstart's result: class '${row.className}' is in the second report only.`);
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

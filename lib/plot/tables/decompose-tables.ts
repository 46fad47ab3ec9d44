import type { DecompositionReport } from '../../compose/decomposition-report.js';
import type { ModuleNodes } from '../../split/decompose/cut-modules.js';
import { PUBLISHED_DECOMPOSITIONS } from '../../split/decompose/published-results.js';
import { type Cell } from './cell.js';
import { Table } from './table.js';

/** One way to cut modules, and what it came to. */
export interface DecompositionRow {
  readonly kind: 'decompositionRow';
  readonly network: string;
  readonly addPolicy: string;
  readonly variant: string;
  readonly nPos: number;
  readonly report: DecompositionReport;
  readonly nodes: readonly ModuleNodes[];
}

/** What the paper's first table has, for each row, with what a module says on its own. */
export function decompositionTable(rows: readonly Omit<DecompositionRow, 'kind'>[]): Table {
  return new Table(
    [
      ...['network', 'addPolicy', 'variant', 'nPos', 'model top 1 (%)', 'modules top 1 (%)', 'model top 5 (%)'],
      ...['modules top 5 (%)', 'agreement (%)', 'recall (%)', 'false positives (%)', 'JI of nodes', 'JI as FSE'],
    ],
    rows.map(({ network, addPolicy, variant, nPos, report, nodes }): Cell[] => {
      const mean = (value: (module: ModuleNodes) => number) =>
        (nodes.reduce((sum, module) => sum + value(module), 0) / nodes.length).toFixed(3);
      return [
        ...[network, addPolicy, variant, nPos, percentage(report.model.top1), percentage(report.composed.top1)],
        ...[report.model.top5, report.composed.top5, report.agreement, report.recall, report.falsePositiveRate].map(
          percentage,
        ),
        ...[mean(({ jiNodes }) => jiNodes), mean(({ jiFse }) => jiFse)],
      ];
    }),
  );
}

/** The paper's table: top 1 / top 5 in percent and the Jaccard index of the three variants (spec decompose §5, T1). */
export function publishedDecompositionTable(): Table {
  return new Table(
    ['data', 'network', 'model', 'MC', 'JI', 'MC-BLN', 'JI', 'MC-BI', 'JI'].map((name, i) =>
      name === 'JI' ? `JI ${['MC', 'MC-BLN', 'MC-BI'][(i - 4) / 2]}` : name,
    ),
    PUBLISHED_DECOMPOSITIONS.map(({ data, network, model, variants }): Cell[] => [
      data,
      network,
      model.map((value) => value.toFixed(1)).join(' / '),
      ...Object.values(variants).flatMap(([top1, top5, ji]) => [
        `${top1.toFixed(1)} / ${top5.toFixed(1)}`,
        ji.toFixed(2),
      ]),
    ]),
  );
}

const percentage = (ratio: number | null): number | null => (ratio === null ? null : 100 * ratio);

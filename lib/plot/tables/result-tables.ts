import type { SplitterRow } from '../../compare/compare-splitters.js';
import type { ReplaceAcrossRow } from '../../compose/reuse/replace-across.js';
import type { ReplaceWithin } from '../../compose/reuse/replace-within.js';
import type { ReuseAcrossRow } from '../../compose/reuse/reuse-across.js';
import type { ReuseWithinRow } from '../../compose/reuse/reuse-within.js';
import type { Diagnosis } from '../../diagnose/diagnose.js';
import { OptionError } from '../../errors.js';
import type { ClassReport } from '../../metrics/class-report.js';
import { countMacs } from '../../surgery/trace/count-macs.js';
import { countParameters } from '../../models/count-parameters.js';
import type { PatchRow } from '../../patch/patch-row.js';
import type { PatchSummary } from '../../patch/patch-summary.js';
import type { ArmRow } from '../../simplify/compare-arms.js';
import type { SimplifyResult } from '../../simplify/simplify.js';
import type { DecomposeResult } from '../../split/decompose/decompose.js';
import type { MaskHistory } from '../../split/gradsplitter/history.js';
import type { SearchHistory } from '../../split/search-history.js';
import type { SplitScores } from '../../split/splitter.js';
import { keptRatio } from '../../surgery/trace/kernel-selection.js';
import type { TrainingHistory } from '../../training/history.js';
import type { TreatResult } from '../../treat/treat-result.js';
import type { Frame } from './data-frame.js';
import { decompositionTable, type DecompositionRow } from './decompose-tables.js';
import { patchSummaryTable, patchTable } from './patch-tables.js';
import { reportTable } from './report-frame.js';
import { replaceAcrossTable, replaceWithinTable, reuseAcrossTable, reuseWithinTable } from './reuse-tables.js';
import { simplifyArmsTable } from '../figures/simplify-arms.js';
import { splitterTable } from '../figures/splitter-comparison.js';
import { Table } from './table.js';
import { type Cell } from './cell.js';
import { treatmentTable } from './treatment-tables.js';

/** Every class of a diagnosis: its metrics, and where most of the images that it loses go. */
export function diagnosisTable({ report, confusions }: Pick<Diagnosis, 'report' | 'confusions'>): Table {
  const { columns, rows } = reportTable(report);
  return new Table(
    [...columns, 'most often taken for', 'share taken (%)'],
    rows.map((row, c): Cell[] => {
      const worst = confusions.find(({ actual }) => actual === report.classNames[c]);
      return [...row, worst?.predicted ?? null, worst ? 100 * worst.share : null];
    }),
  );
}

/** Every module of a split: the kernels it keeps and what it costs; of decompose, which cuts nothing out, the nodes it keeps. */
export function splitTable(result: Pick<SplitScores, 'modules'> | Pick<DecomposeResult, 'nodes'>): Table {
  if ('nodes' in result) {
    return new Table(
      ['module', 'nodes kept (%)', 'nodes active on positives (%)', 'masked nodes'],
      result.nodes.map(({ className, jiNodes, activeCi, masked }) => [
        ...[className, 100 * jiNodes, 100 * activeCi, masked.conv + masked.add + masked.dense],
      ]),
    );
  }
  return new Table(
    ['module', 'kernels kept (%)', 'multiply-adds (M)', 'parameters'],
    Object.entries(result.modules).map(([name, { selection, model }]) => [
      ...[name, 100 * keptRatio(selection), countMacs(model).total / 1e6, countParameters(model).parameters],
    ]),
  );
}

/** Every layer of a simplification: what was kept, and the model after its removal and after the retraining, on validation images. */
export function simplifyTable({ stages, before }: Pick<SimplifyResult, 'stages' | 'before'>): Table {
  return new Table(
    ['layer', 'kernels', 'kept', 'accuracy, removed (%)', 'accuracy, retrained (%)', 'κ', 'multiply-adds kept (%)', 'time (s)'], // prettier-ignore
    stages.map(({ layers, units, kept, removed, retrained, seconds }) => [
      ...[layers.join(' + '), units, kept.length, 100 * removed.accuracy, 100 * retrained.accuracy],
      ...[retrained.kappa.toFixed(3), (100 * retrained.macs) / before.macs, seconds],
    ]),
  );
}

/** A history, one row per epoch or generation, ratios in percent. */
export function historyTable(history: TrainingHistory | SearchHistory | MaskHistory): Table {
  const titles: Record<string, [title: string, factor: number]> = {
    trainAccuracy: ['training accuracy (%)', 100],
    validationAccuracy: ['validation accuracy (%)', 100],
    accuracy: ['accuracy (%)', 100],
    keptRatio: ['kernels kept (%)', 100],
    learningRate: ['learning rate', 1],
    meanKernels: ['kernels per module', 1],
    loss: ['loss (nats)', 1],
    seconds: ['time (s)', 1],
  };
  const keys = Object.keys(history[0] ?? {}).filter((key) => key !== 'figures');
  return new Table(
    keys.map((key) => titles[key]?.[0] ?? key),
    history.map((record) =>
      keys.map((key): Cell => {
        const value = (record as unknown as Record<string, Cell>)[key];
        return typeof value === 'number' ? value * (titles[key]?.[1] ?? 1) : value;
      }),
    ),
  );
}

/** What `tableOf` and `frame` take: results as the library returns them. Lists hold at least one row. */
export type TabularResult =
  | ClassReport
  | Pick<Diagnosis, 'report' | 'confusions'>
  | Pick<SplitScores, 'modules' | 'keptRatio'>
  | DecomposeResult
  | Pick<SimplifyResult, 'stages' | 'before'>
  | TreatResult
  | ReplaceWithin
  | TrainingHistory
  | SearchHistory
  | MaskHistory
  | readonly PatchRow[]
  | readonly PatchSummary[]
  | readonly SplitterRow[]
  | readonly DecompositionRow[]
  | readonly ReuseWithinRow[]
  | readonly ReuseAcrossRow[]
  | readonly ReplaceAcrossRow[]
  | readonly ArmRow[];

/** Keys that a result has and no other kind of result, with what makes a table of it. Results carry no tag: they are plain data. */
const OF_RESULTS: readonly (readonly [keys: string, table: (result: never) => Table])[] = [
  ['perClass confusion', reportTable],
  ['report confusions', diagnosisTable],
  ['modules nodes', splitTable],
  ['modules keptRatio', splitTable],
  ['stages before', simplifyTable],
  ['runs base settings', treatmentTable],
  ['recipient donor rows', replaceWithinTable],
];
const OF_ROWS: readonly (readonly [keys: string, table: (rows: never) => Table])[] = [
  ['weak patched rule', patchTable],
  ['targets seeds means rule', patchSummaryTable],
  ['method composedAccuracy cost', splitterTable],
  ['addPolicy variant report nodes', decompositionTable],
  ['restricted modules', reuseWithinTable],
  ['first second updated', reuseAcrossTable],
  ['foreign replaced place', replaceAcrossTable],
  ['arm budget macsKept', simplifyArmsTable],
  ['epoch loss', historyTable],
  ['generation score', historyTable],
];

/**
 * The table that belongs to a result, whichever it is: class report, diagnosis, split, simplification, treatment, history, or rows of
 * patching, reuse, replacement, decomposition or comparison.
 * @throws OptionError for anything else, and for a list without rows
 */
export function tableOf(result: TabularResult): Table {
  const sample = (Array.isArray(result) ? (result as readonly unknown[])[0] : result) as object | null | undefined;
  if (typeof sample === 'object' && sample !== null) {
    const known = Array.isArray(result) ? OF_ROWS : OF_RESULTS;
    const found = known.find(([keys]) => keys.split(' ').every((key) => key in sample));
    if (found) return found[1](result as never);
  }
  const got = sample ? `an object with ${Object.keys(sample).slice(0, 8).join(', ')}` : 'nothing';
  throw new OptionError(
    `tableOf: expected a result of evaluate, diagnose, split, simplify or treat, a history, or rows of an experiment; got ${got}. ` +
      'For rows of your own: plot.table(rows).',
  );
}

/** {@link tableOf} as a danfo DataFrame; cells without a value are NaN. */
export function frame(result: TabularResult): Frame {
  return tableOf(result).frame();
}

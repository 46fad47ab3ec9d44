import type { Diagnosis } from '../../diagnose/diagnose.js';
import type { SimplifyResult } from '../../simplify/simplify.js';
import type { DecomposeResult } from '../../split/decompose/decompose.js';
import type { MaskHistory } from '../../split/gradsplitter/history.js';
import type { SearchHistory } from '../../split/search-history.js';
import type { SplitResult } from '../../split/split-result.js';
import type { TrainingHistory } from '../../training/history.js';
import { type Cell } from './cell.js';
import { reportTable } from './report-frame.js';
import { Table } from './table.js';

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

/** Every module of a split: what it keeps and what it costs. */
export function splitTable({ modules }: Pick<SplitResult, 'modules'>): Table {
  const kinds = [...new Set(Object.values(modules).map(({ kind }) => kind))];
  return new Table(
    ['module', `${kinds.join(' or ')} kept (%)`, 'multiply-adds (M)', 'parameters'],
    Object.entries(modules).map(([name, { keptRatio, macs, parameters }]) => [
      ...[name, keptRatio === undefined ? null : 100 * keptRatio, macs / 1e6, parameters],
    ]),
  );
}

/** Every module of a decomposition, which cuts nothing out: the nodes it keeps. */
export function moduleNodesTable({ nodes }: Pick<DecomposeResult, 'nodes'>): Table {
  return new Table(
    ['module', 'nodes kept (%)', 'nodes active on positives (%)', 'masked nodes'],
    nodes.map(({ className, jiNodes, activeCi, masked }) => [
      ...[className, 100 * jiNodes, 100 * activeCi, masked.conv + masked.add + masked.dense],
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
  const keys = Object.keys(history[0] ?? {}).filter((key) => key !== 'kind' && key !== 'terms');
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

import type { SplitterRow } from '../compare/compare-splitters.js';
import type { ReproducedRow } from '../compare/reproduction/reproduced-row.js';
import type { FrontRow } from '../compare/summarise-front.js';
import type { ConfusedPairRow } from '../compose/reuse/confused-pair.js';
import type { CostRatios } from '../compose/reuse/cost-ratios.js';
import type { ReplaceAcrossRow } from '../compose/reuse/replace-across.js';
import type { ReplaceWithin } from '../compose/reuse/replace-within.js';
import type { ReuseAcrossRow } from '../compose/reuse/reuse-across.js';
import type { ModuleChoice } from '../compose/reuse/reuse-best-modules.js';
import type { ReuseWithinRow } from '../compose/reuse/reuse-within.js';
import type { AttackResult } from '../diagnose/attacks/result.js';
import type { StressResult } from '../diagnose/attacks/stress.js';
import type { CausalCheck } from '../diagnose/causal-check.js';
import type { Diagnosis } from '../diagnose/diagnose.js';
import type { ProbeResult } from '../diagnose/probe/probe.js';
import { OptionError } from '../errors.js';
import type { ClassReport } from '../metrics/class-report.js';
import type { Reliability } from '../metrics/reliability.js';
import type { PatchOverhead } from '../patch/patch-overhead.js';
import type { PatchRow } from '../patch/patch-row.js';
import type { PatchSummary } from '../patch/patch-summary.js';
import type { ArmRow } from '../simplify/compare-arms.js';
import type { SimplifyResult } from '../simplify/simplify.js';
import type { CnnSplitResult } from '../split/cnnsplitter/cnnsplitter.js';
import type { LayerSensitivity } from '../split/cnnsplitter/layer-sensitivity.js';
import type { DecomposeResult } from '../split/decompose/decompose.js';
import type { GradSplitResult } from '../split/gradsplitter/gradsplitter.js';
import type { MaskEpochRecord } from '../split/gradsplitter/history.js';
import type { GenerationRecord } from '../split/search-history.js';
import type { SplitResult } from '../split/split-result.js';
import type { FirstLook } from '../training/first-look.js';
import type { FitResult } from '../training/fit.js';
import type { EpochRecord } from '../training/history.js';
import type { Treatment } from '../treat/treat.js';
import type { TreatResult } from '../treat/treat-result.js';
import type { Figure } from './figure/figure.js';
import { shortened } from './figure/label.js';
import type { FigureOptions } from './figure/theme.js';
import { classMetrics } from './figures/classes/class-metrics.js';
import { firstLook } from './figures/data/first-look.js';
import { causalCheck } from './figures/diagnosis/causal-check.js';
import { diagnose } from './figures/diagnosis/diagnose.js';
import { probe } from './figures/diagnosis/probe.js';
import { reliability } from './figures/diagnosis/reliability.js';
import { stress } from './figures/diagnosis/stress.js';
import { treat } from './figures/diagnosis/treat.js';
import { patchExperiment } from './figures/patch/patch-experiment.js';
import { patchSummary } from './figures/patch/patch-summary.js';
import { reproducedRow } from './figures/reproduction/reproduced-row.js';
import { chooseBestModules } from './figures/reuse/choose-best-modules.js';
import { costRatios } from './figures/reuse/cost-ratios.js';
import { replaceAcross, replaceWithin, reuseAcross, reuseWithin } from './figures/reuse/reuse-dots.js';
import { compareArms, simplifyArmsTable } from './figures/simplify/compare-arms.js';
import { simplify } from './figures/simplify/simplify.js';
import { compareSplitters, splitterTable } from './figures/split/compare-splitters.js';
import { layerSensitivity } from './figures/split/layer-sensitivity.js';
import { maskCurve } from './figures/split/mask-curve.js';
import { searchCurve } from './figures/split/search-curve.js';
import { split } from './figures/split/split.js';
import { splitFront } from './figures/split/split-front.js';
import { fit } from './figures/training/fit.js';
import { trainingCurve } from './figures/training/training-curve.js';
import { attackTable } from './tables/attack-table.js';
import type { Frame } from './tables/data-frame.js';
import { type DecompositionRow, decompositionTable } from './tables/decompose-tables.js';
import { patchOverheadTable, patchSummaryTable, patchTable } from './tables/patch-tables.js';
import { reportTable } from './tables/report-frame.js';
import { diagnosisTable, historyTable, moduleNodesTable, simplifyTable, splitTable } from './tables/result-tables.js';
import {
  confusedPairTable,
  replaceAcrossTable,
  replaceWithinTable,
  reuseAcrossTable,
  reuseWithinTable,
} from './tables/reuse-tables.js';
import { splitFrontTable } from './tables/split-front-table.js';
import type { Table } from './tables/table.js';
import { treatmentTable } from './tables/treatment-tables.js';

/** What one call returns. */
export type OneResult =
  | ClassReport
  | Diagnosis
  | CausalCheck
  | Reliability
  | AttackResult
  | StressResult
  | ProbeResult
  | FitResult
  | FirstLook
  | CnnSplitResult
  | GradSplitResult
  | DecomposeResult
  | (SplitResult & { readonly kind: 'splitResult' })
  | LayerSensitivity
  | Treatment
  | TreatResult
  | SimplifyResult
  | ReplaceWithin
  | ModuleChoice
  | ReproducedRow
  | CostRatios;

/** What a list of results holds. */
export type ResultRow =
  | EpochRecord
  | GenerationRecord
  | MaskEpochRecord
  | SplitterRow
  | FrontRow
  | PatchRow
  | PatchSummary
  | PatchOverhead
  | ArmRow
  | ReuseWithinRow
  | ReuseAcrossRow
  | ReplaceAcrossRow
  | ConfusedPairRow
  | CostRatios
  | DecompositionRow;

/** What `plot.of`, `tableOf` and `plot.frame` take: results as the library returns them. Lists hold at least one row. */
export type ShownResult = OneResult | readonly ResultRow[];

/** How a kind of result is shown. Without a table of its own it has that of its figure. */
type Shown<Result> =
  | { readonly figure: (result: Result, options?: FigureOptions) => Figure; readonly table?: (result: Result) => Table }
  | { readonly figure?: undefined; readonly table: (result: Result) => Table };

const ONE: { readonly [Kind in OneResult['kind']]: Shown<Extract<OneResult, { kind: Kind }>> } = {
  classReport: { figure: classMetrics, table: reportTable },
  diagnosis: { figure: diagnose, table: diagnosisTable },
  causalCheck: { figure: causalCheck },
  reliability: { figure: reliability },
  attackResult: { table: attackTable },
  stressResult: { figure: stress },
  probeResult: { figure: probe },
  firstLook: { figure: firstLook },
  fitResult: { figure: fit, table: ({ history }) => historyTable(history) },
  cnnSplitResult: { figure: split, table: splitTable },
  gradSplitResult: { figure: split, table: splitTable },
  decomposeResult: { figure: split, table: moduleNodesTable },
  splitResult: { figure: split, table: splitTable },
  layerSensitivity: { figure: layerSensitivity },
  treatment: { figure: treat, table: ({ result }) => treatmentTable(result) },
  treatResult: { figure: treat, table: treatmentTable },
  simplifyResult: { figure: simplify, table: simplifyTable },
  replaceWithin: { figure: replaceWithin, table: replaceWithinTable },
  moduleChoice: { figure: chooseBestModules },
  reproducedRow: { figure: reproducedRow },
  costRatios: { figure: costRatios },
};

const ROWS: { readonly [Kind in ResultRow['kind']]: Shown<readonly Extract<ResultRow, { kind: Kind }>[]> } = {
  epochRecord: { figure: trainingCurve, table: historyTable },
  generationRecord: { figure: searchCurve, table: historyTable },
  maskEpochRecord: { figure: maskCurve, table: historyTable },
  splitterRow: { figure: compareSplitters, table: splitterTable },
  frontRow: { figure: splitFront, table: splitFrontTable },
  patchRow: { figure: patchExperiment, table: patchTable },
  patchSummary: { figure: patchSummary, table: patchSummaryTable },
  patchOverhead: { table: patchOverheadTable },
  armRow: { figure: compareArms, table: simplifyArmsTable },
  reuseWithinRow: { figure: reuseWithin, table: reuseWithinTable },
  reuseAcrossRow: { figure: reuseAcross, table: reuseAcrossTable },
  replaceAcrossRow: { figure: replaceAcross, table: replaceAcrossTable },
  confusedPairRow: { table: (rows) => confusedPairTable(rows) },
  costRatios: { figure: costRatios },
  decompositionRow: { table: decompositionTable },
};

/**
 * The figure that belongs to a result, whichever it is: of a report, a diagnosis, a split, a simplification, a treatment, a history, or of
 * the rows of an experiment. Figures that say what a result has besides are functions of their own.
 * @throws OptionError when the result has no kind, none that is known, or one that has a table only
 * @example
 * const data = await loadDataset('synthetic', { trainPerClass: 4, testPerClass: 2, seed: 1 });
 * const report = await evaluate(models.weakSimCnnCifar({ width: 1 / 8, seed: 1 }), data.test);
 * plot.of(report, { title: 'An untrained network' }).show();
 */
export function of(result: ShownResult, options: FigureOptions = {}): Figure {
  const { figure, kind } = shown('plot.of', result);
  if (figure) return figure(result as never, options);
  throw new OptionError(`plot.of: a result of the kind ${kind} has no figure; tableOf(result) has its table.`);
}

/**
 * The table that belongs to a result, whichever it is; where it has none of its own, the numbers of its figure.
 * @throws OptionError when the result has no kind or none that is known
 * @example
 * const data = await loadDataset('synthetic', { trainPerClass: 4, testPerClass: 2, seed: 1 });
 * const report = await evaluate(models.weakSimCnnCifar({ width: 1 / 8, seed: 1 }), data.test);
 * tableOf(report).sortBy('F1 (%)').show();
 */
export function tableOf(result: ShownResult): Table {
  const { figure, table } = shown('tableOf', result);
  return table ? table(result as never) : figure!(result as never).toTable();
}

/** {@link tableOf} as a danfo DataFrame; cells without a value are NaN. */
export function frame(result: ShownResult): Frame {
  return tableOf(result).frame();
}

/** How a result is shown, and its kind. */
function shown(caller: string, result: ShownResult): Shown<never> & { readonly kind: string } {
  const list = Array.isArray(result);
  const known: Readonly<Record<string, Shown<never>>> = list ? ROWS : ONE;
  const samples = (list ? result : [result]) as readonly unknown[];
  const kinds = [...new Set(samples.map(kindOf))];
  const [kind = ''] = kinds;
  const how = kinds.length === 1 && Object.hasOwn(known, kind) ? known[kind] : undefined;
  if (how) return { ...how, kind };
  const what = list ? 'rows of one kind' : 'a result with a kind';
  throw new OptionError(
    `${caller}: expected ${what}, one of ${Object.keys(known).join(', ')}; got ${described(samples, kinds)}. ` +
      'Results of earlier versions that were saved have no kind: run the call again. For rows of your own: plot.table(rows).',
  );
}

function kindOf(result: unknown): string | undefined {
  const kind = (result as { kind?: unknown } | null | undefined)?.kind;
  return typeof kind === 'string' ? kind : undefined;
}

function described(samples: readonly unknown[], kinds: readonly (string | undefined)[]): string {
  if (kinds.some((kind) => kind !== undefined)) {
    return kinds.map((kind) => (kind === undefined ? 'none' : `'${shortened(kind)}'`)).join(' and ');
  }
  const [sample] = samples;
  if (samples.length === 0) return 'an empty list';
  if (typeof sample !== 'object' || sample === null) return shortened(String(sample));
  return `an object with ${shortened(Object.keys(sample).slice(0, 8).join(', ') || 'nothing in it')}`;
}

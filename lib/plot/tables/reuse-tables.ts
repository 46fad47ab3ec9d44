import type { ConfusedPairRow } from '../../compose/reuse/confused-pair.js';
import { publishedReplaceAcross, publishedReplaceWithin } from '../../compose/reuse/published/published-replace.js';
import {
  publishedReuseAcross,
  type PublishedReuseData,
  publishedReuseWithin,
} from '../../compose/reuse/published/published-reuse.js';
import { type PairOption, PUBLISHED_PAIR_OPTIONS } from '../../compose/reuse/published/published-scenario.js';
import type { ReplaceAcrossRow } from '../../compose/reuse/replace-across.js';
import type { ReplaceWithin } from '../../compose/reuse/replace-within.js';
import type { ReuseAcrossRow, UpdatedModules } from '../../compose/reuse/reuse-across.js';
import type { ReuseWithinRow } from '../../compose/reuse/reuse-within.js';
import type { TaskScore } from '../../metrics/task-score.js';
import { type Cell } from './cell.js';
import { Table } from './table.js';

const hundredths = (ratio: number | null | undefined): number | null =>
  ratio === null || ratio === undefined ? null : Math.round(10_000 * ratio) / 100;
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const meanOf = (values: readonly (number | null | undefined)[]): number | null => {
  const defined = values.filter((value) => value !== null && value !== undefined);
  return defined.length === 0 ? null : mean(defined);
};
const twoDigits = (value: number) => Math.round(100 * value) / 100;

/** Reuse within a data set, pair by pair, in percent; last the paper's means (T2 of spec decompose §5). */
export function reuseWithinTable(rows: readonly ReuseWithinRow[], paper: PublishedReuseData = 'cifar10'): Table {
  const of = (name: string, score: (row: ReuseWithinRow) => TaskScore | null): [string, (number | null)[]] => [
    name,
    rows.map((row) => score(row)?.accuracy ?? null),
  ];
  const columns = [
    of('from scratch (%)', ({ scratch }) => scratch),
    of('restricted logits (%)', ({ restricted }) => restricted),
    of('modules (%)', ({ modules }) => modules),
  ];
  const published = publishedReuseWithin().filter(({ data }) => data === paper);
  return new Table(
    ['data', 'pair', 'images', ...columns.map(([name]) => name)],
    [
      ...rows.map((row, i): Cell[] => [
        ...[row.data, `${row.first} / ${row.second}`, row.modules.images],
        ...columns.map(([, values]) => hundredths(values[i])),
      ]),
      ['mean', '–', null, ...columns.map(([, values]) => hundredths(meanOf(values)))],
      [
        ...[`paper, ${paper}, mean of ${published.length} pairs`, '–', null],
        twoDigits(mean(published.map(({ scratch }) => scratch))),
        null,
        twoDigits(mean(published.map(({ modules }) => modules))),
      ],
    ],
  );
}

/**
 * Reuse across data sets, pair by pair, in percent: balanced accuracy, since the classes have images in unequal numbers; last the
 * paper's means, of which it is not known whether they are balanced (T3 of spec decompose §5).
 */
export function reuseAcrossTable(rows: readonly ReuseAcrossRow[]): Table {
  const after = (reading: UpdatedModules['reading']) => (row: ReuseAcrossRow) =>
    row.updated.find((updated) => updated.reading === reading)?.score.balancedAccuracy ?? null;
  const columns: [string, (row: ReuseAcrossRow) => number | null][] = [
    ['from scratch (%)', ({ scratch }) => scratch?.balancedAccuracy ?? null],
    ['no node removed (%)', ({ unmasked }) => unmasked.balancedAccuracy],
    ['modules (%)', ({ modules }) => modules.balancedAccuracy],
    ['nodes added (%)', after('add')],
    ['nodes removed (%)', after('remove')],
    ['modules, not balanced (%)', ({ modules }) => modules.accuracy],
    ['always the larger class (%)', ({ modules }) => Math.max(...modules.support) / modules.images],
  ];
  const published = publishedReuseAcross();
  const paper = (of: 'scratch' | 'modules' | 'updated') => twoDigits(mean(published.map((row) => row[of])));
  return new Table(
    ['pair', 'images', ...columns.map(([name]) => name)],
    [
      ...rows.map((row): Cell[] => [
        ...[`${row.modules.classNames.join(' / ')}`, row.modules.images],
        ...columns.map(([, value]) => hundredths(value(row))),
      ]),
      ['mean', null, ...columns.map(([, value]) => hundredths(meanOf(rows.map(value))))],
      ['paper, mean of 16 pairs', null, paper('scratch'), null, paper('modules'), paper('updated'), null, null, null],
    ],
  );
}

/** Replacement within a data set, class by class, in percent; the paper's rows have other networks (T4 of spec decompose §5). */
export function replaceWithinTable(result: ReplaceWithin, paper: PublishedReuseData = 'cifar10'): Table {
  const line = (name: string, score: TaskScore, unmasked: TaskScore | null): Cell[] => [
    name,
    hundredths(score.accuracy),
    hundredths(score.top5),
    hundredths(unmasked?.accuracy),
    null,
    null,
  ];
  const published = (measure: 'top1' | 'top5') =>
    publishedReplaceWithin().find((row) => row.data === paper && row.measure === measure)!;
  const [top1, top5] = [published('top1'), published('top5')];
  const withPaper = (cells: Cell[], one: number | undefined, five: number | undefined): Cell[] => [
    ...cells.slice(0, 4),
    one ?? null,
    five ?? null,
  ];
  return new Table(
    ['modules', 'top-1 (%)', 'top-5 (%)', 'top-1, no node removed (%)', 'paper, top-1 (%)', 'paper, top-5 (%)'],
    [
      withPaper(line(`${result.recipient}, the model`, result.model, null), top1.model, top5.model),
      withPaper(line(`${result.recipient}, composed`, result.composed, result.model), top1.composed, top5.composed),
      line(`${result.donor}, composed`, result.donorComposed, result.donorModel),
      ...result.rows.map(({ className, replaced, unmasked }, i) =>
        withPaper(line(`${className} from the donor`, replaced, unmasked), top1.replaced[i], top5.replaced[i]),
      ),
    ],
  );
}

/** Replacement across data sets, in percent, with the foreign class's recall; last the paper's means (T5 of spec decompose §5). */
export function replaceAcrossTable(rows: readonly ReplaceAcrossRow[]): Table {
  const columns: [string, (row: ReplaceAcrossRow) => number | null | undefined][] = [
    ['from scratch, top-1 (%)', ({ scratch }) => scratch?.accuracy],
    ['modules, top-1 (%)', ({ modules }) => modules.accuracy],
    ['modules, top-5 (%)', ({ modules }) => modules.top5],
    ['from scratch, balanced (%)', ({ scratch }) => scratch?.balancedAccuracy],
    ['no node removed, balanced (%)', ({ unmasked }) => unmasked.balancedAccuracy],
    ['modules, balanced (%)', ({ modules }) => modules.balancedAccuracy],
    ['updated, balanced (%)', ({ updated }) => updated?.score.balancedAccuracy],
    ['foreign recall, from scratch (%)', ({ scratch, place }) => scratch?.recall[place]],
    ['foreign recall, modules (%)', ({ modules, place }) => modules.recall[place]],
    ['foreign recall, updated (%)', ({ updated, place }) => updated?.score.recall[place]],
  ];
  const published = publishedReplaceAcross();
  const paper: Cell[] = [
    twoDigits(mean(published.map(({ scratch }) => scratch.top1))),
    twoDigits(mean(published.map(({ modules }) => modules.top1))),
    twoDigits(mean(published.map(({ modules }) => modules.top5))),
  ];
  return new Table(
    ['replacement', ...columns.map(([name]) => name)],
    [
      ...rows.map((row): Cell[] => [
        `${row.foreign.className} for ${row.replaced}`,
        ...columns.map(([, value]) => hundredths(value(row))),
      ]),
      ['mean', ...columns.map(([, value]) => hundredths(meanOf(rows.map(value))))],
      ['paper, mean of 16', ...columns.map((_, i) => paper[i] ?? null)],
    ],
  );
}

const OPTION_TITLES: Record<PairOption, string> = {
  model: 'the model',
  modules: 'its modules',
  better: '1: module of a better model',
  pair: '2: module of a model of the pair',
  drop: '3: without the module',
  recheck: '4: pair checked again',
};

/** What was done about a confused pair, in percent; the paper's is person and gorilla among 202 classes (T6 of spec decompose §5). */
export function confusedPairTable(
  rows: readonly ConfusedPairRow[],
  { victim, taker }: { victim: string; taker: string } = { victim: 'the class', taker: 'the other' },
): Table {
  return new Table(
    [
      ...['option', 'top-1 (%)', 'top-5 (%)', `recall of ${victim} (%)`, `recall of ${taker} (%)`],
      ...[`${victim} taken for ${taker} (%)`, 'paper, top-1 (%)', 'paper, top-5 (%)'],
    ],
    rows.map(({ option, score, victimRecall, takerRecall, confused }) => [
      OPTION_TITLES[option],
      ...[score.accuracy, score.top5, victimRecall, takerRecall, confused].map(hundredths),
      PUBLISHED_PAIR_OPTIONS[option].top1,
      PUBLISHED_PAIR_OPTIONS[option].top5,
    ]),
  );
}

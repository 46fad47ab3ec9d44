import { ensureBackend } from '../../backend/ensure-backend.js';
import type { AdaptOptions } from '../../datasets/adapt-images.js';
import type { ImageSet } from '../../datasets/dataset.js';
import { keepClasses } from '../../datasets/subset.js';
import { OptionError } from '../../errors.js';
import type { ClassReport } from '../../metrics/class-report.js';
import type { TaskScore } from '../../metrics/task-score.js';
import type { RunOptions } from '../../run/options.js';
import { type ModularNetwork, modulesOf } from './modular-network.js';
import { type OpenNetwork, openNetwork } from './open-network.js';
import type { PairOption } from './published/published-scenario.js';
import { columnOf, replaceColumn, scoreOf, type ScoreTable } from './score-table.js';

/** A class and the class that its images are taken for. */
export interface ConfusedPair {
  /** The gorilla: its images are taken for the other's. */
  readonly victim: string;
  /** The person. */
  readonly taker: string;
  /** Share of the victim's images that are taken for the taker's. */
  readonly share: number;
}

/** The class pair of a report with the largest share of images taken for the other; of equals the first. */
export function mostConfusedPair({ classNames, confusion, perClass }: ClassReport): ConfusedPair {
  let pair: ConfusedPair = { victim: classNames[0], taker: classNames[0], share: 0 };
  confusion.forEach((row, from) =>
    row.forEach((count, to) => {
      const share = from === to ? 0 : count / perClass[from].support;
      if (share > pair.share) pair = { victim: classNames[from], taker: classNames[to], share };
    }),
  );
  if (pair.share === 0) {
    throw new OptionError('mostConfusedPair: expected a report with a mistake in it, every image is classified right.');
  }
  return pair;
}

/** What {@link confusedPair} can be told. */
export interface ConfusedPairOptions extends Omit<RunOptions, 'seed'>, AdaptOptions {
  /** A better network for the same classes, whose module of the victim is taken (option 1). Default: left out. */
  better?: ModularNetwork;
  /** A network of the pair alone, whose modules are taken (options 2 and 4). Default: left out. */
  pairNetwork?: ModularNetwork;
}

/** One way of dealing with a confused pair, on all classes' test images. Plain data. */
export interface ConfusedPairRow {
  readonly kind: 'confusedPairRow';
  readonly option: PairOption;
  readonly score: TaskScore;
  readonly victimRecall: number | null;
  readonly takerRecall: number | null;
  /** Share of the victim's images that are taken for the taker's. */
  readonly confused: number | null;
}

/**
 * What can be done about a class that is taken for another, without retraining the whole model (spec decompose §3.7, T6):
 * the model as it is, its modules composed, (1) the victim's module from a better network, (2) from a network of the pair
 * alone, (3) without the victim's module, (4) with all modules, where the answer "taker" or "victim" is checked again by the
 * pair network's two modules.
 * @param pair chosen on other images than the test's
 * @throws OptionError when a module is missing; DataError for images that a network cannot take; InterruptedError on `signal`
 */
export async function confusedPair(
  network: ModularNetwork,
  pair: Pick<ConfusedPair, 'victim' | 'taker'>,
  test: ImageSet,
  options: ConfusedPairOptions = {},
): Promise<ConfusedPairRow[]> {
  await ensureBackend();
  const { better, pairNetwork, onProgress, signal, resize } = options;
  const { victim, taker } = pair;
  const { classNames } = test;
  const pass = { onProgress, signal, resize };
  const using = async <T>(of: ModularNetwork, run: (open: OpenNetwork) => Promise<T>): Promise<T> => {
    const open = openNetwork(of);
    try {
      return await run(open);
    } finally {
      open.dispose();
    }
  };
  const marginsOf = (of: ModularNetwork, names: readonly string[]) =>
    using(of, (open) => open.margins(modulesOf(of, names), test, { ...pass, task: `modules of ${of.name}` }));
  const rows: ConfusedPairRow[] = [];
  const add = (option: PairOption, table: ScoreTable) => {
    const score = scoreOf(table, test.labels, classNames);
    const [v, t] = [victim, taker].map((name) => classNames.indexOf(name));
    rows.push({
      kind: 'confusedPairRow',
      option,
      score,
      victimRecall: score.recall[v],
      takerRecall: score.recall[t],
      confused: shareTakenFor(table, test, v, t),
    });
  };
  add('model', await using(network, (open) => open.unmasked(test, { ...pass, task: network.name })));
  const composed = await marginsOf(network, classNames);
  add('modules', composed);
  if (better) {
    add('better', replaceColumn(composed, victim, columnOf(await marginsOf(better, [victim]), victim)));
  }
  const second = pairNetwork && (await marginsOf(pairNetwork, [victim, taker]));
  if (second) add('pair', replaceColumn(composed, victim, columnOf(second, victim)));
  add('drop', replaceColumn(composed, victim, new Float64Array(composed.images).fill(-Infinity)));
  if (second) add('recheck', rechecked(composed, second, victim, taker));
  return rows;
}

/** The training images of a pair, for a network of the two alone: class 0 is the victim. */
export function pairImages(images: ImageSet, { victim, taker }: Pick<ConfusedPair, 'victim' | 'taker'>): ImageSet {
  return keepClasses(images, [victim, taker], { relabel: true });
}

/** Where victim or taker wins and the second opinion is for the other of the two, their margins change places. */
function rechecked(table: ScoreTable, second: ScoreTable, victim: string, taker: string): ScoreTable {
  const own = { victim: columnOf(table, victim).slice(), taker: columnOf(table, taker).slice() };
  const other = { victim: columnOf(second, victim), taker: columnOf(second, taker) };
  for (let i = 0; i < table.images; i++) {
    const best = Math.max(...[...table.columns.values()].map((column) => column[i]));
    if (Math.max(own.victim[i], own.taker[i]) < best) continue;
    if (own.victim[i] > own.taker[i] !== other.victim[i] > other.taker[i]) {
      [own.victim[i], own.taker[i]] = [own.taker[i], own.victim[i]];
    }
  }
  return replaceColumn(replaceColumn(table, victim, own.victim), taker, own.taker);
}

function shareTakenFor(table: ScoreTable, { labels, classNames }: ImageSet, from: number, to: number): number | null {
  const columns = classNames.map((name) => columnOf(table, name));
  let images = 0;
  let taken = 0;
  labels.forEach((label, i) => {
    if (label !== from) return;
    images++;
    let winner = 0;
    for (let c = 1; c < columns.length; c++) if (columns[c][i] > columns[winner][i]) winner = c;
    if (winner === to) taken++;
  });
  return images === 0 ? null : taken / images;
}

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { CostRatios } from '../compose/cost-ratios.js';
import type { ReplaceAcrossRow } from '../compose/replace-across.js';
import type { ReplaceWithin } from '../compose/replace-within.js';
import type { ReuseAcrossRow } from '../compose/reuse-across.js';
import type { ReuseWithinRow } from '../compose/reuse-within.js';
import type { ScratchResult } from '../compose/scratch-baseline.js';
import { OptionError } from '../errors.js';
import type { TaskScore } from '../metrics/task-score.js';
import { costRatioBars } from './cost-ratios.js';
import type { Figure } from './figure.js';
import { replaceAcrossDots, replaceWithinDots, reuseAcrossDots, reuseWithinDots } from './reuse-dots.js';
import {
  confusedPairTable,
  replaceAcrossTable,
  replaceWithinTable,
  reuseAcrossTable,
  reuseWithinTable,
} from './reuse-tables.js';
import { taskDots } from './task-dots.js';

const score = (classNames: readonly string[], accuracy: number): TaskScore => ({
  classNames,
  images: 100 * classNames.length,
  accuracy,
  balancedAccuracy: accuracy - 0.01,
  top5: classNames.length > 5 ? Math.min(1, accuracy + 0.2) : null,
  balancedTop5: null,
  support: classNames.map((_, c) => (c === 0 ? 160 : 40)),
  recall: classNames.map((_, c) => accuracy - 0.02 + c / 100),
});
const effort = { seconds: 2, macs: 5e9 };
const scratch = (classNames: readonly string[], accuracy: number): ScratchResult => ({
  ...score(classNames, accuracy),
  ...{ network: 'ResNet-8', epochs: 10, bestEpoch: 7, trainImages: 800 },
  effort: { allEpochs: { seconds: 100, macs: 9e11 }, bestEpoch: { seconds: 70, macs: 6e11 }, predict: effort },
});
const NAMES = ['cat', '<b>dog</b>', 'car'];
const TEN = Array.from({ length: 10 }, (_, i) => `class ${i}`);

const within: ReuseWithinRow[] = [0, 1, 2].map((i) => {
  const pair = [NAMES[i], NAMES[(i + 1) % 3]];
  return {
    ...{ data: 'cifar10', network: 'ResNet-20', first: pair[0], second: pair[1], effort },
    scratch: i === 1 ? null : scratch(pair, 0.8),
    restricted: score(pair, 0.95),
    modules: score(pair, 0.95 - i / 100),
  };
});
const across: ReuseAcrossRow[] = [0, 1].map((i) => {
  const pair = ['cat', `apple ${i}`];
  return {
    first: { data: 'cifar10', network: 'ResNet-32', className: 'cat' },
    second: { data: 'cifar100', network: 'ResNet-20', className: pair[1] },
    scratch: null,
    unmasked: score(pair, 0.91),
    modules: score(pair, 0.9),
    updated: (['add', 'remove'] as const).map((reading) => ({
      ...{ reading, inactiveChange: reading === 'add' ? -20 : 30 },
      score: score(pair, reading === 'add' ? 0.92 : 0.7),
      effort: { update: effort, predict: effort },
    })),
    effort,
  };
});
const replaced: ReplaceWithin = {
  ...{ data: 'cifar10', recipient: 'ResNet-20', donor: 'ResNet-32' },
  ...{ model: score(TEN, 0.91), composed: score(TEN, 0.905), donorModel: score(TEN, 0.93), donorComposed: score(TEN, 0.925) }, // prettier-ignore
  rows: TEN.map((className, i) => ({
    className,
    replaced: score(TEN, 0.9 + i / 300),
    unmasked: score(TEN, 0.91 + i / 300),
  })),
};
const replacedAcross: ReplaceAcrossRow[] = [2, 4].map((place) => ({
  ...{ data: 'cifar10', recipient: 'ResNet-32', replaced: TEN[place], place, effort },
  foreign: { data: 'cifar100', network: 'ResNet-20', className: 'apple' },
  scratch: place === 2 ? scratch(TEN, 0.6) : null,
  unmasked: score(TEN, 0.88),
  modules: score(TEN, 0.87),
  updated: null,
}));
const costs: CostRatios[] = [
  { task: 'reuse within', rows: 3, fixedEpochs: { seconds: 50, macs: 180 }, bestEpoch: { seconds: 35, macs: 120 }, fixedEpochsUpdated: null }, // prettier-ignore
  { task: 'reuse across', rows: 2, fixedEpochs: { seconds: 40, macs: 80 }, bestEpoch: { seconds: 9, macs: 20 }, fixedEpochsUpdated: { seconds: 0.8, macs: 2 } }, // prettier-ignore
];

const figures = (theme: 'light' | 'dark'): Record<string, Figure> => ({
  'reuse-within': reuseWithinDots(within, { theme }),
  'reuse-across': reuseAcrossDots(across, { theme }),
  'replace-within': replaceWithinDots(replaced, { theme }),
  'replace-across': replaceAcrossDots(replacedAcross, { theme }),
  'cost-ratios': costRatioBars(costs, { theme }),
});

/** The tests run from the build folder; the snapshots stand beside the source. */
function snapshotFolder(): string {
  let folder = __dirname;
  while (!fs.existsSync(path.join(folder, 'package.json'))) folder = path.dirname(folder);
  return path.join(folder, 'lib', 'plot', 'snapshots');
}

for (const [name, figure] of Object.entries(figures('light'))) {
  test(`${name}: the figure is the one in the snapshot`, async () => {
    const round = (_: string, value: unknown) =>
      typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value;
    const now = `${JSON.stringify(figure, round, 1)}\n`;
    const file = path.join(snapshotFolder(), `${name}.json`);
    if (process.env['UPDATE_SNAPSHOTS']) fs.writeFileSync(file, now);
    assert.equal(now, fs.readFileSync(file, 'utf8'));
    assert.doesNotMatch(now, /<b>dog/);
    assert.match(await figures('dark')[name].toSVG(), /^<svg/);
  });
}

test('tables: means, balanced figures, and the paper beside them', () => {
  const cell = (table: { columns: readonly string[]; rows: readonly (readonly unknown[])[] }, row: number, column: string) =>
    table.rows.at(row)![table.columns.indexOf(column)]; // prettier-ignore
  const t2 = reuseWithinTable(within);
  assert.equal(cell(t2, 3, 'modules (%)'), 94);
  assert.equal(cell(t2, 1, 'from scratch (%)'), null);
  assert.equal(cell(t2, -1, 'from scratch (%)'), 89.77);
  assert.equal(cell(t2, -1, 'restricted logits (%)'), null);
  const t3 = reuseAcrossTable(across);
  assert.equal(cell(t3, 0, 'modules (%)'), 89);
  assert.equal(cell(t3, 0, 'always the larger class (%)'), 80);
  assert.equal(cell(t3, -1, 'nodes added (%)'), 89.79);
  const t4 = replaceWithinTable(replaced);
  assert.deepEqual([cell(t4, 0, 'paper, top-1 (%)'), cell(t4, 1, 'paper, top-1 (%)'), cell(t4, 3, 'paper, top-1 (%)')], [85.3, 78.6, 80.6]); // prettier-ignore
  const t5 = replaceAcrossTable(replacedAcross);
  assert.equal(cell(t5, 0, 'foreign recall, modules (%)'), 87);
  assert.equal(cell(t5, 0, 'updated, balanced (%)'), null);
  const row = { score: score(TEN, 0.9), victimRecall: 0, takerRecall: 0.9, confused: 1 };
  const t6 = confusedPairTable([{ option: 'drop', ...row }], { victim: 'cat', taker: 'dog' });
  assert.deepEqual(t6.rows[0].slice(-2), [24, 48.2]);
});

test('figures with nothing to show are refused', () => {
  assert.throws(() => costRatioBars([]), OptionError);
  assert.throws(() => reuseWithinDots([]), OptionError);
  assert.throws(() => taskDots([{ name: 'a', values: { x: 1 } }, { name: 'b', values: { y: 1 } }]), OptionError); // prettier-ignore
});

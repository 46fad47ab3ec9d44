import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OptionError } from '../../../errors.js';
import { taskDots } from '../../parts/task-dots.js';
import {
  confusedPairTable,
  replaceAcrossTable,
  replaceWithinTable,
  reuseAcrossTable,
  reuseWithinTable,
} from '../../tables/reuse-tables.js';
import {
  across,
  replaced,
  replacedAcross,
  reuseFigures,
  score,
  TEN,
  within,
} from '../../testing/reuse-figures.fixture.js';
import { assertSnapshot } from '../../testing/snapshot.fixture.js';
import { costRatios } from './cost-ratios.js';
import { reuseWithin } from './reuse-dots.js';

test('figures are the ones in the snapshots', async () => {
  for (const [name, figure] of Object.entries(reuseFigures('light'))) {
    assertSnapshot(name, figure);
    assert.doesNotMatch(JSON.stringify([figure.data, figure.layout]), /<b>dog/);
    assert.match(await reuseFigures('dark')[name].toSVG(), /^<svg/);
  }
});

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
  const t6 = confusedPairTable([{ kind: 'confusedPairRow', option: 'drop', ...row }], { victim: 'cat', taker: 'dog' });
  assert.deepEqual(t6.rows[0].slice(-2), [24, 48.2]);
});

test('figures with nothing to show are refused', () => {
  assert.throws(() => costRatios([]), OptionError);
  assert.throws(() => reuseWithin([]), OptionError);
  assert.throws(() => taskDots([{ name: 'a', values: { x: 1 } }, { name: 'b', values: { y: 1 } }]), OptionError); // prettier-ignore
});

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { openBackend } from '../../../backend/open-backend.js';
import { OptionError } from '../../../errors.js';
import { summarisePatchRows } from '../../../patch/patch-summary.js';
import { publishedPatchRows } from '../../../patch/published-results.js';
import { patchFrame, patchOverheadTable, patchSummaryTable, patchTable } from '../../tables/patch-tables.js';
import { rowsOf } from '../../testing/patch-figures.fixture.js';
import { patchExperiment } from './patch-experiment.js';
import { patchSummary } from './patch-summary.js';

before(() => openBackend({ quiet: true }));

test('published figures stand beside ours where there are any, and only there', () => {
  const names = (figure: { data: readonly unknown[] }) =>
    figure.data.map((trace) => (trace as { name?: string }).name).filter((name) => name?.includes('published'));
  for (const data of ['cifar', 'synthetic'] as const) {
    const rows = rowsOf(data);
    const shown = data === 'cifar';
    assert.equal(names(patchExperiment(rows)).length, shown ? 8 : 0);
    assert.equal(names(patchSummary(summarisePatchRows(rows))).length, shown ? 4 : 0);
  }
  const [paper] = publishedPatchRows(); // SimCNN on CIFAR, class 0, simple
  const table = patchTable(rowsOf('cifar'));
  const column = table.columns.indexOf('recall paper gain (pp)');
  assert.equal(table.rows[0][column], Math.round(100 * (paper.patched.recall - paper.weak.recall)) / 100);
});

test('a recall that falls is said in the figure, in its text and by a bar that points down', () => {
  const rows = rowsOf('synthetic');
  const targets = patchExperiment(rows);
  assert.match(targets.altText, /recall falls for 6 of 6/);
  assert.match(JSON.stringify(targets.layout.title), /recall falls for 6 of 6/);
  assert.match(patchExperiment(rows, { rule: 'learned' }).altText, /recall falls for 0 of 6/);
  const gains = patchSummary(summarisePatchRows(rows));
  const bars = gains.data[2] as unknown as { name: string; y: number[]; yaxis: string; error_y: { array: number[] } };
  assert.deepEqual([bars.name, bars.yaxis], ['minMax', 'y2']);
  bars.y.forEach((gain) => assert.ok(Math.abs(gain + 18.5) < 1e-6, `${gain}`));
  assert.ok(bars.error_y.array.every((std) => Math.abs(std - 0.7071) < 1e-3));
});

test('figures can be drawn, and names are inert', async () => {
  for (const figure of [patchExperiment(rowsOf('cifar')), patchSummary(summarisePatchRows(rowsOf('cifar', [1])))]) {
    assert.doesNotMatch(JSON.stringify([figure.data, figure.layout]), /<b>class/);
    assert.match(await figure.toSVG(), /^<svg/);
  }
  assert.throws(() => patchExperiment(rowsOf('cifar'), { rule: 'sigmoid' }), OptionError);
  assert.throws(() => patchSummary([]), OptionError);
  assert.throws(() => patchSummary(summarisePatchRows([...rowsOf('cifar'), ...rowsOf('svhn')])), /one network on one/);
});

test('the overhead table has the published rows, complete, and our count of the full networks', () => {
  const own = { kind: 'patchOverhead' as const, targetClass: 'cat', moduleMacs: 3e6, strongMacs: 12e6, ratio: 0.25 };
  const { columns, rows } = patchOverheadTable([own], 'mine');
  assert.deepEqual(
    rows.map((row) => row[0]),
    ['simcnn cifar10, paper', 'simcnn svhn_5, paper', 'rescnn cifar10, paper', 'rescnn svhn_5, paper', 'mine'],
  );
  assert.deepEqual(rows[0].slice(1, 4), [53.89, 49.58, 51.93]);
  assert.equal(rows[1][6], null);
  assert.deepEqual(
    rows.slice(0, 4).map((row) => row.slice(-2)),
    [313.73, 313.73, 431.17, 431.17].map((macs) => [macs.toFixed(2), macs.toFixed(2)]),
  );
  assert.deepEqual([rows[4][1], rows[4][columns.indexOf('mean (%)')]], [25, 25]);
});

test('tables as frames: figures that are not defined are NaN', () => {
  const rows = rowsOf('synthetic');
  const frame = patchFrame(rows);
  assert.deepEqual(frame.shape, [rows.length, 18]);
  const undefinedRow = (frame.values as (string | number)[][])[8];
  assert.ok(Number.isNaN(undefinedRow[6]));
  assert.equal(patchSummaryTable(summarisePatchRows(rows)).rows.length, 6);
});

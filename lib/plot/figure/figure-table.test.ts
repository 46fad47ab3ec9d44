import assert from 'node:assert/strict';
import { test } from 'node:test';
import { beforeAfter } from '../figures/classes/before-after.js';
import { diagnoseFigures } from '../testing/diagnose-figures.fixture.js';
import { exampleReport, HOSTILE_NAMES } from '../testing/example-results.fixture.js';
import { figuresOf, runFigures } from '../testing/figures.fixture.js';
import { patchFigures } from '../testing/patch-figures.fixture.js';
import { reuseFigures } from '../testing/reuse-figures.fixture.js';
import { figureBundle } from './display.js';

const NAMES = ['cat', 'dog', 'a bird whose name is too long for any axis', '7', '+1', '=1+1', 'a, "b"'];

test('bars and lines: a row per place, a column per line, named as the axes, in their units', () => {
  const before = exampleReport(NAMES, 0.5, 1);
  const after = exampleReport(NAMES, 0.9, 2);
  const { columns, rows } = beforeAfter(before, after, { metrics: ['recall', 'f1'] }).toTable();
  assert.deepEqual(columns, ['class', 'recall (%): before', 'recall (%): after', 'F1 (%): before', 'F1 (%): after']);
  assert.deepEqual(
    rows.map(([name]) => name),
    NAMES,
  );
  const { recall } = before.perClass[2];
  assert.equal(rows[2][1], Number((100 * recall!).toPrecision(6)));
  const training = runFigures('light')['training-curve'].toTable();
  assert.deepEqual(training.columns, ['epoch', 'loss (nats)', 'accuracy (%): training', 'accuracy (%): validation']);
  assert.deepEqual(training.rows[1], [2, 1, 20, null]);
});

test('heat-maps: a row per cell; several axes and their own places: a row per point', () => {
  const { confusion } = figuresOf(NAMES, 'light');
  const table = confusion.toTable();
  assert.deepEqual(table.columns, ['true class', 'predicted class', 'share of the true class (%)', 'text of the cell']);
  assert.equal(table.rows.length, NAMES.length ** 2);
  assert.deepEqual(table.rows[1].slice(0, 2), ['cat', 'dog']);
  const arms = runFigures('light')['compare-arms'].toTable();
  assert.deepEqual(arms.columns, ['series', 'x axis', 'x', 'y axis', 'y', '±']);
  assert.deepEqual(new Set(arms.rows.map((row) => row[3])), new Set(['accuracy (%)', 'Cohen’s κ']));
});

test('pictures, tiles and panels bring their own table, which reaches the notebook with the papers’ values', async () => {
  const grid = figuresOf(NAMES, 'light')['image-grid'];
  assert.deepEqual(grid.toTable().columns, ['image', 'true class', 'predicted class']);
  const gains = patchFigures('light')['patch-summary'];
  assert.ok(gains.published!.length > 0);
  for (const { quantity, paper, unit, source } of gains.published!) {
    assert.ok(quantity && unit && Number.isFinite(paper) && source.includes('GradSplitter'));
  }
  const bundle = figureBundle(gains, await gains.toPNG());
  const { layout } = bundle['application/vnd.plotly.v1+json'] as { layout: { meta: { modulab: object } } };
  assert.deepEqual(layout.meta.modulab, { published: gains.published, table: undefined });
  assert.deepEqual(gains.toJSON().published, gains.published);
});

test('values of papers stand only beside figures of the same data', () => {
  const { 'reuse-within': within, 'reuse-across': across, 'cost-ratios': costs } = reuseFigures('light');
  assert.deepEqual(
    within.published!.map(({ here, paper }) => [here, paper]),
    [
      [80, 89.77],
      [94, 96.38],
    ],
  );
  assert.equal(across.published!.length, 3);
  assert.ok(costs.published!.every(({ unit }) => unit === '×'));
  assert.equal(runFigures('light')['search-curve'].published, undefined);
});

test('every figure has a table, and names from files are inert in its CSV', () => {
  for (const figure of Object.values({
    ...figuresOf(HOSTILE_NAMES, 'light'),
    ...diagnoseFigures(HOSTILE_NAMES, 'light'),
    ...runFigures('light'),
    ...reuseFigures('light'),
    ...patchFigures('light'),
  })) {
    const { columns, rows } = figure.toTable();
    assert.ok(rows.length > 0 && columns.length > 1, figure.title);
    assert.ok(
      rows.every((row) => row.length === columns.length),
      figure.title,
    );
    const csv = figure.toCSV();
    assert.doesNotMatch(csv, /[\u001b\u0007\u2028\u202e]|(^|,)"?[=@]/m, figure.title);
    assert.equal(csv.split('\r\n').length, rows.length + 2, figure.title);
  }
});

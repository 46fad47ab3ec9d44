import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { JSDOM } from 'jsdom';
import { OptionError } from '../../errors.js';
import { classReport } from '../../metrics/class-report.js';
import { ARMS } from '../../simplify/arms.js';
import { frame, tableOf } from '../of.js';
import { exampleReport, HOSTILE_NAMES } from '../testing/example-results.fixture.js';
import { armRows, epochs, generations, simplified } from '../testing/figures.fixture.js';
import { rowsOf } from '../testing/patch-figures.fixture.js';
import { across, replaced, replacedAcross, within } from '../testing/reuse-figures.fixture.js';
import { exampleTreatment } from '../testing/treatment.fixture.js';
import { beforeAfterFrame, beforeAfterTable, reportFrame, reportTable } from './report-frame.js';
import { diagnosisTable, simplifyTable } from './result-tables.js';
import { formatTable, table } from './table.js';
import { tableSorting } from './table-sorting.js';

const before = classReport([0, 0, 0, 1, 1, 1], [0, 1, 1, 1, 1, 1], ['cat', 'dog']);
const after = classReport([0, 0, 0, 1, 1, 1], [0, 0, 1, 1, 1, 1], ['cat', 'dog']);

test('text tables are aligned, percentages have one decimal', () => {
  assert.equal(
    reportTable(before).toText(),
    [
      'class  images  predicted  precision (%)  recall (%)  F1 (%)',
      '─────  ──────  ─────────  ─────────────  ──────────  ──────',
      'cat         3          1          100.0        33.3    50.0',
      'dog         3          5           60.0       100.0    75.0',
    ].join('\n'),
  );
});

test('before and after stand side by side with the gain in points', () => {
  const { columns, rows } = beforeAfterTable(before, after);
  assert.deepEqual(columns.slice(0, 5), [
    'class',
    'images',
    'precision before (%)',
    'precision after (%)',
    'precision gain (pp)',
  ]);
  assert.deepEqual(rows[0], ['cat', 3, 100, 100, 0, 33.3, 66.7, 33.3, 50, 80, 30]);
  assert.throws(() => beforeAfterTable(before, classReport([0], [0], ['cat'])), OptionError);
});

test('danfo frames carry the same cells, with NaN where a metric is not defined', () => {
  const frame = reportFrame(classReport([0, 0], [0, 0], ['a', 'b']));
  assert.deepEqual(frame.columns, ['class', 'images', 'predicted', 'precision (%)', 'recall (%)', 'F1 (%)']);
  assert.deepEqual(frame.values, [
    ['a', 2, 2, 100, 100, 100],
    ['b', 0, 0, NaN, NaN, NaN],
  ]);
  assert.match(table(frame).toText(), /b +0 +0 +n\/a +n\/a +n\/a$/);
  assert.deepEqual(beforeAfterFrame(before, after).shape, [2, 11]);
  const single = table(frame.loc({ columns: ['class'] }));
  assert.deepEqual(single.rows, [['a'], ['b']]);
});

test('names from files are escaped in HTML and inert in a terminal', () => {
  const shown = reportTable(exampleReport(HOSTILE_NAMES, 0.5, 1));
  const html = shown.toHTML();
  assert.deepEqual(
    new Set(html.match(/<\/?[a-z]+/g)),
    new Set('<table <thead <tr <th </th </tr </thead <tbody <td </td </tbody </table'.split(' ')),
  );
  assert.ok(html.length < 1000 * HOSTILE_NAMES.length, 'long names are cut');
  assert.ok(html.includes('&lt;script&gt;alert(1)&lt;/script&gt;'));
  const text = shown.toText();
  assert.doesNotMatch(text, /[\u001b\u0007\u202e\u2028]/);
  const lines = text.split('\n');
  assert.equal(lines.length, HOSTILE_NAMES.length + 2);
  assert.ok(lines.every((line) => line.length <= 110));
});

test('wide characters keep their columns', () => {
  const [head, , first, second] = formatTable([
    { name: '猫', n: 1 },
    { name: 'cat', n: 22 },
  ]).split('\n');
  assert.equal(head, 'name   n');
  assert.equal(first, '猫     1');
  assert.equal(second, 'cat   22');
});

test('rows of different columns are refused', () => {
  assert.throws(() => table([{ a: 1 }, { b: 1 }]), /row 1 to have the columns of row 0 \(a\), got b/);
  assert.equal(formatTable([]), '\n');
});

const scores = [
  { class: 'cat', 'F1 (%)': 50, images: 3 },
  { class: 'dog', 'F1 (%)': null, images: 11 },
  { class: 'ant', 'F1 (%)': 75.123, images: 3 },
];

test('rows in the order of a column: largest first, names from A to Z, without a value last', () => {
  const order = (...by: Parameters<ReturnType<typeof table>['sortBy']>) =>
    table(scores)
      .sortBy(...by)
      .rows.map(([name]) => name);
  assert.deepEqual(order('F1 (%)'), ['ant', 'cat', 'dog']);
  assert.deepEqual(order('F1 (%)', 'ascending'), ['cat', 'ant', 'dog']);
  assert.deepEqual(order('class'), ['ant', 'cat', 'dog']);
  assert.deepEqual(order('images'), ['dog', 'cat', 'ant']);
  assert.match(table(scores).sortBy('images').toHTML(), /aria-sort="descending">images</);
  assert.throws(() => table(scores).sortBy('f1'), /expected one of class, F1 \(%\), images; got 'f1'/);
});

test('CSV by RFC 4180, with numbers in full and nothing that a spreadsheet would run', () => {
  const csv = table([
    { 'name, "x"': '=HYPERLINK("http://x")', n: 1 / 3 },
    { 'name, "x"': '@sum', n: null },
    { 'name, "x"': '+ channel', n: NaN },
    { 'name, "x"': '-0.5', n: -0.5 },
    { 'name, "x"': ' a\r\nb\u001b[31m', n: 1e-9 },
  ]).toCSV();
  const lines = csv.split('\r\n');
  assert.equal(lines.pop(), '');
  assert.deepEqual(lines, [
    '"name, ""x""",n',
    `"'=HYPERLINK(""http://x"")",0.3333333333333333`,
    `'@sum,`,
    `'+ channel,`,
    '-0.5,-0.5',
    'a b,1e-9',
  ]);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'modulab-csv-'));
  try {
    const file = path.join(folder, 'a', 'b.csv');
    assert.equal(table(scores).toCSV(file), fs.readFileSync(file, 'utf8'));
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});

test('columns are sorted by a click or Enter where scripts run; the first table on a page serves all', () => {
  const html = `<body>${(table(scores).toHTML() + tableSorting()).repeat(2)}</body>`;
  const { window } = new JSDOM(html, { runScripts: 'dangerously' });
  const [first, second] = window.document.querySelectorAll('table');
  const names = (of: Element) => Array.from(of.querySelectorAll('tbody td:first-child'), (cell) => cell.textContent);
  const [, f1] = second.querySelectorAll('th');
  assert.deepEqual([f1.tabIndex, f1.title], [0, 'sort']);
  f1.click();
  assert.deepEqual(names(second), ['ant', 'cat', 'dog']);
  assert.equal(f1.getAttribute('aria-sort'), 'descending');
  f1.dispatchEvent(new window.KeyboardEvent('keydown', { key: 'Enter', bubbles: true, composed: true }));
  assert.deepEqual(names(second), ['cat', 'ant', 'dog']);
  assert.deepEqual(names(first), ['cat', 'dog', 'ant'], 'the other table is left alone');
  const untrusted = new JSDOM(html).window.document;
  assert.equal(untrusted.querySelectorAll('tbody tr').length, 6);
  assert.equal(untrusted.querySelector('td[data-value]')?.getAttribute('data-value'), '75.123');
});

test('every kind of result has a table and a frame', () => {
  const report = exampleReport(['cat', 'dog'], 0.5, 1);
  const confusions = [{ actual: 'dog', predicted: 'cat', images: 9, share: 0.225 }];
  const diagnosis = diagnosisTable({ report, confusions });
  assert.deepEqual(diagnosis.columns.slice(-2), ['most often taken for', 'share taken (%)']);
  assert.deepEqual(
    diagnosis.rows.map((row) => row.slice(-2)),
    [
      [null, null],
      ['cat', 22.5],
    ],
  );
  assert.deepEqual(tableOf(report), reportTable(report));
  assert.deepEqual(simplifyTable(simplified).columns.slice(0, 3), ['layer', 'kernels', 'kept']);
  assert.equal(tableOf(epochs).columns[3], 'training accuracy (%)');
  assert.equal(tableOf(generations).rows.length, 6);
  assert.equal(tableOf(armRows).rows.length > ARMS.length, true);
  for (const rows of [within, across, replacedAcross, rowsOf('cifar')])
    assert.ok(tableOf(rows).rows.length >= rows.length);
  assert.equal(tableOf(replaced).columns[0], 'modules');
  assert.equal(tableOf(exampleTreatment(['a', 'b'])).columns[0], 'model');
  assert.deepEqual(frame(report).columns, reportTable(report).columns);
});

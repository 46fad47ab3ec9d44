import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OptionError } from '../errors.js';
import { classReport } from '../metrics/class-report.js';
import { exampleReport, HOSTILE_NAMES } from './example-results.fixture.js';
import { beforeAfterFrame, beforeAfterTable, reportFrame, reportTable } from './report-frame.js';
import { formatTable, table } from './table.js';

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
  assert.ok(html.length < 12000, 'long names are cut');
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

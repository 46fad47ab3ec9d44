import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { JSDOM } from 'jsdom';
import { OptionError } from '../../lib/errors.js';
import { classReport } from '../../lib/metrics/class-report.js';
import { figureBundle } from '../../lib/plot/figure/display.js';
import { Figure } from '../../lib/plot/figure/figure.js';
import { classMetrics } from '../../lib/plot/figures/classes/class-metrics.js';
import { table } from '../../lib/plot/tables/table.js';
import { tableSorting } from '../../lib/plot/tables/table-sorting.js';
import { HOSTILE_NAMES } from '../../lib/plot/testing/example-results.fixture.js';
import { type ExportManifest, exportNotebook } from './figures-export.js';
import { writeIndex } from './figures-index.js';
import { runFacts, shownBy } from './figures-outputs.js';
import type { CellOutput, Notebook } from './notebook.js';

let out: string;
before(() => (out = fs.mkdtempSync(path.join(os.tmpdir(), 'modulab-figures-'))));
after(() => fs.rmSync(out, { recursive: true, force: true }));

const show = (data: Record<string, unknown>): CellOutput => ({ output_type: 'display_data', data, metadata: {} });
const png = Buffer.from('iVBORw0KGgo=', 'base64');
const names = HOSTILE_NAMES.slice(0, 3);
const report = classReport([0, 1, 2, 2], [0, 1, 1, 2], names);
const plain = classMetrics(report, { metrics: ['f1'], title: '<script>alert(1)</script> =1+1' });
const figure = new Figure({
  ...plain,
  published: [
    { quantity: '<img src=x onerror=alert(1)>', here: 1.5, paper: 2.25, unit: 'points', source: '=a paper, table 1' },
  ],
});
const rows = table([
  { 'class name': names[0], 'F1 (%)': 12.345, 'paper (%)': null },
  { 'class name': 'paper, mean', 'F1 (%)': 50, 'paper (%)': 1 },
]);

const notebook = (...outputs: CellOutput[]): Notebook => ({
  cells: [
    { cell_type: 'markdown', metadata: {}, source: ['# A <b>title</b>\n', 'text'] },
    { cell_type: 'markdown', metadata: {}, source: '## Some *section*' },
    { cell_type: 'code', metadata: {}, source: '', execution_count: 1, outputs },
  ],
  metadata: {},
  nbformat: 4,
  nbformat_minor: 5,
});
const full = notebook(
  {
    output_type: 'stream',
    name: 'stdout',
    text: ['cifar10: 5 images\n', 'modulab 0.1.0, backend wasm, seed 7, preset smoke\n'],
  },
  show(figureBundle(figure, png)),
  show({ 'text/html': [rows.toHTML(), tableSorting()], 'text/plain': rows.toText() }),
  show({ 'image/png': png.toString('base64'), 'text/plain': 'A gallery.' }),
  show({ 'text/plain': '100 %' }),
);

test('figures, tables and pictures are found in the outputs, with what the notebook says about its run', () => {
  assert.deepEqual(shownBy(full).map(({ kind, section }) => [kind, section]), [['figure', 'Some section'], ['table', 'Some section'], ['picture', 'Some section']]); // prettier-ignore
  const [first, second] = shownBy(full);
  assert.ok(first.kind === 'figure' && second.kind === 'table');
  assert.deepEqual([first.figure.title, first.figure.published], [plain.title, figure.published]);
  assert.deepEqual(second.table.columns, rows.columns);
  assert.deepEqual(second.table.rows, rows.rows, 'numbers in full');
  assert.deepEqual(runFacts(full), { preset: 'smoke', seed: '7', backend: 'wasm', data: 'cifar10', modulab: '0.1.0' });
});

test('a folder per notebook: SVG in both themes, CSV, the paper beside ours, and a manifest', async () => {
  const { items, ...facts } = await exportNotebook('09-x.ipynb', full, path.join(out, '09-x'), { executedAt: null });
  assert.deepEqual([facts.title, facts.preset, facts.executedAt], ['A <b>title</b>', 'smoke', null]);
  const files = fs.readdirSync(path.join(out, '09-x'));
  assert.deepEqual(files, [
    '01-script-alert-1-script-1-1-dark.svg',
    '01-script-alert-1-script-1-1-paper.csv',
    '01-script-alert-1-script-1-1.csv',
    '01-script-alert-1-script-1-1.svg',
    '02-table-some-section.csv',
    '03-some-section.png',
    'manifest.json',
  ]);
  const read = (file: string) => fs.readFileSync(path.join(out, '09-x', file), 'utf8');
  assert.match(
    read(files[1]),
    /^quantity,here,paper,unit,[^\r]*\r\n<img src=x onerror=alert\(1\)>,1.5,2.25,points,"'=a paper, table 1"\r\n$/,
  );
  assert.match(read(files[2]), /^class,F1 \(%\)\r\n/);
  assert.match(read(files[4]), /,12.345,\r\n/);
  assert.notEqual(read(files[0]), read(files[3]));
  assert.deepEqual((JSON.parse(read('manifest.json')) as ExportManifest).items, JSON.parse(JSON.stringify(items)));
});

test('the page holds everything itself, runs nothing, and marks what is the paper’s', () => {
  assert.equal(writeIndex(out, path.join(out, 'notebooks')), 1);
  const html = fs.readFileSync(path.join(out, 'index.html'), 'utf8');
  const { document } = new JSDOM(html).window;
  assert.equal(document.querySelectorAll('script, iframe, object, embed, link, svg').length, 0);
  for (const element of document.querySelectorAll('*')) {
    for (const { name, value } of element.attributes) {
      assert.doesNotMatch(name, /^on/);
      if (name === 'src' || name === 'srcset') assert.match(value, /^data:image\/(svg\+xml|png);base64,/);
      if (name === 'href') assert.match(value, /^(#|09-x\/[\w.-]+$|notebooks\/09-x\.ipynb$)/);
    }
  }
  assert.equal(document.querySelector('figcaption')?.textContent?.startsWith(plain.title), true);
  assert.equal(document.querySelectorAll('figure picture > source[media="(prefers-color-scheme: dark)"]').length, 1);
  const facts = document.querySelector('.facts')?.textContent ?? '';
  for (const fact of ['preset smoke', 'seed 7', 'backend wasm', 'images: cifar10', 'modulab 0.1.0', 'as committed']) {
    assert.ok(facts.includes(fact), facts);
  }
  const paper = Array.from(document.querySelectorAll('td.paper'), (cell) => cell.textContent);
  assert.deepEqual(paper, ['2.3', '=a paper, table 1', 'n/a', 'paper, mean', '50.0', '1.0']);
});

test('a notebook that cannot be exported leaves what was there', async () => {
  const webgl = { 'application/vnd.plotly.v1+json': { data: [{ type: 'surface' }], layout: {} }, 'text/plain': 'x' };
  const before = fs.readdirSync(path.join(out, '09-x'));
  await assert.rejects(
    exportNotebook('09-x.ipynb', notebook(show(webgl)), path.join(out, '09-x'), { executedAt: null }),
    OptionError,
  );
  assert.deepEqual(fs.readdirSync(path.join(out, '09-x')), before);
  assert.deepEqual(fs.readdirSync(out).sort(), ['09-x', 'index.html', 'manifest.json']);
});

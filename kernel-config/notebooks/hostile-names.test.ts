/** Names from files (classes, layers, folders, models) come out inert wherever anything is written. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { JSDOM } from 'jsdom';
import { imageFolder } from '../../lib/datasets/folder/image-folder.js';
import { reportSentences } from '../../lib/diagnose/summary.js';
import { DataError, ModelError, OptionError } from '../../lib/errors.js';
import { classReport } from '../../lib/metrics/class-report.js';
import { loadModel } from '../../lib/models/load-model.js';
import { figureBundle, writePicture } from '../../lib/plot/figure/display.js';
import { figureHtml } from '../../lib/plot/figure/figure-html.js';
import { notebookToHtml } from '../../lib/plot/figure/html-report.js';
import { exampleReport } from '../../lib/plot/testing/example-results.fixture.js';
import { hostileFigures, hostileTables } from '../../lib/plot/testing/hostile-outputs.fixture.js';
import { HOSTILE_NAMES } from '../../lib/run/hostile-names.fixture.js';
import { runManifest } from '../../lib/run/manifest.js';
import { ProgressMeter } from '../../lib/run/progress.js';
import { progressLine } from '../../lib/run/progress-line.js';
import { decisionFile } from '../../lib/simplify/by-eye/decision-file.js';
import { CellProgress } from './cell-progress.js';
import { exportNotebook } from './figures-export.js';
import { writeIndex } from './figures-index.js';
import { writeNotebook } from './notebook.js';
import { quickstartSummary } from './quickstart-summary.js';
import { runNotebook } from './run-notebook.js';

const figures = hostileFigures();
const tables = hostileTables();
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'modulab-hostile-'));
after(() => fs.rmSync(scratch, { recursive: true, force: true }));
const report = exampleReport(HOSTILE_NAMES, 0.7, 1);
const PNG = Buffer.from('iVBORw0KGgo=', 'base64');
const CELLS = HOSTILE_NAMES.map((name) => `throw new Error(${JSON.stringify(name)});`);

/** Text that moves no cursor, sets no title, turns no direction, and does not flood. */
function assertInertText(text: string, what: string): void {
  assert.doesNotMatch(text, /[^\P{Cc}\n\t]|[\u202a-\u202e\u2066-\u2069\u2028\u2029]|\p{Cs}/u, what);
  assert.ok(!text.includes('x'.repeat(5000)), `${what} has a name of 10 kB`);
}

/** HTML in which no element is one that a name made. */
function assertInertHtml(html: string, what: string, scripts: number): void {
  const { document } = new JSDOM(html).window;
  assert.equal(document.querySelectorAll('script').length, scripts, `${what}: scripts`);
  assert.equal(document.querySelectorAll('iframe, object, embed, form, base, svg, link').length, 0, what);
  for (const element of document.querySelectorAll('*')) {
    for (const { name, value } of Array.from(element.attributes)) {
      assert.ok(!name.startsWith('on'), `${what}: ${element.tagName} ${name}`);
      if (['src', 'href', 'srcdoc', 'action'].includes(name)) assert.match(value, /^data:image\/png/, what);
    }
  }
  assert.ok(!(document.body.textContent ?? '').includes('\u001b'), `${what}: escapes`);
}

for (const [name, figure] of Object.entries(figures)) {
  test(`figure ${name}`, async () => {
    const { document } = new JSDOM(await figure.toSVG(), { contentType: 'image/svg+xml' }).window;
    assert.equal(document.documentElement.tagName, 'svg', 'well-formed XML');
    assert.equal(document.querySelectorAll('script, foreignObject, a, img, iframe').length, 0);
    for (const element of document.querySelectorAll('*')) {
      for (const { name: attribute, value } of Array.from(element.attributes)) {
        assert.ok(!attribute.startsWith('on'), attribute);
        if (attribute.endsWith('href')) assert.match(value, /^(#|data:image\/)/);
      }
    }
    const texts = Array.from(document.querySelectorAll('text'), (text) => text.textContent ?? '');
    assert.ok(texts.length > 0);
    for (const text of texts) assertInertText(text, 'label');
    assertInertText(`${figure.altText}\n${figure.title}`, 'words for those who cannot see it');
    assert.doesNotMatch(figure.altText, /\n/);
    assertInertHtml(figureHtml(figure, PNG), 'HTML', 1);

    // Plotly takes some tags, entities and TeX in any text for markup.
    const { 'application/vnd.plotly.v1+json': json } = figureBundle(figure, PNG);
    const check = (value: unknown, key: string): void => {
      if (typeof value === 'string') {
        assert.doesNotMatch(
          value.replace(/<\/?(?:b|i|br|span)(?: style="[\w:;#. -]*")?\/?>|<extra>|<\/extra>/g, ''),
          /[<>$]/,
          `${key}: ${value.slice(0, 200)}`,
        );
        assertInertText(value, key);
      } else if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)) {
        // `meta` carries the table beneath a figure, as it is; nobody shows it
        for (const [inner, item] of Object.entries(value)) if (inner !== 'meta') check(item, `${key}.${inner}`);
      }
    };
    check(JSON.parse(JSON.stringify(json)), '');
  });
}

for (const [name, table] of Object.entries(tables)) {
  test(`table ${name}`, () => {
    assertInertHtml(table.toHTML(), 'HTML', 0);
    assert.match(table.toHTML(), /class="modulab-table tex2jax_ignore mathjax_ignore"/, 'no TeX is read in it');
    assertInertText(table.toText(), 'text');
    for (const line of table.toCSV().split('\r\n')) {
      assert.doesNotMatch(line, /\p{Cc}|[\u202a-\u202e\u2066-\u2069\u2028\u2029]/u);
      assert.doesNotMatch(line, /(?:^|,)"?[=@]|(?:^|,)"?[+-](?![\d.]+(?:,|$))/, 'no spreadsheet runs it as a formula');
    }
    for (const line of table.toText().split('\n')) assert.ok(line.length < 60 * table.columns.length + 60);
  });
}

const texts: Record<string, () => string | string[] | Promise<string | string[]>> = {
  'progress lines': () => {
    const lines: string[] = [];
    for (const name of HOSTILE_NAMES) {
      const meter = new ProgressMeter(
        (event) => lines.push(progressLine(event)),
        `retrain after ${name}`,
        1,
        'batches',
      );
      meter.update(1, `${name}: 9 of 10 kept`);
    }
    for (const line of lines) assert.ok(!line.includes('\n') && line.length < 500, line);
    return lines;
  },
  "an error's message": () =>
    HOSTILE_NAMES.flatMap((name) =>
      [DataError, ModelError, OptionError].map((Kind) => String(new Kind(`${name}: wrong`).stack)),
    ),
  'errors about files and classes': async () => {
    const folder = path.join(scratch, HOSTILE_NAMES[2]);
    fs.mkdirSync(path.join(folder, 'train', '\u001b]0;a\u0007<b>\u202e'), { recursive: true });
    fs.mkdirSync(path.join(folder, 'test', '\u001b[2Jother'), { recursive: true });
    const model = path.join(scratch, '\u001b[31m<script>.json');
    fs.writeFileSync(model, JSON.stringify({ '\u001b[2J__proto__': 1 }));
    const failing = [imageFolder(folder), loadModel(model), loadModel('\u001b[2J.h5')];
    const settled = await Promise.allSettled(failing);
    return settled.map((result) => (result.status === 'rejected' ? String(result.reason) : assert.fail('no error')));
  },
  'what a diagnosis says': () => {
    const confusions = HOSTILE_NAMES.map((actual, i) => ({
      ...{ actual, predicted: HOSTILE_NAMES[(i + 1) % HOSTILE_NAMES.length], images: 3, share: 0.5 },
    }));
    return HOSTILE_NAMES.flatMap((weakest) => reportSentences(report, weakest, confusions));
  },
  'what npm start prints': () =>
    HOSTILE_NAMES.map((targetClass) =>
      quickstartSummary({ targetClass, before: report, after: report, control: report }),
    ),
  'what npm run notebook prints': async () => {
    const written: string[] = [];
    const stream = { isTTY: false, write: (text: string) => written.push(text) } as unknown as NodeJS.WriteStream;
    const file = path.join(scratch, 'failing.ipynb');
    const source = `console.log(${JSON.stringify(HOSTILE_NAMES[15])});\nthrow new Error(${JSON.stringify(HOSTILE_NAMES.join(' '))});`;
    const cell = { cell_type: 'code' as const, metadata: {}, source, execution_count: null, outputs: [] };
    writeNotebook(file, { cells: [cell], metadata: {}, nbformat: 4, nbformat_minor: 5 });
    const run = await runNotebook(file, { onCell: new CellProgress(stream).onCell });
    const progress = new CellProgress(stream);
    for (const [i, title] of CELLS.entries()) {
      progress.onCell({ type: 'start', number: i + 1, total: CELLS.length, title, firstLine: title });
      progress.onCell({ type: 'output', lastLine: HOSTILE_NAMES[i] });
      progress.onCell({
        type: 'end',
        result: { number: i + 1, total: CELLS.length, title, firstLine: title, status: 'error', ms: 1 },
      });
    }
    return [run.failure!, ...written];
  },
};
for (const [what, produce] of Object.entries(texts)) {
  test(what, async () => {
    for (const text of [await produce()].flat()) assertInertText(text, what);
  });
}

test('the HTML report of a notebook', async () => {
  const shown = Object.values(figures).slice(0, 3);
  const html = await notebookToHtml({
    cells: [
      { cell_type: 'code', source: CELLS.join('\n'), outputs: [
        ...HOSTILE_NAMES.map((text) => ({ output_type: 'stream', name: 'stdout', text })),
        ...HOSTILE_NAMES.map((text) => ({ output_type: 'error', ename: text, evalue: text, traceback: [] })),
        ...HOSTILE_NAMES.map((text) => ({ output_type: 'display_data', data: { 'text/plain': text, 'image/png': 'iVBORw0KGgo="' } })),
        ...Object.values(tables).map((one) => ({ output_type: 'display_data', data: { 'text/html': one.toHTML() } })),
        ...shown.map((figure) => ({ output_type: 'display_data', data: figureBundle(figure, PNG) })),
      ] },
    ],
  }, HOSTILE_NAMES[12]); // prettier-ignore
  assertInertHtml(html, 'report', shown.length + 1);
});

test('the page of exported figures', async () => {
  const outputs = [
    { output_type: 'display_data' as const, metadata: {}, data: { ...figureBundle(figures['class-metrics'], PNG) } },
    ...Object.values(tables).map((one) => ({
      ...{
        output_type: 'display_data' as const,
        metadata: {},
        data: { 'text/html': one.toHTML(), 'text/plain': one.toText() },
      },
    })),
  ];
  const cells = HOSTILE_NAMES.map((name) => ({
    ...{ cell_type: 'markdown' as const, metadata: {}, source: `# ${name}` },
  }));
  const code = { cell_type: 'code' as const, metadata: {}, source: 'x', execution_count: 1, outputs };
  const notebook = { cells: [...cells, code], metadata: {}, nbformat: 4, nbformat_minor: 5 };
  const out = path.join(scratch, 'exported');
  await exportNotebook('hostile.ipynb', notebook, path.join(out, 'hostile'), { executedAt: null });
  writeIndex(out, scratch);
  const { document } = new JSDOM(fs.readFileSync(path.join(out, 'index.html'), 'utf8')).window;
  assert.equal(document.querySelectorAll('script, iframe, svg, object, [onerror], [onload]').length, 0);
  for (const { href } of document.querySelectorAll('a')) assert.doesNotMatch(href, /^javascript:|invalid/);
  assertInertText(document.body.textContent ?? '', 'page');
});

test('files that are named after layers and titles stay in their folder', () => {
  const folder = path.join(scratch, 'names');
  const figure = { altText: 'a', title: '' };
  const { log } = console;
  console.log = () => undefined;
  try {
    for (const title of HOSTILE_NAMES) writePicture({ ...figure, title }, PNG, folder);
  } finally {
    console.log = log;
  }
  const written = fs.readdirSync(folder);
  assert.equal(written.length, HOSTILE_NAMES.length, 'none replaces another');
  for (const name of written) assert.match(name, /^[a-z0-9-]{1,70}\.png$/);
  for (const layer of HOSTILE_NAMES) {
    const file = decisionFile(folder, layer);
    assert.equal(path.dirname(file), folder);
    assert.match(path.basename(file), /^[\w-]{0,140}\.json$/);
  }
  assert.deepEqual(fs.readdirSync(scratch).includes('outside'), false);
});

test('names are kept as they are in manifests and results, also those that objects have of themselves', () => {
  const manifest = runManifest({
    task: HOSTILE_NAMES[0],
    seed: 1,
    options: { classNames: HOSTILE_NAMES },
    data: Object.fromEntries(HOSTILE_NAMES.map((name) => [name, 'sha256'])),
  });
  const read = JSON.parse(JSON.stringify(manifest)) as typeof manifest;
  assert.deepEqual(Object.keys(read.data).sort(), [...HOSTILE_NAMES].sort());
  const perClass = classReport([0, 1, 2], [0, 1, 1], ['__proto__', 'constructor', 'toString']).perClass;
  assert.deepEqual(
    perClass.map(({ className, support }) => [className, support]),
    [
      ['__proto__', 1],
      ['constructor', 1],
      ['toString', 1],
    ],
  );
  assert.equal(({} as Record<string, unknown>).support, undefined);
});

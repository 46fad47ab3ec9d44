import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { before, test } from 'node:test';
import { OptionError } from '../../errors.js';
import type * as plot from '../index.js';
import { CIFAR10_NAMES, exampleReport } from '../testing/example-results.fixture.js';

/** Runs code in a fresh process and returns its stdout. */
function run(code: string, cwd: string): string {
  const prelude = `
    const plot = require(${JSON.stringify(path.join(__dirname, '..', 'index.js'))});
    const { exampleReport, CIFAR10_NAMES } = require(${JSON.stringify(path.join(__dirname, '..', 'testing', 'example-results.fixture.js'))});
    const report = exampleReport(CIFAR10_NAMES, 0.7, 1);`;
  const result = spawnSync(process.execPath, ['-e', prelude + code], { cwd, encoding: 'utf8' });
  assert.equal(result.status, 0, result.stderr);
  return result.stdout;
}

/** What code sends to the notebook in a process that has tslab's kernel module loaded. */
function sentBy(code: string): { data: Record<string, never>; update: boolean }[] {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'modulab-sent-'));
  try {
    run(
      `const channel = require(${JSON.stringify(require.resolve('tslab/dist/jupyter'))});
      const sent = [];
      channel.lastWriteDisplayData = (message, update) => sent.push({ ...message, update });
      ${code}
      require('fs').writeFileSync('sent.json', JSON.stringify(sent));`,
      folder,
    );
    return JSON.parse(fs.readFileSync(path.join(folder, 'sent.json'), 'utf8')) as never;
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

test('tslab is the version whose display channel we use, and the channel is where we look', () => {
  const { version } = JSON.parse(fs.readFileSync(require.resolve('tslab/package.json'), 'utf8')) as { version: string };
  assert.equal(version, '1.0.22', 'kernel-channel.ts relies on lastWriteDisplayData of tslab 1.0.22: check it');
  const source = fs.readFileSync(require.resolve('tslab/dist/jupyter'), 'utf8');
  assert.match(source, /exports\.lastWriteDisplayData = null/);
  assert.match(source, /exports\.lastWriteDisplayData = writeDisplayData/);
});

/** A figure, a table, and two figures as HTML, shown in one process: to load Plotly takes longest. */
let shown: ReturnType<typeof sentBy>;
before(() => {
  shown = sentBy(`
    plot.confusion(report).show();
    plot.reportTable(report).show();
    plot.classMetrics(exampleReport(['</script><script>alert(1)</script>', 'b'], 0.5, 1)).show({ interactive: 'html' });
    process.env.MODULAB_PLOTS = 'html';
    plot.confusion(report).show();`);
});

test('in a kernel a figure is one message: Plotly JSON, PNG and text', () => {
  assert.equal(shown.length, 4);
  const [{ data }] = shown;
  assert.deepEqual(Object.keys(data), ['application/vnd.plotly.v1+json', 'image/png', 'text/plain']);
  const figure = data['application/vnd.plotly.v1+json'] as { data: { type: string }[]; layout: object };
  assert.equal(figure.data[0].type, 'heatmap');
  assert.ok('width' in figure.layout);
  assert.equal(Buffer.from(data['image/png'], 'base64').subarray(1, 4).toString(), 'PNG');
  assert.match(data['text/plain'], /^Confusion matrix\. accuracy \d/);
});

test('HTML on request: the runtime with the first figure only, and no way out of a script element', () => {
  const [first, second] = shown.slice(2).map(({ data }) => data['text/html'] as string);
  assert.ok(first.length > 1e6 && second.length < 2e5);
  assert.equal(first.split('window.modulabPlotly=(').length, 2);
  assert.equal(first.match(/<script>/g)?.length, 2);
  assert.equal(first.match(/<\/script>/g)?.length, 2);
  assert.doesNotMatch(first, /<script>alert|src="http|href="http/);
  assert.match(second, /<img alt="Confusion matrix/);
});

test('HTML on request: a cell that is run again brings the runtime again, other cells do not', () => {
  const sent = sentBy(`
    process.env.MODULAB_PLOTS = 'html';
    const show = channel.lastWriteDisplayData;
    const cell = (...figures) => {
      channel.lastWriteDisplayData = (...message) => show(...message); // tslab gives every run of a cell its own
      for (const figure of figures) figure.show();
    };
    const [a, b] = ['a', 'b'].map((title) => plot.classMetrics(exampleReport(['cat'], 0.7, 1), { title, metrics: ['f1'] }));
    cell(a, a, b); cell(b); cell(a, a, b); cell(b);`);
  const carries = sent.map(({ data }) => (data['text/html'] as string).includes('window.modulabPlotly=('));
  assert.deepEqual(carries, [true, false, false, false, true, false, false, false]);
});

test('in a kernel a table is HTML with its text', () => {
  const [, { data }] = shown;
  assert.match(data['text/html'], /^<table/);
  assert.match(data['text/plain'], /^class\s+images/);
});

test('in a script figures go to files that do not replace each other, and the path is printed', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'modulab-figures-'));
  try {
    const output = run(`plot.confusion(report).show(); plot.confusion(report).show();`, folder);
    const files = fs.readdirSync(path.join(folder, 'out', 'figures'));
    assert.deepEqual(files, ['confusion-matrix-2.png', 'confusion-matrix.png']);
    assert.ok(output.includes(path.join('out', 'figures', 'confusion-matrix-2.png')));
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
});

test('neither Plotly, jsdom, resvg nor danfo is loaded with the library', () => {
  const heavy = run(
    `console.log(Object.keys(require.cache).filter((f) => /node_modules.(plotly|jsdom|@resvg|danfojs|tslab|zeromq)/.test(f)).length)`,
    os.tmpdir(),
  );
  assert.equal(heavy.trim(), '0');
});

test('an unknown way to show is refused', async () => {
  const { classMetrics } = (await import('../index.js')) as typeof plot;
  const figure = classMetrics(exampleReport(CIFAR10_NAMES, 0.7, 1));
  assert.throws(() => figure.show({ interactive: 'svg' as never }), OptionError);
});

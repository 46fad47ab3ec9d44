import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JSDOM } from 'jsdom';
import { DataError } from '../../errors.js';
import { confusion } from '../figures/classes/confusion.js';
import { reportTable } from '../tables/report-frame.js';
import { exampleReport, HOSTILE_NAMES } from '../testing/example-results.fixture.js';
import { figureBundle } from './display.js';
import { type NotebookOutput, notebookToHtml } from './html-report.js';

const report = exampleReport(HOSTILE_NAMES, 0.7, 1);

async function page(outputs: NotebookOutput[], source = 'const a = 1;'): Promise<{ html: string; document: Document }> {
  const html = await notebookToHtml({
    cells: [
      { cell_type: 'markdown', source: ['# Title & more\n', '\n', '| a |\n|---|\n| **b** |\n'] },
      { cell_type: 'code', source, outputs },
    ],
  });
  return { html, document: new JSDOM(html).window.document };
}

test('markdown, code and text outputs', async () => {
  const { document } = await page(
    [
      { output_type: 'stream', name: 'stdout', text: ['\u001b[32mok\u001b[0m <b>\n', '10 %\r100 %\n'] },
      { output_type: 'stream', name: 'stderr', text: 'failed' },
      { output_type: 'error', ename: 'Error', evalue: '<i>', traceback: [] },
    ],
    'const s = "<script>"; // <b>\nlet n = 0x1;',
  );
  assert.equal(document.title, 'Title & more');
  assert.equal(document.querySelector('.markdown td strong')?.textContent, 'b');
  assert.equal(document.querySelector('pre.code')?.textContent, 'const s = "<script>"; // <b>\nlet n = 0x1;');
  assert.equal(document.querySelector('.comment')?.textContent, '// <b>');
  assert.equal(document.querySelector('pre.stdout')?.textContent, 'ok <b>\n100 %');
  assert.deepEqual(
    Array.from(document.querySelectorAll('pre.stderr'), (pre) => pre.textContent),
    ['failed', 'Error: <i>'],
  );
  assert.equal(document.querySelectorAll('script').length, 0);
});

test('figures: the runtime once, the PNG inside for readers without scripts, nothing from the network', async () => {
  const figure = confusion(report);
  const data = figureBundle(figure, await figure.toPNG());
  const { html, document } = await page([
    { output_type: 'display_data', data },
    { output_type: 'display_data', data },
    { output_type: 'display_data', data: { 'text/html': reportTable(report).toHTML(), 'text/plain': 'x' } },
    { output_type: 'display_data', data: { 'image/png': 'iVBORw0KGgo=\n', 'text/plain': '"><script>' } },
    { output_type: 'execute_result', data: { 'text/plain': ['<', 'b>'] } },
  ]);
  assert.equal(html.split('window.modulabPlotly=(').length, 2);
  assert.equal(document.querySelectorAll('.modulab-figure > img[src^="data:image/png"]').length, 2);
  assert.equal(document.querySelectorAll('script').length, 3);
  assert.equal(document.querySelectorAll('.output > table').length, 1);
  assert.equal(document.querySelector('pre.stdout')?.textContent, '<b>');
  assert.equal(document.querySelectorAll('[onerror], a[href^="javascript"]').length, 0);
  for (const element of document.querySelectorAll('[src], link, iframe')) {
    assert.match(element.getAttribute('src') ?? '', /^data:/);
  }
});

test('something that is no notebook is refused', async () => {
  await assert.rejects(notebookToHtml({} as never), DataError);
});

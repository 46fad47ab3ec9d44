/** What hostile names come out as, in the browser that shows it: nothing runs, nothing is asked for, nothing breaks the page. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { figureBundle } from '../../lib/plot/figure/display.js';
import { notebookToHtml } from '../../lib/plot/figure/html-report.js';
import {
  NO_BROWSER,
  openBrowser,
  openPage,
  type WatchedPage,
} from '../../lib/plot/testing/headless-browser.fixture.js';
import { hostileFigures, hostileTables } from '../../lib/plot/testing/hostile-outputs.fixture.js';
import { HOSTILE_NAMES } from '../../lib/run/hostile-names.fixture.js';
import { findProgram } from '../kernel/kernel-spec.js';
import { type JupyterServer, noClassicNotebook, startJupyter } from './jupyter-server.fixture.js';
import { assertFigureSeen, NotebookPage } from './notebook-page.fixture.js';

/** Some with bars, maps, lines and pictures. */
const SHOWN = ['class-metrics', 'confusion', 'kernel-class-map', 'stress', 'heat-map-pairs', 'before-after'];
const DRAWN = 'document.querySelectorAll(".modulab-figure .main-svg").length';

/** Nothing of what the names ask for has happened, and the page is as wide as it was. */
async function assertUnharmed({ page, dialogs, foreign, visited }: WatchedPage, allowed?: RegExp): Promise<void> {
  assert.equal(await page.evaluate('typeof window.pwned'), 'undefined');
  assert.deepEqual([dialogs, foreign.filter((url) => !allowed?.test(url))], [[], []]);
  assert.equal(new Set(visited.map((url) => url.replace(/[?#].*/, ''))).size, 1, `it went to ${visited.join()}`);
  assert.equal(await page.evaluate('[...document.querySelectorAll("[onerror], [onload]")].length'), 0);
  assert.equal(await page.evaluate('[...document.links].filter((a) => /javascript:|invalid/.test(a.href)).length'), 0);
  const [wide, view] = await page.evaluate<[number, number]>('[document.documentElement.scrollWidth, innerWidth]');
  assert.ok(wide <= view, `the page is ${wide} pixels wide, the window ${view}`);
}

/** Moves the mouse over the first bar and gives the label that comes up. */
async function hoverLabel(page: Page): Promise<string> {
  const bar = page.locator('.modulab-figure .bars .point path').first();
  await bar.scrollIntoViewIfNeeded();
  const box = (await bar.boundingBox())!;
  await page.mouse.move(box.x + box.width / 2, box.y + box.height - 1, { steps: 3 });
  const label = page.locator('.modulab-figure .hoverlayer .hovertext').first();
  await label.waitFor();
  return (await label.textContent())!;
}

describe('hostile names in a browser', { skip: NO_BROWSER }, () => {
  let browser: Browser;
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'modulab-hostile-page-'));
  before(async () => {
    browser = await openBrowser();
  });
  after(async () => {
    await browser?.close();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  test('the HTML report: figures are drawn, a label comes up, nothing else happens', async () => {
    const figures = hostileFigures();
    const shown = await Promise.all(
      SHOWN.map(async (name) => figureBundle(figures[name], await figures[name].toPNG())),
    );
    const outputs = [
      ...shown.map((data) => ({ output_type: 'display_data', data })),
      ...Object.values(hostileTables()).map((one) => ({
        output_type: 'display_data',
        data: { 'text/html': one.toHTML() },
      })),
      ...HOSTILE_NAMES.map((text) => ({ output_type: 'stream', name: 'stdout', text })),
    ];
    const source = HOSTILE_NAMES.join('\n');
    const html = await notebookToHtml({ cells: [{ cell_type: 'code', source, outputs }] }, HOSTILE_NAMES[12]);
    const file = path.join(folder, 'report.html');
    fs.writeFileSync(file, html);
    const watched = await openPage(browser);
    await watched.page.goto(pathToFileURL(file).href);
    await watched.page.waitForFunction(`${DRAWN} >= ${SHOWN.length}`);
    assert.ok((await hoverLabel(watched.page)).length > 3);
    await watched.screenshot('hostile-report');
    for (const figure of await watched.page.locator('.modulab-figure').all()) await assertFigureSeen(figure);
    await assertUnharmed(watched);
    assert.deepEqual(watched.complaints, []);
    await watched.page.context().close();
  });

  describe('in the classic Notebook', { skip: noClassicNotebook() }, () => {
    let server: JupyterServer;
    before(async () => {
      server = await startJupyter();
    });
    after(() => server?.stop());

    test('live, saved, opened again without trust, and exported', async (t) => {
      const fixture = (name: string) => JSON.stringify(path.join(__dirname, '..', '..', 'lib', name));
      const notebook = await NotebookPage.openCells(browser, server, 'hostile.ipynb', [
        `const { hostileFigures, hostileTables } = require(${fixture('plot/testing/hostile-outputs.fixture.js')});
const { HOSTILE_NAMES } = require(${fixture('run/hostile-names.fixture.js')});
const figures = hostileFigures();
figures['confusion'].show();`,
        `process.env.MODULAB_PLOTS = 'html';
for (const name of ${JSON.stringify(SHOWN)}) figures[name].show();`,
        `for (const table of Object.values(hostileTables()) as { show(): void }[]) table.show();
for (const name of HOSTILE_NAMES) console.log(name);`,
        `throw new Error(HOSTILE_NAMES.join(' '));`,
      ]);
      const { page, watched } = notebook;
      await notebook.runAll();
      await page.waitForFunction(`${DRAWN} >= ${SHOWN.length}`);
      await assertFigureSeen(page.locator('.output_png img').first());
      for (const figure of await page.locator('.modulab-figure').all()) await assertFigureSeen(figure);
      assert.ok((await hoverLabel(page)).length > 3);
      await watched.screenshot('hostile-live');
      assert.match(await notebook.errors(), /<script>alert\(1\)<\/script>/);
      assert.equal(await page.locator('.modulab-figure .MathJax, .modulab-table .MathJax').count(), 0);
      await assertUnharmed(watched);
      notebook.assertGood();
      const saved = await notebook.save();
      assert.equal(saved.split('window.modulabPlotly=(').length, 2, 'one Plotly runtime');
      await notebook.close();

      // Another file with the same outputs is signed by nobody.
      const copy = JSON.parse(saved) as { cells: { source: string[] }[] };
      copy.cells[0].source.push('\n// changed');
      fs.writeFileSync(path.join(server.folder, 'copy.ipynb'), JSON.stringify(copy));
      const untrusted = await NotebookPage.open(browser, server, 'copy.ipynb');
      assert.equal(await untrusted.page.evaluate('Jupyter.notebook.trusted'), false);
      await assertFigureSeen(untrusted.page.locator('.output_png img').first());
      for (const picture of await untrusted.page.locator('.modulab-figure img').all()) await assertFigureSeen(picture);
      assert.equal(await untrusted.page.locator('.modulab-figure img').count(), SHOWN.length);
      await assertUnharmed(untrusted.watched);
      await untrusted.close();

      const skip = findProgram('jupyter-nbconvert') ? false : 'no nbconvert (Debian: jupyter-nbconvert)';
      await t.test('exported by nbconvert', { skip }, async () => {
        const { status, stderr } = spawnSync('jupyter', ['nbconvert', '--to', 'html', 'hostile.ipynb'], {
          ...{ cwd: server.folder, env: server.env, encoding: 'utf8', timeout: 300_000 },
        });
        assert.equal(status, 0, stderr);
        const exported = await openPage(browser);
        await exported.page.goto(pathToFileURL(path.join(server.folder, 'hostile.html')).href);
        await exported.page.waitForFunction(`${DRAWN} >= ${SHOWN.length}`);
        await exported.screenshot('hostile-nbconvert');
        await assertUnharmed(exported, /^https:\/\/cdnjs\.cloudflare\.com\//);
        await exported.page.context().close();
      });
    });
  });
});

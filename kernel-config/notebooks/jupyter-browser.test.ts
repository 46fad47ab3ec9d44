/** The notebooks as a person meets them: the classic Notebook in a browser, with clicks on its own buttons. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { NO_BROWSER, openBrowser, openPage } from '../../lib/plot/testing/headless-browser.fixture.js';
import { findProgram } from '../kernel/kernel-spec.js';
import { projectRoot } from '../session/project-root.js';
import { type JupyterServer, noClassicNotebook, startJupyter } from './jupyter-server.fixture.js';
import { assertFigureSeen, NotebookPage } from './notebook-page.fixture.js';

const skip = noClassicNotebook() || NO_BROWSER;
const noNbconvert = findProgram('jupyter-nbconvert') ? false : 'no nbconvert (Debian: jupyter-nbconvert)';

describe('in the classic Notebook', { skip }, () => {
  let server: JupyterServer;
  let browser: Browser;

  before(async () => {
    [server, browser] = await Promise.all([startJupyter({ MODULAB_PRESET: 'smoke' }), openBrowser()]);
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  test('the quickstart: pictures before it is trusted, every cell runs, figures in the page and in exported HTML', async (t) => {
    const name = '00-quickstart.ipynb';
    fs.copyFileSync(path.join(projectRoot, 'notebooks', name), path.join(server.folder, name));
    const notebook = await NotebookPage.open(browser, server, name);
    const { page } = notebook;
    assert.equal(await page.evaluate('Jupyter.notebook.trusted'), false);
    const pictures = page.locator('.output_png img');
    const committed = await pictures.count();
    assert.ok(committed >= 5, `${committed} pictures`);
    for (let i = 0; i < committed; i++) await assertFigureSeen(pictures.nth(i));

    await notebook.runAll();
    assert.equal(await notebook.errors(), '');
    const counts = await notebook.executionCounts();
    assert.deepEqual(
      counts,
      counts.map((_, i) => i + 1),
    );
    const shown = await pictures.count();
    assert.ok(shown >= 5, `${shown} pictures`);
    for (let i = 0; i < shown; i++) await assertFigureSeen(pictures.nth(i));
    assert.equal(await page.locator('.output_html table').count(), 2);
    await pictures.nth(3).scrollIntoViewIfNeeded();
    await notebook.watched.screenshot('quickstart');
    notebook.assertGood();
    await notebook.save();
    await notebook.close();

    await t.test('exported by nbconvert and opened offline, it shows the figures', { skip: noNbconvert }, async () => {
      const { status, stderr } = spawnSync('jupyter', ['nbconvert', '--to', 'html', name], {
        ...{ cwd: server.folder, env: server.env, encoding: 'utf8', timeout: 120_000 },
      });
      assert.equal(status, 0, stderr);
      const watched = await openPage(browser);
      await watched.page.goto(pathToFileURL(path.join(server.folder, '00-quickstart.html')).href);
      const exported = watched.page.locator('.jp-OutputArea-output img');
      assert.equal(await exported.count(), shown);
      for (let i = 0; i < shown; i++) await assertFigureSeen(exported.nth(i));
      await watched.screenshot('quickstart-nbconvert');
      // Its own template asks for these; nothing of ours does.
      const known = /^https:\/\/cdnjs\.cloudflare\.com\/ajax\/libs\/(require\.js|mathjax)\//;
      assert.deepEqual(
        watched.foreign.filter((url) => !known.test(url)),
        [],
      );
      await watched.page.context().close();
    });
  });

  test('Kernel → Interrupt during a fit, and Restart & Run All: the session stays usable', async () => {
    const notebook = await NotebookPage.openCells(browser, server, 'interrupt.ipynb', [
      `import * as fs from 'node:fs';
import { openBackend, loadDataset, models, fit, evaluate, showProgress } from 'modulab';
await openBackend({ quiet: true });
const data = await loadDataset('synthetic', { trainPerClass: 20, testPerClass: 2, seed: 1 });
const model = models.weakSimCnnCifar({ width: 1 / 16, seed: 1 });`,
      `const epochs = fs.existsSync('short') ? 1 : 100_000;
const { history } = await fit(model, data.train, { epochs, batchSize: 50, learningRate: 0.01, seed: 1, onProgress: showProgress(), task: 'long fit' });
console.log('epochs', history.length);`,
      `console.log('images', (await evaluate(model, data.test)).images);`,
    ]);
    const { page } = notebook;
    await notebook.menu('cell', 'run_all_cells');
    await page.waitForSelector('.output_text:has-text("long fit")');
    await notebook.menu('kernel', 'int_kernel');
    await notebook.finished();
    assert.match(await notebook.errors(), /stopped|interrupted/i);
    await notebook.watched.screenshot('interrupted');
    assert.equal(await notebook.cell(2).locator('.output_subarea').count(), 0, 'the cell after it did not run');

    // The variables are still there.
    await notebook.cell(2).click();
    await page.click('button[data-jupyter-action="jupyter-notebook:run-cell-and-select-next"]');
    await notebook.cell(2).locator('.output_stdout:has-text("images 20")').waitFor();

    fs.writeFileSync(path.join(server.folder, 'short'), '');
    await notebook.menu('kernel', 'restart_run_all');
    await page.click('.modal-dialog .btn-danger');
    await notebook.cell(2).locator('.output_stdout:has-text("images 20")').waitFor({ state: 'detached' });
    await notebook.cell(2).locator('.output_stdout:has-text("images 20")').waitFor();
    await notebook.finished();
    assert.equal(await notebook.errors(), '');
    assert.match((await notebook.cell(1).locator('.output_stdout').textContent())!, /epochs 1\n/);
    assert.deepEqual(await notebook.executionCounts(), [1, 2, 3]);
    notebook.assertGood();
    await notebook.close();
  });

  test('kernels unticked by hand reach the next cell, also while a cell waits for them', async () => {
    const notebook = await NotebookPage.openCells(browser, server, 'gallery.ipynb', [
      `import { openBackend, loadDataset, splitTrainValidation, models, gallery, byEye, simplify, plot } from 'modulab';
await openBackend({ quiet: true });
const data = await loadDataset('synthetic', { trainPerClass: 6, testPerClass: 2, seed: 1 });
const images = { ...splitTrainValidation(data.train), test: data.test };
const model = models.weakSimCnnCifar({ width: 1 / 8, seed: 1 });
const g = await gallery(model, 'conv0', images.train, { imagesPerClass: 2, scoredPerClass: 2 });`,
      `const { kept, dropped, units, reason } = await g.decision();
console.log('kept', kept.length, 'of', units, 'dropped', dropped.join(), 'why', reason);`,
      `const eye = byEye({ folder: 'decisions', show: plot.showGallery });
const { stages } = await simplify(model, images, { criterion: eye, layers: ['conv1'], retrain: { when: 'never' }, seed: 1 });
console.log('stage', stages[0].units - stages[0].kept.length);`,
    ]);
    const { page } = notebook;
    await notebook.menu('cell', 'run_all_cells');
    const first = page.locator('.modulab-gallery').nth(0);
    await first.locator('input[data-unit="1"]').click();
    await first.locator('input[data-unit="3"]').click();
    assert.equal(await first.locator('.mg-hand').isVisible(), false, 'the page reaches the kernel');
    // Letters that are commands of the Notebook's (dd deletes a cell, x cuts it, b adds one) are text here.
    await first.locator('textarea').click();
    await page.keyboard.type('dd x b');
    assert.equal(await notebook.page.evaluate('Jupyter.notebook.get_cells().length'), 3);
    await notebook.watched.screenshot('gallery-live');
    await first.locator('.mg-confirm').click();
    await first.locator('.mg-status:has-text("Done")').waitFor();
    await notebook.cell(1).locator('.output_stdout').waitFor();
    assert.match(
      (await notebook.cell(1).locator('.output_stdout').textContent())!,
      /^kept \d+ of \d+ dropped 1,3 why dd x b\n/,
    );

    const second = page.locator('.modulab-gallery').nth(1);
    await second.locator('input[data-unit="0"]').click();
    // As the Notebook does by itself with outputs of more than a hundred lines.
    await page.evaluate('Jupyter.notebook.get_cell(2).output_area.scroll_area()');
    const [area, whole] = await Promise.all([notebook.cell(2).locator('.output').boundingBox(), second.boundingBox()]);
    assert.ok(area!.height >= whole!.height, `a gallery ${whole!.height} high behind a window of ${area!.height}`);
    await notebook.watched.screenshot('gallery-while-a-cell-waits');
    await second.locator('.mg-confirm').click();
    await notebook.finished();
    assert.equal(await notebook.errors(), '');
    assert.match((await notebook.cell(2).locator('.output_stdout').textContent())!, /stage 1\n/);
    notebook.assertGood();
    await notebook.close();
  });
});

import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import vm from 'node:vm';
import type { Browser, Page } from 'playwright-core';
import { PNG } from 'pngjs';
import { seedStream } from '../../run/mt19937.js';
import type { KernelDecision } from '../../simplify/by-eye/decision.js';
import { reduction } from '../../simplify/by-eye/gallery-maps.js';
import type { KernelGallery } from '../../simplify/by-eye/kernel-gallery.js';
import { type AskOptions, OpenGallery } from '../../simplify/by-eye/open-gallery.js';
import { CIFAR10_NAMES, HOSTILE_NAMES } from '../testing/example-results.fixture.js';
import { NO_BROWSER, openBrowser, openPage, type WatchedPage } from '../testing/headless-browser.fixture.js';
import { galleryHtml } from './gallery-html.js';
import { mapSprite } from './gallery-pictures.js';
import { gallerySheet } from './gallery-sheet.js';

/** A made-up gallery of blobs; kernel 1 is flat, kernel 2 as kernel 0. */
function example(units: number, classNames: readonly string[], perClass = 1, side = 16): KernelGallery {
  const random = seedStream(1, 'gallery');
  const images = classNames.flatMap((className, c) =>
    Array.from({ length: perClass }, (_, i) => ({ position: c * perClass + i, className })),
  );
  const values = Uint8Array.from({ length: units * images.length * side * side }, () =>
    Math.floor(256 * random.nextDouble() ** 3),
  );
  values.fill(0, images.length * side * side, 2 * images.length * side * side);
  const pixels = Uint8Array.from({ length: images.length * 32 * 32 * 3 }, (_, i) => (i % 96) * 2);
  return {
    ...{ layer: 'conv1', layers: ['conv1'], readout: 'relu1', units, images },
    inputs: { imageShape: [32, 32, 3], pixels },
    maps: {
      height: side,
      width: side,
      values,
      low: Array<number>(units).fill(0),
      high: Array.from({ length: units }, (_, u) => u),
    },
    hasMap: Array<boolean>(units).fill(true),
    similar: Array.from({ length: units }, (_, u) => (u === 0 ? { unit: 2, correlation: 0.99 } : null)),
    scores: [
      {
        id: 'weightL1',
        label: 'sum of absolute weights',
        values: Array.from({ length: units }, (_, u) => (7 * u) % units),
      },
    ],
    imagesDigest: 'i',
    modelDigest: 'm',
  };
}

/** The HTML of an open gallery that nobody has decided on. */
async function opened(gallery: KernelGallery, options: AskOptions = {}): Promise<{ open: OpenGallery; html: string }> {
  let html = '';
  const show: Parameters<typeof OpenGallery.open>[1] = (view) =>
    (html = galleryHtml({ gallery, asks: view.asks! }, gallerySheet(gallery, null)));
  return { open: await OpenGallery.open(gallery, show, 'g.decide', options), html };
}

describe('pictures of a gallery', () => {
  test('the contact sheet is readable in size, and crosses out what was dropped', () => {
    for (const units of [16, 64]) {
      const gallery = example(units, CIFAR10_NAMES, 2);
      const decision = { kept: [0], dropped: [1, 2] } as unknown as KernelDecision;
      const [plain, decided] = [gallerySheet(gallery, null), gallerySheet(gallery, decision)];
      const { width, height } = PNG.sync.read(plain.png);
      assert.ok(width <= 1200 && height <= 1100, `${width}×${height}`);
      assert.match(
        plain.altText,
        new RegExp(`^Kernels of layer conv1\\. ${units} kernels, maps for 20 images of 10 classes`),
      );
      assert.match(decided.altText, /1 of \d+ kept.*dropped: 1-2/);
      assert.notDeepEqual(plain.png, decided.png);
    }
  });

  test('the contact sheet of a whole layer takes at most 200 kB in a notebook, whatever its maps show', () => {
    const { png } = gallerySheet(example(16, CIFAR10_NAMES, 2), null);
    const kilobytes = png.toString('base64').length / 1000;
    assert.ok(kilobytes <= 200, `${kilobytes} kB`);
  });

  test('the sprite has a row of maps per kernel and a column per image', () => {
    const gallery = example(3, ['a', 'b'], 1, 4);
    const sprite = PNG.sync.read(mapSprite(gallery));
    assert.deepEqual([sprite.width, sprite.height], [8, 12]);
    const at = (unit: number, image: number, y: number, x: number) =>
      sprite.data[4 * ((unit * 4 + y) * 8 + image * 4 + x)];
    assert.equal(at(2, 1, 3, 1), gallery.maps.values[(2 * 2 + 1) * 16 + 3 * 4 + 1]);
    assert.equal(at(1, 1, 0, 0), 0);
  });

  test('64 kernels for 10 classes are less than 1.5 MB', async () => {
    const side = 32 / reduction(32, 32, 64 * 10);
    const { open, html } = await opened(example(64, CIFAR10_NAMES, 1, side));
    open.dispose();
    assert.ok(html.length < 1.5e6, `${html.length}`);
  });

  test('names from files can neither end the script nor become elements', async () => {
    const { open, html } = await opened({
      ...example(4, HOSTILE_NAMES),
      layer: '</script><img src=x onerror=alert(1)>',
    });
    open.dispose();
    assert.equal(html.match(/<\/script>/g)!.length, 1);
    assert.equal(html.match(/<img /g)!.length, 1);
    assert.doesNotMatch(html, /<img src=x|<script>alert|(?:src|href)="http/);
  });
});

describe('a person with a mouse', { skip: NO_BROWSER }, () => {
  let browser: Browser;
  let watched: WatchedPage;
  let page: Page;
  let notebook: http.Server;
  let content = '';
  let headers: Record<string, string> = {};
  /** Opens a page that holds the gallery, at an address of its own, as a notebook server's is. */
  const visit = async (html: string, more: Record<string, string> = {}) => {
    content = `<!DOCTYPE html><meta charset="utf-8"><title>notebook</title><link rel="icon" href="data:,"><body>${html}</body>`;
    headers = more;
    const { port } = notebook.address() as AddressInfo;
    await page.goto(`http://localhost:${port}/${Math.trunc(performance.now())}`);
    await page.waitForSelector('.mg-row input');
  };
  const text = (selector: string) => page.locator(selector).first().textContent();
  const until = (expression: string) => page.waitForFunction(expression);

  before(async () => {
    notebook = http.createServer((_, response) => {
      response.writeHead(200, { 'Content-Type': 'text/html', ...headers }).end(content);
    });
    await new Promise<void>((resolve) => notebook.listen(0, '127.0.0.1', resolve));
    browser = await openBrowser();
  });
  beforeEach(async () => {
    watched = await openPage(browser);
    page = watched.page;
  });
  afterEach(async () => {
    await page.context().close();
    assert.deepEqual([watched.foreign, watched.dialogs], [[], []]);
  });
  after(async () => {
    await browser?.close();
    notebook?.close();
  });

  test('unticks, undoes, writes a reason, confirms: the decision is in the notebook', async () => {
    const { open, html } = await opened(example(16, CIFAR10_NAMES, 2));
    const waiting = open.decision({ timeLimit: 30 });
    await visit(html);
    await until(`document.querySelector('.mg-hand').hidden`);
    for (const unit of [1, 2, 5]) await page.click(`input[data-unit="${unit}"]`);
    assert.equal(await text('.mg-bar b'), 'Kernels of layer conv1: 13 of 16 kept');
    await page.click('.mg-bar button:nth-of-type(3)');
    assert.equal(await page.isChecked('input[data-unit="5"]'), true);
    await page.click('.mg-bar button:nth-of-type(2)');
    assert.equal(await page.isDisabled('.mg-confirm'), true);
    await page.click('.mg-bar button:nth-of-type(3)');
    const inks = `[...document.querySelectorAll('label canvas')].map((canvas) => canvas.toDataURL().length).join()`;
    const drawn = new Set<string>();
    for (const box of [0, 1, 2]) {
      drawn.add(await page.evaluate<string>(inks));
      await page.click(`.mg-bar label:nth-of-type(${box + 1}) input`);
    }
    drawn.add(await page.evaluate<string>(inks));
    assert.equal(drawn.size, 4, 'each switch draws something else');
    await page.click('textarea');
    await page.keyboard.type('1 is flat, 2 doubles 0');
    await watched.screenshot('gallery');
    await page.click('.mg-confirm');
    const decision = await waiting;
    assert.deepEqual(decision.dropped, [1, 2]);
    assert.equal(decision.reason, '1 is flat, 2 doubles 0');
    await until(
      `document.querySelector('.mg-status').textContent.startsWith('Done: the notebook has the choice, 14 of 16')`,
    );
    assert.deepEqual(watched.complaints, []);
  });

  test('sorts by score, in either direction', async () => {
    const { open, html } = await opened(example(8, CIFAR10_NAMES));
    await visit(html);
    const order = async (value: string) => {
      await page.selectOption('select', value);
      return (await page.locator('label.mg-row b').allTextContents()).join();
    };
    assert.equal(
      await order('0'),
      '1,2,3,4,5,6,7,0'
        .split(',')
        .sort((a, b) => ((7 * +b) % 8) - ((7 * +a) % 8))
        .join(),
    );
    assert.equal(await order('-2'), '0,7,6,5,4,3,2,1');
    assert.equal(await order('-1'), '0,1,2,3,4,5,6,7');
    open.dispose();
  });

  test('where the page may not connect, it shows the line that decides', async () => {
    const { open, html } = await opened(example(8, CIFAR10_NAMES));
    await visit(html, { 'Content-Security-Policy': "connect-src 'none'" });
    await until(`!document.querySelector('.mg-hand').hidden`);
    await page.click('input[data-unit="3"]');
    await page.click('textarea');
    await page.keyboard.type(`it's "noisy"`);
    const line = await text('.mg-line');
    assert.equal(line, String.raw`g.decide('0-2,4-7', "it's \"noisy\"")`);
    await page.click('.mg-confirm');
    await until(`document.querySelector('.mg-status').textContent === ''`);
    // The person runs the line.
    vm.runInNewContext(line, { g: open });
    assert.deepEqual((await open.decision()).dropped, [3]);
  });

  test('in a sandboxed frame, as some front ends have, the choice arrives as well', async () => {
    const { open, html } = await opened(example(8, CIFAR10_NAMES));
    const inside = html.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
    await visit(`<iframe sandbox="allow-scripts" srcdoc="${inside}"></iframe><p class="mg-row"><input></p>`);
    await page.frameLocator('iframe').locator('input[data-unit="2"]').click();
    await page.frameLocator('iframe').locator('.mg-confirm').click();
    assert.deepEqual((await open.decision({ timeLimit: 20 })).dropped, [2]);
  });

  test('hostile class and layer names stay text', async () => {
    const { open, html } = await opened({
      ...example(4, HOSTILE_NAMES),
      layer: '<img src=x onerror=document.title=1>',
    });
    await visit(html);
    assert.equal(await page.locator('.modulab-gallery img, .modulab-gallery script').count(), 0);
    assert.match((await text('.mg-names'))!, /<script>alert\(1\)/);
    assert.equal(await page.title(), 'notebook');
    open.dispose();
  });

  test('a gallery that is decided or gone says so', async () => {
    const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'gallery-')), 'a.json');
    const { open, html } = await opened(example(8, CIFAR10_NAMES), { file });
    open.decide('0-3');
    await visit(html);
    await until(`!document.querySelector('.mg-hand').hidden`);
    fs.rmSync(path.dirname(file), { recursive: true });
  });
});

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import type { Browser, Locator } from 'playwright-core';
import { PNG } from 'pngjs';
import { openPage, type WatchedPage } from '../../lib/plot/testing/headless-browser.fixture.js';
import type { JupyterServer } from './jupyter-server.fixture.js';
import { writeNotebook } from './notebook.js';

/** What the classic Notebook itself complains of, and why that is none of ours. */
const KNOWN_COMPLAINTS: readonly [RegExp, string][] = [
  [
    /nbextensions\/widgets\/notebook\/js\/extension\.js/,
    'it asks for ipywidgets, which Debian does not install with it',
  ],
];

const CELL_MS = 300_000;

/** A notebook open in the classic Notebook, as a person sees it. */
export class NotebookPage {
  private constructor(
    readonly watched: WatchedPage,
    private readonly file: string,
  ) {}

  /** Opens a notebook of the server's folder and waits until its kernel is there. */
  static async open(browser: Browser, server: JupyterServer, name: string): Promise<NotebookPage> {
    const watched = await openPage(browser, { viewport: { width: 1280, height: 1000 } });
    await watched.page.goto(server.url(`notebooks/${name}`));
    await watched.page.waitForFunction(
      'window.Jupyter?.notebook?._fully_loaded && Jupyter.notebook.kernel?.is_connected()',
    );
    return new NotebookPage(watched, path.join(server.folder, name));
  }

  /** Puts a notebook with these code cells where the server finds it, and opens it. */
  static openCells(
    browser: Browser,
    server: JupyterServer,
    name: string,
    sources: readonly string[],
  ): Promise<NotebookPage> {
    const cells = sources.map((source, i) => ({
      ...{ cell_type: 'code' as const, id: `c${i}`, metadata: {}, source, execution_count: null, outputs: [] },
    }));
    const kernelspec = { name: 'modulab', display_name: 'TypeScript (modulab)', language: 'typescript' };
    writeNotebook(path.join(server.folder, name), { cells, metadata: { kernelspec }, nbformat: 4, nbformat_minor: 5 });
    return NotebookPage.open(browser, server, name);
  }

  get page(): WatchedPage['page'] {
    return this.watched.page;
  }

  /** Chooses from the menu, e.g. `menu('kernel', 'restart_run_all')`. */
  async menu(menu: 'file' | 'cell' | 'kernel', item: string): Promise<void> {
    await this.page.click(`#${menu}link`);
    await this.page.click(`#${item}`);
  }

  /** Cell → Run All, and waits until every cell has run or one has failed. */
  async runAll(): Promise<void> {
    await this.menu('cell', 'run_all_cells');
    await this.finished();
  }

  /** Waits until nothing runs or waits any more. */
  async finished(): Promise<void> {
    const idle = `Jupyter.notebook.get_cells().every((cell) => !cell.element.hasClass('running')) && !Jupyter.notebook.kernel_busy`;
    await this.page.waitForTimeout(200); // the cells are marked on sending
    await this.page.waitForFunction(idle, undefined, { timeout: CELL_MS });
  }

  /** The number-th cell. */
  cell(number: number): Locator {
    return this.page.locator('#notebook-container > .cell').nth(number);
  }

  /** Numbers that stand before the code cells with code: null where one has not run. */
  executionCounts(): Promise<(number | null)[]> {
    return this.page.evaluate<(number | null)[]>(
      `Jupyter.notebook.get_cells().filter((cell) => cell.cell_type === 'code' && cell.get_text().trim() !== '')` +
        `.map((cell) => typeof cell.input_prompt_number === 'number' ? cell.input_prompt_number : null)`,
    );
  }

  /** What is written in red. */
  async errors(): Promise<string> {
    return (await this.page.locator('.output_stderr, .output_error').allTextContents()).join('\n');
  }

  /** Saves with the notebook's own button and gives the file's content. */
  async save(): Promise<string> {
    const before = fs.statSync(this.file).mtimeMs;
    await this.page.click('button[data-jupyter-action="jupyter-notebook:save-notebook"]');
    await this.page.waitForFunction('!Jupyter.notebook.dirty');
    assert.ok(fs.statSync(this.file).mtimeMs > before, 'the notebook was saved');
    return fs.readFileSync(this.file, 'utf8');
  }

  /** No request elsewhere, no window, no dialog, nothing left, and no complaint but those that are not ours. */
  assertGood(): void {
    const { complaints, foreign, dialogs, requests } = this.watched;
    const unknown = (text: string) => !KNOWN_COMPLAINTS.some(([known]) => known.test(text));
    assert.deepEqual(complaints.filter(unknown), []);
    const failed = requests.filter(({ url, status }) => (status === null || status >= 400) && unknown(url));
    assert.deepEqual([foreign, dialogs, failed], [[], [], []]);
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }
}

/** What is seen of an element: its size in pixels, and how many colours are in it (one: it is blank). */
export async function seen(element: Locator): Promise<{ width: number; height: number; colours: number }> {
  const { width, height, data } = PNG.sync.read(await element.screenshot());
  const pixels = new Uint32Array(data.buffer, data.byteOffset, width * height);
  return { width, height, colours: new Set(pixels).size };
}

/** Whether a figure is seen: large enough, and with something drawn on it. */
export async function assertFigureSeen(element: Locator): Promise<void> {
  const { width, height, colours } = await seen(element);
  assert.ok(width >= 300 && height >= 150 && colours >= 30, `a figure of ${width}×${height} with ${colours} colours`);
}

import { writePicture } from '../../lib/plot/figure/display.js';
import { shortened } from '../../lib/plot/figure/label.js';
import { textChart } from '../../lib/plot/text-charts/text-chart.js';
import type { DisplayItem } from '../../lib/run/display-target.js';
import { browserOpener, openInBrowser } from './browser.js';
import { FigurePage } from './figure-page/figure-page.js';

/** An opener that was just called is not called again for so long: a browser may take its time. */
const OPENING_MS = 15_000;

/**
 * Where the prompt's figures go: to a page in the browser, or, where there is none, as text to the terminal. Tables go to
 * the terminal in any case.
 */
export class FigureDisplay {
  private readonly page = new FigurePage();
  private openedAt = -Infinity;

  /**
   * @param columns the terminal's width at present
   * @param opener the program that opens a browser; null for none
   */
  constructor(
    private readonly columns: () => number,
    private opener = browserOpener(),
  ) {}

  readonly show = (item: DisplayItem): void => {
    const id = this.page.add(item);
    if (item.kind === 'table') console.log(item.text);
    if (this.opener || this.page.viewers > 0) {
      if (item.kind !== 'table') console.log(`figure ${id} on the page: ${shortened(item.title)}`);
      // A table alone, which stands in the terminal already, opens no page.
      if (item.kind !== 'table' && this.page.viewers === 0) void this.openPage(item);
    } else if (item.kind !== 'table') this.showAsText(item);
  };

  /** Gives an address of the page, opened in the browser where there is one. */
  async address(): Promise<string> {
    const url = await this.page.address();
    if (this.opener && !(await openInBrowser(this.opener, url))) this.opener = null;
    return url;
  }

  close(): void {
    this.page.close();
  }

  private async openPage(item: DisplayItem): Promise<void> {
    if (performance.now() - this.openedAt < OPENING_MS) return;
    this.openedAt = performance.now();
    const opener = this.opener!;
    const url = await this.page.address();
    console.log(`figures: ${url}`);
    if (await openInBrowser(opener, url)) return;
    this.opener = null;
    console.log(`(${opener[0]} has not opened a browser: figures are text from here on)`);
    this.showAsText(item);
  }

  private showAsText(item: DisplayItem): void {
    const chart = item.figure && textChart({ ...item.figure, title: item.title }, this.columns());
    if (chart) console.log(chart);
    else if (item.kind === 'page') {
      console.log(`${shortened(item.text, 400)}\n(to decide on it in a browser: .figures gives the page's address)`);
    } else if (item.png) writePicture({ title: item.title, altText: item.text }, item.png());
    else console.log(item.text);
  }
}

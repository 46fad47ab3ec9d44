import type { Table } from '../tables/table.js';
import { displayFigure, figureBundle, type ShowOptions } from './display.js';
import type { FigureSpec } from './figure-spec.js';
import { figureTable } from './figure-table.js';
import { renderSvg } from './plotly-in-jsdom.js';
import type { FigureLayout, Trace } from './plotly-json.js';
import { svgToPng } from './svg-to-png.js';

/** One Plotly figure. Width and height stand in the layout, in pixels. */
export class Figure implements FigureSpec {
  readonly title: string;
  readonly altText: string;
  readonly data: readonly Trace[];
  readonly layout: FigureLayout;
  readonly published?: FigureSpec['published'];
  readonly table?: FigureSpec['table'];

  constructor(spec: FigureSpec) {
    this.title = spec.title;
    this.altText = spec.altText;
    this.data = spec.data;
    this.layout = spec.layout;
    if (spec.published?.length) this.published = spec.published;
    if (spec.table) this.table = spec.table;
  }

  /**
   * In a notebook: shows the figure below the cell. In a script: writes it to `out/figures/` as PNG and prints where.
   * @throws OptionError for trace types that only a browser can draw (WebGL, maps)
   */
  show(options: ShowOptions = {}): void {
    displayFigure(this, options);
  }

  /** The figure in the formats of notebooks: those of Deno, too, show it where it is a cell's value. */
  [Symbol.for('Jupyter.display')](): Record<string, unknown> {
    return figureBundle(this, svgToPng(renderSvg(this)));
  }

  /** The figure as SVG text, drawn without a browser. */
  // eslint-disable-next-line @typescript-eslint/require-await -- drawing may move off the calling thread
  async toSVG(): Promise<string> {
    return renderSvg(this);
  }

  /** The figure as PNG, drawn without a browser. @param scale pixels per layout pixel */
  // eslint-disable-next-line @typescript-eslint/require-await -- drawing may move off the calling thread
  async toPNG(scale = 1): Promise<Buffer> {
    return svgToPng(renderSvg(this), scale);
  }

  /** The figure's data as a table, columns named as its axes. */
  toTable(): Table {
    return figureTable(this);
  }

  /** The figure's data as CSV. @param file also writes it there */
  toCSV(file?: string): string {
    return this.toTable().toCSV(file);
  }

  /** The figure as plain data. */
  toJSON(): FigureSpec {
    const { title, altText, data, layout, published, table } = this;
    return { title, altText, data, layout, ...(published && { published }), ...(table && { table }) };
  }
}

import type { Data, Layout } from 'plotly.js-dist';
import { displayFigure, type ShowOptions } from './display.js';
import { renderSvg } from './plotly-in-jsdom.js';
import { svgToPng } from './svg-to-png.js';

/** What a figure is made of: plain Plotly JSON, a plain title and a sentence for those who cannot see it. */
export interface FigureSpec {
  readonly title: string;
  /** Title and main numbers in words; what viewers without images show. */
  readonly altText: string;
  readonly data: readonly Data[];
  readonly layout: Partial<Layout>;
}

/** One Plotly figure. Width and height stand in the layout, in pixels. */
export class Figure implements FigureSpec {
  readonly title: string;
  readonly altText: string;
  readonly data: readonly Data[];
  readonly layout: Partial<Layout>;

  constructor(spec: FigureSpec) {
    this.title = spec.title;
    this.altText = spec.altText;
    this.data = spec.data;
    this.layout = spec.layout;
  }

  /**
   * In a notebook: shows the figure below the cell. In a script: writes it to `out/figures/` as PNG and prints where.
   * @throws OptionError for trace types that only a browser can draw (WebGL, maps)
   */
  show(options: ShowOptions = {}): void {
    displayFigure(this, options);
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

  /** The figure as plain data. */
  toJSON(): FigureSpec {
    return { title: this.title, altText: this.altText, data: this.data, layout: this.layout };
  }
}

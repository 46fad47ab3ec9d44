import fs from 'node:fs';
import type { DOMWindow } from 'jsdom';
import { ModulabError, OptionError } from '../../errors.js';
import { optionalPackage } from '../../run/installation/optional-package.js';
import { BitmapCanvas } from './bitmap-canvas.js';
import { DRAWING } from './drawing-packages.js';
import type { FigureSpec } from './figure-spec.js';
import { type Box, localBox, pageBox } from './svg-geometry.js';

/** What we call of Plotly inside the page. */
interface PagePlotly {
  newPlot(element: object, data: unknown, layout: unknown, config: object): Promise<unknown>;
  purge(element: object): void;
  Snapshot: { toSVG(element: object, format: 'svg', scale: number): string };
}

/** Trace types that can be drawn without WebGL and without a map service. */
const DRAWABLE = new Set(
  (
    'bar box candlestick carpet contour contourcarpet funnel funnelarea heatmap histogram histogram2d ' +
    'histogram2dcontour icicle image indicator ohlc pie sankey scatter scattercarpet scatterpolar scattersmith ' +
    'scatterternary sunburst table treemap violin waterfall'
  ).split(' '),
);

interface Page {
  readonly window: DOMWindow;
  readonly plotly: PagePlotly;
}

/**
 * Figures that one page draws. jsdom's selector engine remembers the element of every selector that it has ever been asked for, and
 * Plotly asks for new names with every figure: some 1.6 MB of each stay for as long as the page does.
 */
const FIGURES_PER_PAGE = 40;

let page: Page | undefined;
let drawn = 0;

/**
 * Draws a figure as SVG in this thread: Plotly runs in jsdom, which is loaded at the first call (about a second).
 * @throws OptionError for a trace type that needs WebGL or a map service; ModulabError where the packages that draw are not installed
 */
export function renderSvg(figure: FigureSpec): string {
  for (const trace of figure.data) {
    const type: string = trace.type ?? 'scatter';
    if (!DRAWABLE.has(type)) {
      throw new OptionError(
        `figure '${figure.title}': a trace of type '${type}' cannot be drawn without a browser; ` +
          `use one of ${[...DRAWABLE].join(', ')}.`,
      );
    }
  }
  const { window, plotly } = freshPage();
  const element = window.document.createElement('div');
  window.document.body.appendChild(element);
  try {
    // Plotly keeps references into what it is given
    const { data, layout } = JSON.parse(JSON.stringify({ data: figure.data, layout: figure.layout })) as FigureSpec;
    let failure: unknown;
    plotly.newPlot(element, data, layout, { staticPlot: true }).catch((error: unknown) => (failure = error));
    const svg = plotly.Snapshot.toSVG(element, 'svg', 1);
    if (failure) throw failure as Error;
    return svg;
  } catch (error) {
    throw new ModulabError(`figure '${figure.title}' could not be drawn: ${String(error)}`, { cause: error });
  } finally {
    plotly.purge(element);
    element.remove();
  }
}

/** The page, or another one where it has drawn enough. */
function freshPage(): Page {
  if (page && drawn >= FIGURES_PER_PAGE) {
    page.window.close();
    page = undefined;
  }
  if (!page) {
    page = openPage();
    drawn = 0;
  }
  drawn++;
  return page;
}

function openPage(): Page {
  const { JSDOM } = optionalPackage<typeof import('jsdom')>('jsdom', DRAWING);
  const { window } = new JSDOM('<!DOCTYPE html><body></body>', { runScripts: 'outside-only', pretendToBeVisual: true });
  supplyMissing(window);
  window.eval(fs.readFileSync(require.resolve('plotly.js-dist'), 'utf8'));
  return { window, plotly: (window as unknown as { Plotly: PagePlotly }).Plotly };
}

/** Layout and canvas, which jsdom lacks. Text is measured with the font that the PNG is drawn in. */
function supplyMissing(window: DOMWindow): void {
  const canvases = new WeakMap<object, BitmapCanvas>();
  const canvasOf = (element: { width: number; height: number }) => {
    let canvas = canvases.get(element);
    if (canvas?.width !== element.width || canvas.height !== element.height) {
      canvas = new BitmapCanvas(element.width, element.height);
      canvases.set(element, canvas);
    }
    return canvas;
  };
  window.URL.createObjectURL = () => 'blob:none';
  window.matchMedia = () => ({ matches: false, addEventListener() {}, removeEventListener() {} }) as never;
  window.HTMLCanvasElement.prototype.getContext = function (this: HTMLCanvasElement, kind: string) {
    return kind === '2d' ? canvasOf(this) : null;
  } as never;
  window.HTMLCanvasElement.prototype.toDataURL = function (this: HTMLCanvasElement) {
    return canvasOf(this).toDataURL();
  };

  const rectangle = ({ left, top, right, bottom }: Box) =>
    ({ left, top, right, bottom, x: left, y: top, width: right - left, height: bottom - top }) as DOMRect;
  const proto = window.Element.prototype as { getBoundingClientRect: (this: Element) => DOMRect };
  const rectangleOfHtml = proto.getBoundingClientRect;
  proto.getBoundingClientRect = function () {
    return this instanceof window.SVGElement ? rectangle(pageBox(this)) : rectangleOfHtml.call(this);
  };
  Object.assign(window.SVGElement.prototype, {
    getBBox(this: Element) {
      return rectangle(localBox(this));
    },
    getComputedTextLength(this: Element) {
      return rectangle(localBox(this)).width;
    },
    getTotalLength: () => 0,
    getPointAtLength: () => ({ x: 0, y: 0 }),
  });
}

import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import { gzipSync } from 'node:zlib';
import { DARK_FOR_LIGHT } from './darkened.js';
import type { FigureSpec } from './figure-spec.js';
import { escapeHtml } from './label.js';
import { pageScript } from './page-script.js';
import { THEMES } from './theme.js';

/** By these a page is known to hold a figure, or the runtime. */
export const FIGURE_MARK = 'class="modulab-figure tex2jax_ignore mathjax_ignore"';
export const RUNTIME_MARK = 'window.modulabPlotly=';

let runtime: string | undefined;

/**
 * A script element that makes `window.Plotly` and `window.modulabDraw` available on a page, offline, and announces them. It must stand
 * on the page once, before or behind the figures, which all use it; a second one does nothing. The library travels compressed (3 MB
 * instead of 10).
 */
export function plotlyRuntimeScript(): string {
  runtime ??= gzipSync(fs.readFileSync(require.resolve('plotly.js-dist')), { level: 9 }).toString('base64');
  const colours = { dark: DARK_FOR_LIGHT, lightPaper: THEMES.light.paper };
  return pageScript<typeof import('../page/plotly-runtime.js')>('plotly-runtime', colours, runtime);
}

/**
 * HTML fragment of one figure: its PNG, which an interactive plot replaces as soon as the page has Plotly.
 * @param png the figure as an image, shown without scripts and without the runtime
 */
export function figureHtml(figure: Pick<FigureSpec, 'data' | 'layout' | 'altText'>, png: Buffer): string {
  const id = `modulab-${randomUUID()}`;
  const { data, layout } = figure;
  return (
    `<div id="${id}" ${FIGURE_MARK}><img alt="${escapeHtml(figure.altText)}" ` +
    `src="data:image/png;base64,${png.toString('base64')}"></div>\n` +
    pageScript<typeof import('../page/place-figure.js')>('place-figure', id, { data, layout })
  );
}

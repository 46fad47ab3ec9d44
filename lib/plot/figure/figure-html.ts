import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { packageFolder } from '../../run/installation/optional-package.js';
import { DARK_FOR_LIGHT } from './darkened.js';
import type { FigureSpec } from './figure-spec.js';
import { htmlDocument } from './html-document.js';
import { escapeHtml } from './label.js';
import { pageScript } from './page-script.js';
import { THEMES } from './theme.js';

/** By these a page is known to hold a figure, or the runtime. */
export const FIGURE_MARK = 'class="modulab-figure tex2jax_ignore mathjax_ignore"';
export const RUNTIME_MARK = 'window.modulabPlotly=';

const packed = new Map<string, string>();

/**
 * The library for pages: the part of it that has all kinds of traces of our own figures, or the whole one, for figures of others, where
 * it is installed, as in a clone.
 */
function plotlyFile(traces: 'own' | 'all'): string {
  const whole = traces === 'all' ? packageFolder('plotly.js-dist') : undefined;
  return whole === undefined ? require.resolve('plotly.js-cartesian-dist-min') : path.join(whole, 'plotly.js');
}

/**
 * A script element that makes `window.Plotly` and `window.modulabDraw` available on a page, offline, and announces them. It must stand
 * on the page once, before or behind the figures, which all use it; a second one does nothing. The library travels compressed (3 MB
 * instead of 10, and half a one without the kinds of traces that none of our figures has).
 * @param traces 'own' where all figures of the page are ours
 */
export function plotlyRuntimeScript(traces: 'own' | 'all' = 'all'): string {
  const file = plotlyFile(traces);
  const runtime = packed.get(file) ?? gzipSync(fs.readFileSync(file), { level: 9 }).toString('base64');
  packed.set(file, runtime);
  const colours = { dark: DARK_FOR_LIGHT, lightPaper: THEMES.light.paper };
  return pageScript<typeof import('../page/plotly-runtime.js')>('plotly-runtime', colours, runtime);
}

/**
 * HTML fragment of one figure: its PNG, which an interactive plot replaces as soon as the page has Plotly.
 * @param png the figure as an image, shown without scripts and without the runtime; null: what it says in words
 */
export function figureHtml(figure: Pick<FigureSpec, 'data' | 'layout' | 'altText'>, png: Buffer | null): string {
  const id = `modulab-${randomUUID()}`;
  const { data, layout } = figure;
  return (
    `<div id="${id}" ${FIGURE_MARK}>${png ? picture(figure.altText, png) : `<p>${escapeHtml(figure.altText)}</p>`}</div>\n` +
    pageScript<typeof import('../page/place-figure.js')>('place-figure', id, { data, layout })
  );
}

const picture = (altText: string, png: Buffer): string =>
  `<img alt="${escapeHtml(altText)}" src="data:image/png;base64,${png.toString('base64')}">`;

/** A page of its own with one interactive figure, which needs nothing but a browser. */
export function figurePage(figure: Pick<FigureSpec, 'title' | 'data' | 'layout' | 'altText'>): string {
  return htmlDocument({
    title: figure.title,
    style: 'body { margin: 2rem; font-family: Verdana, sans-serif; }',
    main: figureHtml(figure, null),
    scripts: plotlyRuntimeScript(),
  });
}

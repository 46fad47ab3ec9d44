import fs from 'node:fs';
import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { FigureSpec } from './figure-spec.js';
import { escapeHtml } from './label.js';
import { drawingSource } from '../page/draw-figure.js';

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
  return (
    `<script>${drawingSource()}\nif(!window.Plotly&&!window.modulabPlotly)${RUNTIME_MARK}(async()=>{` +
    `const bytes=Uint8Array.from(atob("${runtime}"),c=>c.charCodeAt(0));` +
    `const stream=new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));` +
    `const script=document.createElement("script");script.textContent=await new Response(stream).text();` +
    `document.head.append(script);window.dispatchEvent(new Event("modulab-plotly"));})();</script>\n`
  );
}

/**
 * HTML fragment of one figure: its PNG, which an interactive plot replaces as soon as the page has Plotly.
 * @param png the figure as an image, shown without scripts and without the runtime
 */
export function figureHtml(figure: Pick<FigureSpec, 'data' | 'layout' | 'altText'>, png: Buffer): string {
  const id = `modulab-${randomUUID()}`;
  const json = scriptJson({ data: figure.data, layout: figure.layout });
  return (
    `<div id="${id}" ${FIGURE_MARK}><img alt="${escapeHtml(figure.altText)}" ` +
    `src="data:image/png;base64,${png.toString('base64')}"></div>\n` +
    `<script>(()=>{const place=document.getElementById("${id}"),figure=${json};` +
    `const draw=()=>window.modulabDraw(place,figure);` +
    `if(window.Plotly&&window.modulabDraw)draw();else window.addEventListener("modulab-plotly",draw,{once:true});})();</script>\n`
  );
}

/** JSON that cannot end a script element. */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

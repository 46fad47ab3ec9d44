/// <reference lib="dom" />
import { installDrawing, type PageColours } from './draw-figure.js';

declare global {
  interface Window {
    /** Settled when Plotly is there; what a page is known by that brings it. */
    modulabPlotly?: Promise<void>;
  }
}

/**
 * Makes `window.modulabDraw` and `window.Plotly` available on a page, once, and announces Plotly.
 * @param plotly the library's source, compressed with gzip, in base64
 */
export default function plotlyRuntime(colours: PageColours, plotly: string): void {
  installDrawing(colours);
  if (window.Plotly || window.modulabPlotly) return;
  window.modulabPlotly = (async () => {
    const bytes = Uint8Array.from(atob(plotly), (character) => character.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
    const script = document.createElement('script');
    script.textContent = await new Response(stream).text();
    document.head.append(script);
    window.dispatchEvent(new Event('modulab-plotly'));
  })();
}

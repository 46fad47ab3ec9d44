/// <reference lib="dom" />
import type { PageFigure } from './draw-figure.js';

/** Draws a figure in its place, at once where Plotly is there, else as soon as it is announced. */
export default function placeFigure(id: string, figure: PageFigure): void {
  const place = document.getElementById(id)!;
  const draw = () => window.modulabDraw!(place, figure);
  if (window.Plotly && window.modulabDraw) draw();
  else window.addEventListener('modulab-plotly', draw, { once: true });
}

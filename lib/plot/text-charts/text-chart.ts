import { cutToColumns } from '../../run/terminal-columns.js';
import { printable } from '../figure/label.js';
import { barPanels } from './text-chart-bars.js';
import { heatPanel } from './text-chart-heat.js';
import { linePanel } from './text-chart-lines.js';
import { panelsOf, plainLabel, type TextPanel } from './text-chart-panel.js';

/** What a text chart reads of a figure. */
export interface ChartedFigure {
  readonly title: string;
  readonly data: readonly object[];
  readonly layout: { readonly title?: { readonly subtitle?: { readonly text?: string } } };
}

/** More lines than this are no chart any more. */
const MOST_LINES = 90;

/**
 * A figure as compact Unicode text, of bars, heat maps and lines: for terminals without a browser beside them.
 * @param columns width of the terminal; no line is longer
 * @returns null for what cannot be drawn so: images, texts and mixtures in one panel, or far too many lines
 */
export function textChart(figure: ChartedFigure, columns: number): string | null {
  const width = Math.max(30, columns);
  const panels = panelsOf(figure);
  if (panels.length === 0) return null;
  const lines = [printable(figure.title)];
  const subtitle = plainLabel(figure.layout.title?.subtitle?.text);
  if (subtitle) lines.push(subtitle);
  const together = panels.every(isOfBars) ? barPanels(panels, width) : null;
  if (together) lines.push('', ...together);
  else {
    for (const panel of panels) {
      const drawn = drawPanel(panel, width, panels.length);
      if (!drawn) return null;
      lines.push('', ...drawn);
    }
  }
  if (lines.length > MOST_LINES) return null;
  return lines.map((line) => cutToColumns(line.trimEnd(), columns)).join('\n');
}

const isOfBars = ({ traces }: TextPanel) => traces.every(({ type }) => type === 'bar');

function drawPanel(panel: TextPanel, width: number, panels: number): string[] | null {
  const types = new Set(panel.traces.map((trace) => trace.type));
  if (types.size !== 1) return null;
  switch (panel.traces[0].type) {
    case 'bar':
      return barPanels([panel], width);
    case 'heatmap':
      return panel.traces.length === 1 ? heatPanel(panel, width) : null;
    case 'scatter':
      return linePanel(panel, width, panels > 2 ? 6 : 10);
    default:
      return null;
  }
}

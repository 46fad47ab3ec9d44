import { inert } from '../figure/label.js';
import type { FigureLayout, Trace } from '../figure/plotly-json.js';
import { axisStyle, type Theme } from '../figure/theme.js';
import type { FramedFigure } from './figure-frame.js';
import { stackedPanels } from './stacked-panels.js';

export interface Line {
  readonly name: string;
  readonly colour: string;
  /** null where nothing was measured: the line goes straight on to the next value. */
  readonly values: readonly (number | null)[];
  readonly dash?: 'solid' | 'dash' | 'dot';
}

export interface LinePanel {
  /** Title of the value axis, with its unit. */
  readonly title: string;
  /** Values are ratios, shown in percent. */
  readonly percent: boolean;
  readonly lines: readonly Line[];
}

/** Stacked panels of lines over the same steps (epochs, generations). */
export function linePanels(
  steps: readonly number[],
  stepTitle: string,
  panels: readonly LinePanel[],
  theme: Theme,
): Pick<FramedFigure, 'size' | 'data' | 'layout'> {
  const size = { width: 820, height: 92 + 56 + 190 * panels.length, margin: { l: 76, r: 30, t: 92, b: 56 } };
  const places = stackedPanels(panels.length, 0.08);
  const layout: FigureLayout = { showlegend: true };
  const [first, last] = [steps[0] ?? 0, steps[steps.length - 1] ?? 1];
  const pad = Math.max(0.5, (last - first) * 0.02);
  layout.xaxis = {
    ...axisStyle(theme, stepTitle),
    anchor: places.at(-1)?.y,
    range: [first - pad, last + pad],
    tickformat: 'd',
    ...(last - first <= 15 ? { dtick: 1 } : { nticks: 16 }),
    zeroline: false,
  };
  const data: Trace[] = [];
  panels.forEach((panel, p) => {
    const { y, yaxis, domain } = places[p]!; // a place per panel
    layout[yaxis] = {
      ...axisStyle(theme, panel.title),
      domain,
      ...(panel.percent ? { tickformat: ',.3~%' } : { tickformat: '.4~g' }),
      range: valueRange(panel),
      nticks: 6,
      zeroline: false,
    };
    for (const line of panel.lines) {
      data.push({
        type: 'scatter',
        mode: steps.length <= 40 ? 'lines+markers' : 'lines',
        name: inert(line.name),
        x: steps,
        y: line.values,
        yaxis: y,
        connectgaps: true,
        line: { color: line.colour, width: 2, dash: line.dash ?? 'solid' },
        marker: { size: 5 },
        hovertemplate: `${inert(stepTitle)} %{x}: <b>${panel.percent ? '%{y:.1%}' : '%{y:.4g}'}</b><extra>${inert(line.name)}</extra>`,
      });
    }
  });
  return { size, data, layout };
}

/** The values with some air; a flat line lies in the middle of a narrow range, and percentages stay within 0–100. */
function valueRange({ percent, lines }: LinePanel): [number, number] | undefined {
  const values = lines.flatMap((line) => line.values.filter((v): v is number => v !== null));
  if (values.length === 0) return undefined;
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const middle = (low + high) / 2;
  const half = Math.max((high - low) * 0.56, percent ? 0.05 : Math.abs(middle) * 0.02, 1e-6);
  const range: [number, number] = [middle - half, middle + half];
  return percent ? [Math.max(-0.005, range[0]), Math.min(1.005, range[1])] : range;
}

import type { FrontPoint } from '../../compare/summarise-front.js';
import { inert, shortened } from '../figure/label.js';
import { percent, rounded } from '../figure/number-format.js';
import type { Trace } from '../figure/plotly-json.js';
import type { Theme } from '../figure/theme.js';
import { paperMarks } from './published-front.js';
import type { PanelAxes } from './stacked-panels.js';

/** Panels from left to right, or from above. */
export const SIZES = [
  { key: 'kernelsKept', title: 'kernels kept by a module (%)' },
  { key: 'macsKept', title: 'multiply-adds of a module (%)' },
] as const;
// diamonds are the paper's
export const SYMBOLS = ['circle', 'square', 'triangle-up', 'x', 'cross', 'pentagon'];

export interface Drawn {
  readonly axis: (typeof SIZES)[number];
  readonly measure: 'loss' | 'accuracy';
  /** Of the panel's axes. */
  readonly axes: PanelAxes;
  /** Which colour and marker. */
  readonly place: number;
  readonly theme: Theme;
}

/** One way over the sizes of one panel. */
export function wayTrace(
  own: readonly FrontPoint[],
  { axis, value, measure, axes, place, theme }: Drawn & { value: (point: FrontPoint) => FrontPoint['loss'] },
): Trace {
  const colour = theme.series[place % theme.series.length];
  const name = inert(shortened(own[0]?.way ?? '', 40));
  return {
    ...{ type: 'scatter', mode: 'lines+markers', name, legendgroup: name, showlegend: axes.x === 'x' },
    ...{ xaxis: axes.x, yaxis: axes.y },
    x: own.map((point) => rounded(point[axis.key].mean)),
    y: own.map((point) => rounded(value(point).mean)),
    error_y: {
      ...{
        type: 'data',
        array: own.map((point) => rounded(value(point).std ?? 0)),
      },
      ...{ visible: own.some((point) => value(point).std !== null), color: colour, thickness: 1.2, width: 4 },
    },
    customdata: own.map((point) => [point.keep === null ? 'n/a' : percent(point.keep), rounded(point.seconds.mean)]),
    line: { color: colour, width: 2, dash: place < theme.series.length ? 'solid' : 'dot' },
    marker: { color: colour, size: 8, symbol: SYMBOLS[place] },
    hovertemplate:
      `<b>%{y${measure === 'loss' ? ':.2f} points lost' : ':.1%}'}</b> at %{x:.1%}, asked to keep %{customdata[0]}, ` +
      `%{customdata[1]} s<extra>${name}</extra>`,
  };
}

/** Marks at the edge of a panel for what lies beyond it. */
export function edgeTrace(
  off: readonly FrontPoint[],
  { axis, edge, measure, axes, place, theme }: Drawn & { edge: number },
): Trace {
  const name = inert(shortened(off[0]?.way ?? '', 40));
  return {
    ...{ type: 'scatter', mode: 'markers', name, legendgroup: name, showlegend: false },
    ...{ xaxis: axes.x, yaxis: axes.y },
    x: off.map((point) => rounded(point[axis.key].mean)),
    y: off.map(() => rounded(edge)),
    customdata: off.map((point) => number1((measure === 'loss' ? point.loss : point.composedAccuracy).mean, measure)),
    marker: {
      ...{ size: 11, symbol: measure === 'loss' ? 'triangle-up-open' : 'triangle-down-open' },
      ...{ color: theme.series[place % theme.series.length], line: { width: 2 } },
    },
    hovertemplate: `<b>%{customdata}</b> at %{x:.1%}, beyond the axis<extra>${name}</extra>`,
  };
}

/** The paper's marks in one panel; `shown` where they have their place in the legend. */
export function paperTrace(
  axis: Drawn['axis']['key'],
  { measure, axes, shown, theme }: Pick<Drawn, 'measure' | 'axes' | 'theme'> & { shown: boolean },
): Trace {
  const marks = paperMarks(axis, measure);
  return {
    ...{ type: 'scatter', mode: 'markers', name: 'paper', legendgroup: 'paper', showlegend: shown },
    ...{ xaxis: axes.x, yaxis: axes.y, customdata: marks.map(({ name }) => name) },
    ...{ x: marks.map(({ x }) => x), y: marks.map(({ y }) => y) },
    marker: { symbol: 'diamond', size: 11, color: theme.paper, line: { color: theme.text, width: 2 } },
    hovertemplate: `%{customdata}: <b>%{y${measure === 'loss' ? ':.2f} points' : ':.2%}'}</b> at %{x:.1%}<extra>paper</extra>`,
  };
}

/** A loss in points, or an accuracy in percent, with one decimal. */
export function number1(value: number, measure: 'loss' | 'accuracy'): string {
  return (measure === 'loss' ? value : 100 * value).toFixed(1);
}

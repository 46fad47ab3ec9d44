import { cutToColumns, inColumns, terminalColumns } from '../../run/terminal-columns.js';
import {
  extent,
  numbers,
  numberText,
  plainLabel,
  type TextAxis,
  type TextPanel,
  type TextTrace,
  tickLabel,
  wrapItems,
} from './text-chart-panel.js';

const MARKERS = [...'●○▲△■□◆◇abcdefghijklmnopqrstuvwxyz'];

interface Series {
  readonly marker: string;
  readonly name: string;
  readonly lines: boolean;
  readonly points: readonly { x: number; y: number }[];
}

/** Lines and points of series on one grid of characters: each series has its marker, lines between are dotted. */
export function linePanel({ traces, x, y }: TextPanel, width: number, height: number): string[] | null {
  if (traces.some(({ mode }) => mode?.includes('text')) || traces.length > MARKERS.length) return null;
  // Rows of names, about which points are scattered, are another kind of figure.
  if (y.ticktext) return null;
  // Names in place of numbers stand in the order in which they come.
  const order = [...new Set(traces.flatMap((trace) => Array.from(trace.x ?? []).filter((v) => typeof v === 'string')))];
  const series = traces.map((trace, i) => seriesOf(trace, i, order, x, y));
  const points = series.flatMap((one) => one.points);
  const xs = extent(points.map((point) => point.x));
  const ys = extent(points.map((point) => point.y));
  if (!xs || !ys) return null;

  const value = (scaled: number, axis: TextAxis) => (axis.type === 'log' ? 10 ** scaled : scaled);
  const [bottom, top] = [numberText(value(ys[0], y), y), numberText(value(ys[1], y), y)];
  const labelWidth = Math.max(terminalColumns(bottom), terminalColumns(top));
  const plotWidth = width - labelWidth - 2;
  const column = (v: number) =>
    xs[1] > xs[0] ? Math.round(((v - xs[0]) / (xs[1] - xs[0])) * (plotWidth - 1)) : plotWidth >> 1;
  const row = (v: number) => (ys[1] > ys[0] ? Math.round(((ys[1] - v) / (ys[1] - ys[0])) * (height - 1)) : height >> 1);
  const grid = Array.from({ length: height }, () => new Array<string>(plotWidth).fill(' '));
  for (const { points: ps, lines } of series) {
    for (const [i, p] of ps.entries()) {
      const before = ps[i - 1];
      if (lines && before) connect(before, p, column, row, grid);
    }
  }
  // The first series lies on top.
  for (const { points: ps, marker } of [...series].reverse()) {
    for (const p of ps) grid[row(p.y)]![column(p.x)] = marker; // the grid is as large as all points need
  }

  const named = series.filter(({ name }) => name !== '');
  const legend =
    series.length > 1 || named.length > 0
      ? wrapItems(
          named.map(({ marker, name }) => `${marker} ${cutToColumns(name, 40)}`),
          width,
          terminalColumns,
        )
      : [];
  const ticks = xTicks(x, xs, order, (v) => value(v, x));
  const yTitle = plainLabel(y.title?.text);
  const left = ' '.repeat(labelWidth + 2);
  return [
    ...(yTitle ? [yTitle] : []),
    ...legend,
    ...grid.map((cells, i) => {
      const ends = ys[1] > ys[0] ? { 0: top, [height - 1]: bottom } : { [height >> 1]: top };
      return `${inColumns(ends[i] ?? '', labelWidth, true)} ┤${cells.join('')}`;
    }),
    ...xAxisLines(ticks, column, plotWidth, plainLabel(x.title?.text)).map((line) => left + line),
  ];
}

interface Tick {
  readonly text: string;
  /** In the axis's own measure. */
  readonly at: number;
}

/** The axis's own ticks where it has words for them, else its two ends. */
function xTicks(
  axis: TextAxis,
  [low, high]: [number, number],
  names: readonly unknown[],
  value: (v: number) => number,
) {
  const own: Tick[] = axis.ticktext
    ? (axis.tickvals ?? []).map((at, i) => ({ text: plainLabel(axis.ticktext![i]), at: Number(at) }))
    : names.map((name, at) => ({ text: tickLabel(axis, name), at }));
  const shown = own.filter(({ at }) => at >= low && at <= high);
  if (shown.length > 0) return shown;
  return [...new Set([low, high])].map((at) => ({ text: numberText(value(at), axis), at }));
}

/** The ticks that have room, and the title between two of them or below. */
function xAxisLines(ticks: readonly Tick[], column: (v: number) => number, plotWidth: number, title: string): string[] {
  let line = '';
  const starts: number[] = [];
  for (const [i, { text, at }] of ticks.entries()) {
    const wide = terminalColumns(text);
    const middle = column(at) - (i === 0 ? 0 : i === ticks.length - 1 ? wide - 1 : wide >> 1);
    const start = Math.max(0, Math.min(plotWidth - wide, middle));
    const used = terminalColumns(line);
    if (i > 0 && start < used + 1) continue;
    line += ' '.repeat(start - used) + text;
    starts.push(start);
  }
  const [[first, second], [, start]] = [ticks, starts];
  if (title === '') return [line];
  if (ticks.length === 2 && first && second && start !== undefined) {
    const between = start - terminalColumns(first.text);
    if (between >= 10) return [first.text + centred(title, between) + second.text];
  }
  return [line, title];
}

function seriesOf(trace: TextTrace, index: number, order: readonly unknown[], x: TextAxis, y: TextAxis): Series {
  const scaled = (v: number, axis: TextAxis) => (axis.type === 'log' ? Math.log10(v) : v);
  const ys = numbers(trace.y);
  const given = trace.x ? Array.from(trace.x) : ys.map((_, i) => i);
  const xs = order.length > 0 ? given.map((v) => order.indexOf(v)) : numbers(given);
  const points = ys
    .map((v, i) => ({ x: scaled(xs[i] ?? NaN, x), y: scaled(v, y) }))
    .filter((point) => Number.isFinite(point.x) && Number.isFinite(point.y));
  const lines = trace.mode === undefined || trace.mode.includes('lines');
  return { marker: MARKERS[index]!, name: plainLabel(trace.name), lines, points };
}

function connect(
  a: Series['points'][number],
  b: Series['points'][number],
  column: (v: number) => number,
  row: (v: number) => number,
  grid: string[][],
): void {
  const [c0, r0, c1, r1] = [column(a.x), row(a.y), column(b.x), row(b.y)];
  const steps = Math.max(Math.abs(c1 - c0), Math.abs(r1 - r0));
  for (let i = 1; i < steps; i++) {
    const [c, r] = [Math.round(c0 + ((c1 - c0) * i) / steps), Math.round(r0 + ((r1 - r0) * i) / steps)];
    grid[r]![c] = '·'; // between two points of it
  }
}

function centred(text: string, space: number): string {
  const cut = cutToColumns(text, space - 2);
  const left = (space - terminalColumns(cut)) >> 1;
  return ' '.repeat(left) + cut + ' '.repeat(space - left - terminalColumns(cut));
}

import type { FigureSpec } from './figure-spec.js';
import { plainText, printable } from './label.js';
import { Table } from '../tables/table.js';
import { type Cell } from '../tables/cell.js';

interface Axis {
  title?: { text?: string };
  tickvals?: number[];
  ticktext?: string[];
  /** Names in full where the labels are cut: see class-axis.ts. */
  categoryarray?: string[];
  tickformat?: string;
  domain?: [number, number];
}

interface ErrorBars {
  array?: number[];
  arrayminus?: number[];
}

interface Trace {
  type?: string;
  mode?: string;
  name?: string;
  hoverinfo?: string;
  x?: ArrayLike<Cell>;
  y?: ArrayLike<Cell>;
  z?: (number | null)[][];
  x0?: number;
  text?: (string | string[])[];
  xaxis?: string;
  yaxis?: string;
  error_y?: ErrorBars;
  colorbar?: { title?: { text?: string }; tickformat?: string };
  orientation?: 'h' | 'v';
}

/** One drawn value with the names of its axes. */
interface Point {
  readonly series: string;
  readonly key: Cell;
  readonly keyTitle: string;
  readonly value: Cell;
  readonly valueTitle: string;
  readonly minus: number | null;
  readonly plus: number | null;
}

/**
 * What a figure shows as a table, columns named as its axes and values in their units (a ratio on an axis in percent becomes percent).
 * Heat-maps have a row per cell. Lines and bars over one common axis have a row per place on it and a column per line; others a row
 * per point. Names that are longer than 120 characters are cut.
 */
export function figureTable(figure: Pick<FigureSpec, 'data' | 'layout' | 'table'>): Table {
  if (figure.table) return new Table(figure.table.columns, figure.table.rows);
  const all = (figure.data as unknown as Trace[]).filter(({ hoverinfo }) => hoverinfo !== 'skip');
  const traces = all.filter(({ mode }) => mode !== 'text');
  const axes = axesOf(figure.layout as Record<string, Axis>);
  const maps = traces.filter(({ type }) => type === 'heatmap');
  if (maps.length > 0) return mapTable(maps[0], axes);
  if (traces.length === 0) return textTable(all, axes);
  const points = traces.flatMap((trace) => pointsOf(trace, axes));
  return sharesKeys(points) ? wideTable(points) : longTable(points);
}

type Axes = (name: string) => { title: string; of: (value: Cell) => Cell };

/** Axis → its title and its values as a reader sees them. An axis without a title has that of its neighbour in the same row or column. */
function axesOf(layout: Record<string, Axis>): Axes {
  const titleOf = (key: string, axis: Axis): string => {
    const own = plainText(axis.title?.text ?? '');
    if (own) return own;
    const same = Object.entries(layout).find(
      ([other, { domain, title }]) =>
        other.startsWith(`${key[0]}axis`) &&
        title?.text &&
        domain?.[0] === axis.domain?.[0] &&
        domain?.[1] === axis.domain?.[1],
    );
    return plainText(same?.[1].title?.text ?? key[0]);
  };
  return (name) => {
    const key = `${name[0]}axis${name.slice(1)}`;
    const axis = layout[key] ?? {};
    const { tickvals, ticktext, categoryarray, tickformat } = axis;
    const names = ticktext && tickvals ? (categoryarray ?? ticktext).map(plainText) : null;
    return {
      title: titleOf(key, axis),
      of: (value) => {
        if (typeof value !== 'number') return value;
        // points stand a little beside their place, so that they do not hide each other
        if (names) return names[tickvals!.findIndex((place) => Math.abs(place - value) < 0.5)] ?? value;
        return inUnit(value, tickformat);
      },
    };
  };
}

/** A ratio that is labelled in percent, in percent. */
function inUnit(value: number, tickformat: string | undefined): number {
  return tickformat?.includes('%') ? Number((100 * value).toPrecision(6)) : value;
}

function pointsOf(trace: Trace, axes: Axes): Point[] {
  const horizontal = trace.orientation === 'h';
  const [key, value] = horizontal ? ['y', 'x'] : ['x', 'y'];
  const keyAxis = axes(trace[`${key}axis` as 'xaxis'] ?? key);
  const valueAxis = axes(trace[`${value}axis` as 'xaxis'] ?? value);
  const keys = Array.from(trace[key as 'x'] ?? []);
  const { array, arrayminus } = trace.error_y ?? {};
  const bar = (values: number[] | undefined, i: number) => (values ? Number(valueAxis.of(values[i])) : null);
  return Array.from(trace[value as 'y'] ?? [], (number, i) => ({
    series: trace.name ? printable(plainText(trace.name)) : '',
    key: keyAxis.of(keys[i]),
    keyTitle: keyAxis.title,
    value: valueAxis.of(number),
    valueTitle: valueAxis.title,
    minus: bar(arrayminus, i),
    plus: bar(array, i),
  }));
}

/** Whether all lines go over the same places of the same axis, each place once per line. */
function sharesKeys(points: readonly Point[]): boolean {
  const columns = new Map<string, Set<Cell>>();
  for (const { series, key, keyTitle, valueTitle } of points) {
    if (keyTitle !== points[0].keyTitle) return false;
    const name = `${valueTitle}\t${series}`;
    const keys = columns.get(name) ?? new Set();
    if (keys.has(key)) return false;
    columns.set(name, keys.add(key));
  }
  const all = new Set(points.map(({ key }) => key)).size;
  const most = Math.max(...[...columns.values()].map(({ size }) => size));
  return all <= 1.5 * most;
}

function wideTable(points: readonly Point[]): Table {
  const several = new Map<string, Set<string>>();
  for (const { valueTitle, series } of points)
    several.set(valueTitle, (several.get(valueTitle) ?? new Set()).add(series));
  const columns: string[] = [];
  const rows = new Map<Cell, Map<string, Cell>>();
  const put = (key: Cell, column: string, value: Cell) => {
    if (!columns.includes(column)) columns.push(column);
    const row = rows.get(key) ?? new Map<string, Cell>();
    rows.set(key, row.set(column, value));
  };
  for (const { series, key, value, valueTitle, minus, plus } of points) {
    const column = series && several.get(valueTitle)!.size > 1 ? `${valueTitle}: ${series}` : valueTitle;
    put(key, column, value);
    if (minus !== null) put(key, `${column}, lower bar`, minus);
    if (plus !== null) put(key, minus === null ? `${column}, ±` : `${column}, upper bar`, plus);
  }
  return new Table(
    [points[0]?.keyTitle ?? 'x', ...columns],
    [...rows].map(([key, row]) => [key, ...columns.map((column) => row.get(column) ?? null)]),
  );
}

function longTable(points: readonly Point[]): Table {
  const one = new Set(points.map(({ keyTitle, valueTitle }) => `${keyTitle}\t${valueTitle}`)).size === 1;
  const bars = points.some(({ plus }) => plus !== null);
  const [{ keyTitle, valueTitle }] = points;
  return new Table(
    [...(one ? ['series', keyTitle, valueTitle] : ['series', 'x axis', 'x', 'y axis', 'y']), ...(bars ? ['±'] : [])],
    points.map((point) => [
      ...(one
        ? [point.series, point.key, point.value]
        : [point.series, point.keyTitle, point.key, point.valueTitle, point.value]),
      ...(bars ? [point.plus] : []),
    ]),
  );
}

/** Pictures with texts: what stands where. */
function textTable(traces: readonly Trace[], axes: Axes): Table {
  const [across, down] = [axes('x'), axes('y')];
  return new Table(
    [down.title, across.title, 'text'],
    traces.flatMap(({ x = [], y = [], text = [] }) =>
      Array.from(x, (place, i): Cell[] => [down.of(y[i]), across.of(place), plainText(String(text[i] ?? ''))]),
    ),
  );
}

function mapTable({ x, y, z = [], x0 = 0, text, colorbar }: Trace, axes: Axes): Table {
  const [across, down] = [axes('x'), axes('y')];
  const quantity = plainText(colorbar?.title?.text ?? '').trim() || 'value';
  return new Table(
    [down.title, across.title, quantity, ...(text ? ['text of the cell'] : [])],
    z.flatMap((row, r) =>
      row.map((value, c): Cell[] => [
        ...[down.of(y?.[r] ?? r), across.of(x?.[c] ?? x0 + c)],
        value === null ? null : inUnit(value, colorbar?.tickformat),
        ...(text ? [plainText(text[r]?.[c] ?? '')] : []),
      ]),
    ),
  );
}

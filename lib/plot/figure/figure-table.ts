import { type Cell } from '../tables/cell.js';
import { Table } from '../tables/table.js';
import type { FigureSpec } from './figure-spec.js';
import { plainText, printable } from './label.js';
import type { BarTrace, FigureLayout, HeatmapTrace, ScatterTrace, Trace } from './plotly-json.js';

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
  const all = figure.data.filter(({ hoverinfo }) => hoverinfo !== 'skip');
  const axes = axesOf(figure.layout);
  const map = all.find((trace) => trace.type === 'heatmap');
  if (map) return mapTable(map, axes);
  const traces = all.filter((trace) => trace.type !== 'heatmap').filter((trace) => !isText(trace));
  if (traces.length === 0) return textTable(all, axes);
  const points = traces.flatMap((trace) => pointsOf(trace, axes));
  return sharesKeys(points) ? wideTable(points) : longTable(points);
}

const isText = (trace: ScatterTrace | BarTrace) => trace.type !== 'bar' && trace.mode === 'text';

type AxisName = `xaxis${string}` | `yaxis${string}`;

const isAxis = (key: string): key is AxisName => /^[xy]axis/.test(key);

type Axes = (name: string) => { title: string; of: (value: Cell) => Cell };

/** Axis → its title and its values as a reader sees them. An axis without a title has that of its neighbour in the same row or column. */
function axesOf(layout: FigureLayout): Axes {
  const names = Object.keys(layout).filter(isAxis);
  const titleOf = (key: AxisName): string => {
    const axis = layout[key];
    const own = plainText(axis?.title?.text ?? '');
    if (own) return own;
    const same = names
      .filter((other) => other.startsWith(`${key[0]}axis`))
      .map((other) => layout[other])
      .find(
        (other) =>
          other?.title?.text && other.domain?.[0] === axis?.domain?.[0] && other.domain?.[1] === axis?.domain?.[1],
      );
    return plainText(same?.title?.text ?? key.charAt(0));
  };
  return (name) => {
    const key: AxisName = `${name.startsWith('y') ? 'y' : 'x'}axis${name.slice(1)}`;
    const { tickvals, ticktext, categoryarray, tickformat } = layout[key] ?? {};
    const places = ticktext && tickvals ? (categoryarray ?? ticktext).map(plainText) : null;
    return {
      title: titleOf(key),
      of: (value) => {
        if (typeof value !== 'number') return value;
        // points stand a little beside their place, so that they do not hide each other
        if (places) return places[tickvals!.findIndex((place) => Math.abs(Number(place) - value) < 0.5)] ?? value;
        return inUnit(value, tickformat);
      },
    };
  };
}

/** A ratio that is labelled in percent, in percent. */
function inUnit(value: number, tickformat: string | undefined): number {
  return tickformat?.includes('%') ? Number((100 * value).toPrecision(6)) : value;
}

function pointsOf(trace: ScatterTrace | BarTrace, axes: Axes): Point[] {
  const horizontal = trace.type === 'bar' && trace.orientation === 'h';
  const [key, value] = horizontal ? (['y', 'x'] as const) : (['x', 'y'] as const);
  const keyAxis = axes(trace[`${key}axis`] ?? key);
  const valueAxis = axes(trace[`${value}axis`] ?? value);
  const keys = Array.from(trace[key] ?? []);
  const { array, arrayminus } = trace.error_y ?? {};
  const bar = (values: readonly (number | null)[] | undefined, i: number) =>
    values ? Number(valueAxis.of(values[i])) : null;
  return Array.from(trace[value] ?? [], (number, i) => ({
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
    if (keyTitle !== points[0]?.keyTitle) return false;
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
  const { keyTitle = 'x', valueTitle = 'y' } = points[0] ?? {};
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
    traces.flatMap(({ x = [], y = [], text }) =>
      Array.from(x, (place, i): Cell[] => [down.of(y[i]), across.of(place), plainText(textAt(text, i))]),
    ),
  );
}

function mapTable({ x, y, z = [], x0 = 0, text, colorbar }: HeatmapTrace, axes: Axes): Table {
  const [across, down] = [axes('x'), axes('y')];
  const quantity = plainText(colorbar?.title?.text ?? '').trim() || 'value';
  return new Table(
    [down.title, across.title, quantity, ...(text ? ['text of the cell'] : [])],
    z.flatMap((row, r) =>
      row.map((value, c): Cell[] => [
        ...[down.of(y?.[r] ?? r), across.of(x?.[c] ?? x0 + c)],
        value === null ? null : inUnit(value, colorbar?.tickformat),
        ...(text ? [plainText(textAt(text, r, c))] : []),
      ]),
    ),
  );
}

/** A trace's text at a place: of a point, or of a cell by row and column; '' where there is none. */
function textAt(text: Trace['text'], ...place: number[]): string {
  const found = place.reduce<unknown>((part, i) => (Array.isArray(part) ? part[i] : undefined), text);
  return typeof found === 'string' || typeof found === 'number' ? String(found) : '';
}

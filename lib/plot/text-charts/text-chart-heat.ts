import { inColumns, terminalColumns } from '../../run/terminal-columns.js';
import {
  extent,
  numbers,
  numberText,
  plainLabel,
  type TextAxis,
  type TextPanel,
  type TextTrace,
  tickLabel,
} from './text-chart-panel.js';

const SHADES = ' ░▒▓█';
/** More rows than this are drawn as means of several. */
const MOST_ROWS = 40;

/** A heat map in five shades; where it is wider or higher than there is room, a cell is the mean of several. */
export function heatPanel({ traces: [trace], x, y }: TextPanel, width: number): string[] | null {
  const z = Array.from(trace.z ?? [], numbers);
  const across = z[0]?.length ?? 0;
  const range = extent(z.flat());
  if (!range || across === 0 || z.some((row) => row.length !== across)) return null;
  const low = trace.zmin ?? range[0];
  const high = trace.zmax ?? range[1];

  const columnPlaces = places(trace.x, trace.x0, trace.dx, across);
  const rowPlaces = places(trace.y, trace.y0, trace.dy, z.length);
  const tall = Math.ceil(z.length / MOST_ROWS);
  const upward = Number(y.range?.[0] ?? 0) < Number(y.range?.[1] ?? 1);
  const rows: { label: string; cells: number[] }[] = [];
  for (let from = 0; from < z.length; from += tall) {
    const last = Math.min(from + tall, z.length) - 1;
    const names = [from, ...(last > from ? [last] : [])].map((i) => tickLabel(y, rowPlaces[i]));
    rows.push({ label: names.join('–'), cells: meanRows(z.slice(from, last + 1)) });
  }
  if (upward) rows.reverse();

  const labelWidth = Math.min(Math.floor(width / 4), Math.max(...rows.map(({ label }) => terminalColumns(label))));
  const plotWidth = width - labelWidth - 3;
  const wide = Math.ceil(across / plotWidth);
  const cellWidth = Math.max(1, Math.min(4, Math.floor(plotWidth / across)));
  const shown = Math.ceil(across / wide) * cellWidth;
  const body = rows.map(({ label, cells }) => {
    const shades = merged(cells, wide).map((value) => shade(value, low, high).repeat(cellWidth));
    return `${inColumns(label, labelWidth)} │${shades.join('')}│`;
  });
  const left = ' '.repeat(labelWidth + 2);
  const [start, end] = [tickLabel(x, columnPlaces[0]), tickLabel(x, columnPlaces[across - 1])];
  const space = shown - terminalColumns(start) - terminalColumns(end);
  const each = wide > 1 || tall > 1 ? `; a cell is the mean of up to ${wide * tall}` : '';
  const what = plainLabel(trace.colorbar?.title?.text);
  const format: TextAxis = { tickformat: trace.colorbar?.tickformat };
  return [
    `${plainLabel(y.title?.text) || 'rows'} × ${plainLabel(x.title?.text) || 'columns'}${each}`,
    ...body,
    left + (space > 0 ? start + ' '.repeat(space) + end : `${start} … ${end}`),
    `${left}${numberText(low, format)} ${SHADES.slice(1)} ${numberText(high, format)}${what ? `  ${what}` : ''}`,
  ];
}

function places(given: TextTrace['x'], start = 0, step = 1, count: number): unknown[] {
  return given ? Array.from(given) : Array.from({ length: count }, (_, i) => start + i * step);
}

function mean(values: readonly number[]): number {
  const finite = values.filter(Number.isFinite);
  return finite.length === 0 ? NaN : finite.reduce((a, b) => a + b) / finite.length;
}

function meanRows(rows: readonly (readonly number[])[]): number[] {
  const [first = []] = rows;
  return first.map((_, column) => mean(rows.map((row) => row[column] ?? NaN)));
}

function merged(cells: readonly number[], wide: number): number[] {
  if (wide === 1) return [...cells];
  return Array.from({ length: Math.ceil(cells.length / wide) }, (_, i) => mean(cells.slice(i * wide, (i + 1) * wide)));
}

function shade(value: number, low: number, high: number): string {
  if (Number.isNaN(value)) return '·';
  const ratio = high > low ? (value - low) / (high - low) : 1;
  return SHADES.charAt(Math.max(0, Math.min(SHADES.length - 1, Math.floor(ratio * SHADES.length))));
}

import { printable } from '../figure/label.js';

/** What text charts read of a Plotly trace. Positions may be numbers or names; null where there is no value. */
export interface TextTrace {
  readonly type?: string;
  readonly mode?: string;
  readonly orientation?: string;
  readonly name?: string;
  readonly x?: ArrayLike<unknown>;
  readonly y?: ArrayLike<unknown>;
  readonly z?: ArrayLike<ArrayLike<unknown>>;
  readonly x0?: number;
  readonly dx?: number;
  readonly y0?: number;
  readonly dy?: number;
  readonly zmin?: number;
  readonly zmax?: number;
  readonly colorbar?: { readonly title?: { readonly text?: string }; readonly tickformat?: string };
  readonly xaxis?: string;
  readonly yaxis?: string;
}

/** What text charts read of a Plotly axis. */
export interface TextAxis {
  readonly title?: { readonly text?: string };
  readonly type?: string;
  readonly tickvals?: readonly unknown[];
  readonly ticktext?: readonly string[];
  readonly tickformat?: string;
  readonly ticksuffix?: string;
  readonly range?: readonly unknown[];
}

/** The traces that share a pair of axes. */
export interface TextPanel {
  readonly traces: readonly [TextTrace, ...TextTrace[]];
  readonly x: TextAxis;
  readonly y: TextAxis;
}

/** The panels of a figure, in the order of their first traces. */
export function panelsOf(figure: { readonly data: readonly object[]; readonly layout: object }): TextPanel[] {
  const axis = (id: string) =>
    ((figure.layout as Record<string, unknown>)[id.replace(/^(.)/, '$1axis')] as TextAxis | undefined) ?? {};
  const panels = new Map<string, { readonly traces: [TextTrace, ...TextTrace[]]; x: TextAxis; y: TextAxis }>();
  for (const trace of figure.data as readonly TextTrace[]) {
    const { xaxis = 'x', yaxis = 'y' } = trace;
    const panel = panels.get(`${xaxis} ${yaxis}`);
    if (panel) panel.traces.push(trace);
    else panels.set(`${xaxis} ${yaxis}`, { traces: [trace], x: axis(xaxis), y: axis(yaxis) });
  }
  return [...panels.values()];
}

/** A label of Plotly's pseudo-HTML as plain text on one line; '' for none. */
export function plainLabel(text: string | undefined): string {
  if (!text) return '';
  const plain = text
    .replace(/<br\s*\/?>/gi, ' ')
    .replace(/<\/?[a-z][^<>]*>/gi, '')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&#36;/g, '$')
    .replace(/&amp;/g, '&')
    .trim();
  return plain === '' ? '' : printable(plain).replace(/\s+/g, ' ');
}

/** What an axis says at a position: its own tick text, else the number in its format. */
export function tickLabel(axis: TextAxis, position: unknown): string {
  const place = axis.tickvals?.findIndex((value) => value === position) ?? -1;
  const text = place >= 0 ? axis.ticktext?.[place] : undefined;
  if (text !== undefined) return plainLabel(text);
  return typeof position === 'number' ? numberText(position, axis) : plainLabel(String(position)) || '(no name)';
}

/** A number with at most four digits, as percentage where the axis has one. */
export function numberText(value: number, axis: Pick<TextAxis, 'tickformat' | 'ticksuffix'>): string {
  if (axis.tickformat?.endsWith('%')) return `${(100 * value).toFixed(1)} %`;
  const suffix = plainLabel(axis.ticksuffix);
  const size = Math.abs(value);
  const text = size >= 1e6 || (size > 0 && size < 1e-3) ? value.toExponential(1) : String(Number(value.toPrecision(4)));
  return text + suffix;
}

/** The numbers of a trace's coordinate; NaN where there is none. */
export function numbers(values: ArrayLike<unknown> | undefined): number[] {
  return Array.from(values ?? [], (value) => (typeof value === 'number' ? value : NaN));
}

/** Least and greatest of the finite numbers, or null without any. */
export function extent(values: readonly number[]): [number, number] | null {
  const finite = values.filter(Number.isFinite);
  if (finite.length === 0) return null;
  return [finite.reduce((a, b) => Math.min(a, b)), finite.reduce((a, b) => Math.max(a, b))];
}

/** Items one after the other, in as many lines as they need. */
export function wrapItems(items: readonly string[], width: number, columnsOf: (text: string) => number): string[] {
  const lines: string[] = [];
  for (const item of items) {
    const last = lines.at(-1);
    if (last !== undefined && columnsOf(last) + 3 + columnsOf(item) <= width)
      lines[lines.length - 1] = `${last}   ${item}`;
    else lines.push(item);
  }
  return lines;
}

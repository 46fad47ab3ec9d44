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

const FILLS = ['█', '▒', '▓', '░'];
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
const LEVELS = '▁▂▃▄▅▆▇█';
/** Above this many classes every class is one column instead of one line. */
const MOST_ROWS = 30;

/** What a panel of bars says above its lines, and the lines; the places' labels apart. */
export interface BarLines {
  readonly title: string;
  readonly legend: readonly string[];
  readonly labels: readonly string[];
  /** For each label one line per series, as wide as asked for. */
  lines(width: number): string[];
}

/** Bars as lines, with the value behind each; null for what is no such thing. */
export function barLines({ traces, x, y }: TextPanel): BarLines | null {
  const lying = traces[0].orientation === 'h';
  if (traces.length > FILLS.length || traces.some((trace) => (trace.orientation === 'h') !== lying)) return null;
  const [placeAxis, valueAxis] = lying ? [y, x] : [x, y];
  if (valueAxis.type === 'log') return null;
  const placesOf = (trace: TextTrace) => Array.from((lying ? trace.y : trace.x) ?? []);
  const places = placesOf(traces[0]);
  const series = traces.map((trace, i) => ({
    name: plainLabel(trace.name),
    fill: FILLS[i]!, // no more traces than fills
    values: numbers(lying ? trace.x : trace.y),
  }));
  const all = series.flatMap(({ values }) => values);
  const range = extent(all);
  if (!range || traces.some((trace) => placesOf(trace).length !== places.length)) return null;
  const [low, high] = [Math.min(0, range[0]), Math.max(0, range[1])];
  const text = valueFormat(all, valueAxis);
  const valueWidth = Math.max(...all.map((value) => terminalColumns(text(value))));
  return {
    title: plainLabel(valueAxis.title?.text),
    legend: traces.length > 1 ? series.map(({ name, fill }) => `${fill} ${cutToColumns(name, 40)}`) : [],
    labels: places.map((place) => placeLabel(placeAxis, place)),
    lines(width) {
      const plotWidth = width - valueWidth - 1;
      return places.flatMap((_, place) =>
        series.map(({ values, fill }) => {
          const value = values[place] ?? NaN;
          return `${inColumns(bar(value, low, high, plotWidth, fill), plotWidth)} ${inColumns(text(value), valueWidth, true)}`;
        }),
      );
    },
  };
}

/** Bars of one panel or, beside each other, of several of the same places; very many stand as lines of eight heights. */
export function barPanels(panels: readonly TextPanel[], width: number): string[] | null {
  const all = panels.map(barLines);
  const [[panel], [first]] = [panels, all];
  if (!panel || !first || !all.every((one) => one !== null)) return null;
  const { labels, legend } = first;
  if (all.some((one) => one.labels.join('\n') !== labels.join('\n') || one.legend.join() !== legend.join()))
    return null;
  if (labels.length > MOST_ROWS) return panels.flatMap((one) => upright(one, labels, width));

  const labelWidth = Math.min(Math.floor(width / 4), Math.max(...labels.map(terminalColumns)));
  const each = Math.floor((width - labelWidth) / panels.length) - 1;
  if (panels.length > 1 && each < 16) return null;
  const series = panel.traces.length;
  const bodies = all.map((one) => one.lines(each));
  const titles = all.map(({ title }) => inColumns(title, each));
  const shown = labels.flatMap((label) => [label, ...new Array<string>(series - 1).fill('')]);
  return [
    ...wrapItems(legend, width, terminalColumns),
    ...(titles.some((title) => title.trim()) ? [`${' '.repeat(labelWidth)} ${titles.join(' ')}`] : []),
    ...shown.map((label, i) => `${inColumns(label, labelWidth)} ${bodies.map((lines) => lines[i]).join(' ')}`),
  ];
}

/** Series beside each other may have positions of their own, about the labelled one. */
function placeLabel(axis: TextAxis, place: unknown): string {
  const own = typeof place !== 'number' || !axis.ticktext || axis.tickvals?.includes(place);
  return tickLabel(axis, own ? place : Math.round(place));
}

/** Numbers of one panel with the same number of decimals, so that the greatest has some three digits. */
function valueFormat(values: readonly number[], axis: TextAxis): (value: number) => string {
  const greatest = values.reduce((most, value) => Math.max(most, Math.abs(value) || 0), 0);
  const whole = values.every((value) => Number.isNaN(value) || Number.isInteger(value));
  const decimals = whole || greatest === 0 ? 0 : Math.max(0, 2 - Math.floor(Math.log10(greatest)));
  const plain = axis.tickformat?.endsWith('%') || greatest >= 1e6 || decimals > 5;
  return (value) =>
    Number.isNaN(value)
      ? 'n/a'
      : plain
        ? numberText(value, axis)
        : value.toFixed(decimals) + plainLabel(axis.ticksuffix);
}

function bar(value: number, low: number, high: number, plotWidth: number, fill: string): string {
  if (Number.isNaN(value) || high === low) return '';
  const at = (v: number) => ((v - low) / (high - low)) * plotWidth;
  const zero = Math.round(at(0));
  if (value < 0) {
    const start = Math.min(zero, Math.round(at(value)));
    return ' '.repeat(start) + fill.repeat(zero - start) + (zero < plotWidth ? '│' : '');
  }
  const axis = low < 0 ? '│' : '';
  const left = zero + axis.length;
  const length = Math.max(0, Math.min(plotWidth, at(value)) - left);
  const whole = Math.floor(length);
  const part = fill === '█' ? EIGHTHS[Math.floor((length - whole) * 8)] : length - whole >= 0.5 ? fill : '';
  return ' '.repeat(zero) + axis + fill.repeat(whole) + part;
}

function upright(panel: TextPanel, labels: readonly string[], width: number): string[] {
  const { traces, x, y } = panel;
  const lying = traces[0].orientation === 'h';
  const valueAxis = lying ? x : y;
  const series = traces.map((trace) => ({
    name: plainLabel(trace.name),
    values: numbers(lying ? trace.x : trace.y),
  }));
  const range = extent(series.flatMap(({ values }) => values))!;
  const [low, high] = [Math.min(0, range[0]), Math.max(0, range[1])];
  const nameWidth = Math.min(Math.floor(width / 4), Math.max(...series.map(({ name }) => terminalColumns(name))));
  const plotWidth = width - nameWidth - 1;
  const character = (value: number) =>
    Number.isNaN(value) ? '·' : LEVELS.charAt(Math.min(7, Math.floor(((value - low) / (high - low || 1)) * 8)));
  const scale = `${numberText(low, valueAxis)} to ${numberText(high, valueAxis)}`;
  const title = plainLabel(valueAxis.title?.text);
  const lines = [
    `${title ? `${title}, ` : ''}${scale}; every column one of ${labels.length}: ${labels[0]} … ${labels.at(-1)}`,
  ];
  for (let from = 0; from < labels.length; from += plotWidth) {
    for (const { name, values } of series) {
      const cells = values.slice(from, from + plotWidth).map(character);
      lines.push(`${inColumns(from === 0 ? name : '', nameWidth)} ${cells.join('')}`);
    }
  }
  return lines;
}

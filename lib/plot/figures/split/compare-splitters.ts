import type { SplitterRow } from '../../../compare/compare-splitters.js';
import { meanGain } from '../../../compare/patch-gains.js';
import { OptionError } from '../../../errors.js';
import type { Figure } from '../../figure/figure.js';
import { rounded } from '../../figure/number-format.js';
import type { Annotation, FigureLayout, Trace } from '../../figure/plotly-json.js';
import { axisStyle, type FigureOptions, themeOf } from '../../figure/theme.js';
import { figureFrame } from '../../parts/figure-frame.js';
import { panelAxes } from '../../parts/stacked-panels.js';
import { Table } from '../../tables/table.js';

interface Panel {
  readonly title: string;
  readonly unit: string;
  readonly decimals: number;
  of(row: SplitterRow): number | null;
}

const PANELS: readonly Panel[] = [
  { title: 'all modules, accuracy lost', unit: 'points', decimals: 2, of: (r) => 100 * (r.strongAccuracy - r.composedAccuracy) },
  { title: 'F1 gained by patching', unit: 'points', decimals: 1, of: (r) => percentOf(meanGain(r.patches, 'F1')) },
  { title: 'a module keeps', unit: '% of kernels or nodes', decimals: 1, of: (r) => 100 * r.kept },
  { title: 'multiply-adds of a module', unit: '% of the network', decimals: 1, of: (r) => (100 * r.macs) / r.strongMacs },
  { title: 'of all modules together', unit: '× the network', decimals: 2, of: (r) => r.composedMacs / r.strongMacs },
  { title: 'processor time of splitting', unit: 'seconds', decimals: 1, of: (r) => r.cost.cpuSeconds },
]; // prettier-ignore

const COLUMNS = 3;

/**
 * Splitters side by side, a panel per score: accuracy lost by all modules together, F1 gained by patching (mean over classes), size,
 * multiply-adds of one module and of all, and the time to split. A score that is not there is left out and marked 'n/a'.
 * @throws OptionError on no row, or more than the theme has colours for
 */
export function compareSplitters(rows: readonly SplitterRow[], options: FigureOptions = {}): Figure {
  const theme = themeOf(options);
  const [first] = rows;
  if (!first || rows.length > theme.series.length) {
    throw new OptionError(`compareSplitters: expected one to ${theme.series.length} rows, got ${rows.length}.`);
  }
  const title = options.title ?? 'One network, split by different methods';
  const subtitle = `the network: ${(100 * first.strongAccuracy).toFixed(1)} % of the test images, ${(first.strongMacs / 1e6).toFixed(1)} million multiply-adds`;
  const lines = Math.ceil(PANELS.length / COLUMNS);
  const layout: FigureLayout = {
    showlegend: true,
    bargap: 0.3,
  };
  const annotations: Annotation[] = [];
  const data: Trace[] = PANELS.flatMap((panel, p) => {
    const axes = panelAxes(p);
    const [column, line] = [p % COLUMNS, Math.floor(p / COLUMNS)];
    const [wide, high] = [0.26, 0.34];
    const left = column * ((1 - wide) / (COLUMNS - 1));
    const bottom = 1 - high - 0.06 - line * ((1 - high - 0.06) / (lines - 1));
    const scores = rows.map((row) => ({ method: row.method, value: panel.of(row) }));
    const known = scores.flatMap(({ value }) => value ?? []);
    const [low, top] = [Math.min(0, ...known), Math.max(0, ...known)];
    const padding = 0.22 * (top - low || 1);
    layout[axes.xaxis] = {
      ...axisStyle(theme, ''),
      domain: [left, left + wide],
      anchor: axes.y,
      showticklabels: false,
      showgrid: false,
      zeroline: false,
      ticks: '',
      range: [-0.6, rows.length - 0.4],
    };
    layout[axes.yaxis] = {
      ...axisStyle(theme, panel.unit),
      domain: [bottom, bottom + high],
      anchor: axes.x,
      range: [low < 0 ? low - padding : 0, top > 0 ? top + padding : padding],
      nticks: 5,
    };
    annotations.push({
      text: `<b>${panel.title}</b>`,
      showarrow: false,
      x: left,
      y: bottom + high + 0.075,
      xref: 'paper',
      yref: 'paper',
      xanchor: 'left',
      font: { size: 12, color: theme.text },
    });
    return scores.map(({ method, value }, i) => ({
      type: 'bar',
      name: method,
      legendgroup: method,
      showlegend: p === 0,
      x: [i],
      y: [value === null ? 0 : rounded(value)],
      text: [value === null ? 'n/a' : value.toFixed(panel.decimals)],
      textposition: 'outside',
      cliponaxis: false,
      textfont: { size: 11, color: theme.text },
      marker: { color: theme.series[i] },
      hovertemplate: `${panel.title}: %{text} ${panel.unit}<extra>${method}</extra>`,
      xaxis: axes.x,
      yaxis: axes.y,
    }));
  });
  const inWords = rows.map(
    (row) =>
      `${row.method}: ` +
      PANELS.map((panel) => `${panel.title} ${panel.of(row)?.toFixed(panel.decimals) ?? 'n/a'} ${panel.unit}`).join(
        ', ',
      ),
  );
  return figureFrame(theme, {
    title,
    subtitle,
    size: { width: 900, height: 560, margin: { l: 60, r: 30, t: 110, b: 30 } },
    inWords: `${subtitle}. ${inWords.join('; ')}.`,
    data,
    table: {
      columns: ['method', ...PANELS.map(({ title: name, unit }) => `${name} (${unit})`)],
      rows: rows.map((row) => [
        row.method,
        ...PANELS.map((panel) => {
          const value = panel.of(row);
          return value === null ? null : rounded(value);
        }),
      ]),
    },
    layout: {
      ...layout,
      annotations: [...(layout.annotations ?? []), ...annotations],
    },
  });
}

/** The rows of a comparison with their sizes in absolute numbers. */
export function splitterTable(rows: readonly SplitterRow[]): Table {
  const million = (value: number) => (value / 1e6).toFixed(2);
  const columns = [
    ...['method', 'accuracy (%)', 'network (%)', 'kept (%)', 'of', 'parameters of a module', 'of the network'],
    ...['M multiply-adds of a module', 'of all together', 'of the network', 'split, wall (s)', 'split, CPU (s)'],
    ...['F1 gain (pp)', 'other classes gain (pp)'],
  ];
  return new Table(
    columns.map((name, i) => (columns.indexOf(name) === i ? name : `${name}, M`)),
    rows.map((row) => [
      row.method,
      100 * row.composedAccuracy,
      100 * row.strongAccuracy,
      100 * row.kept,
      row.keptOf,
      Math.round(row.parameters),
      row.strongParameters,
      million(row.macs),
      million(row.composedMacs),
      million(row.strongMacs),
      row.cost.wallSeconds,
      row.cost.cpuSeconds,
      percentOf(meanGain(row.patches, 'F1')),
      percentOf(meanGain(row.patches, 'Others')),
    ]),
  );
}

function percentOf(ratio: number | null): number | null {
  return ratio === null ? null : 100 * ratio;
}

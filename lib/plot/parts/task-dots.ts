import { OptionError } from '../../errors.js';
import type { Figure } from '../figure/figure.js';
import { type PublishedValue } from '../figure/figure-spec.js';
import { inert, shortened } from '../figure/label.js';
import { percent, rounded } from '../figure/number-format.js';
import { axisStyle, type FigureOptions, themeOf } from '../figure/theme.js';
import { classAxis } from './class-axis.js';
import { figureFrame } from './figure-frame.js';

/** One problem with what several ways of solving it reach. */
export interface TaskDot {
  readonly name: string;
  /** Way → ratio 0–1; null where it was not tried. The same ways in every row, at most five. */
  readonly values: Readonly<Record<string, number | null>>;
}

export interface TaskDotsOptions extends FigureOptions {
  /** What a row is. Default 'problem'. */
  problem?: string;
  /** What the values are. Default 'accuracy'. */
  measure?: string;
  subtitle?: string;
  /** Vertical lines: name → ratio 0–1. */
  lines?: Readonly<Record<string, number>>;
  /** The paper's numbers for the same problems. */
  published?: readonly PublishedValue[];
}

/** Pixels of one row. */
const SLOT = 38;
const SYMBOLS = ['circle', 'square', 'diamond', 'triangle-up', 'x'];

/**
 * Ways of solving problems against each other: one row per problem, one dot per way.
 * @throws OptionError when there is no row, or the rows have not the same one to five ways
 */
export function taskDots(rows: readonly TaskDot[], options: TaskDotsOptions = {}): Figure {
  const theme = themeOf(options);
  const ways = Object.keys(rows[0]?.values ?? {});
  if (
    ways.length < 1 ||
    ways.length > SYMBOLS.length ||
    rows.some(({ values }) => Object.keys(values).join('\t') !== ways.join('\t'))
  ) {
    throw new OptionError(
      `taskDots: expected rows with the same one to five ways, got ${ways.join(', ') || 'none'} in the first.`,
    );
  }
  const inPercent = (value: number | null) => (value === null ? null : rounded(100 * value));
  const { problem = 'problem', measure = 'accuracy', subtitle = '', lines = {} } = options;
  const title = options.title ?? 'Ways of solving each problem';
  const names = rows.map(({ name }) => name);
  const axis = classAxis(names, theme, { side: 'y', slot: SLOT, title: problem });
  const shown = [...rows.flatMap(({ values }) => Object.values(values)), ...Object.values(lines)].filter(
    (value) => value !== null,
  );
  const low = Math.min(...shown);
  const high = Math.max(...shown);
  const padding = 0.06 * Math.max(high - low, 0.02);
  const colours = [theme.muted, ...theme.series];
  const tried = ways.filter((way) => rows.some(({ values }) => (values[way] ?? null) !== null));
  const inWords = tried.map((way) => {
    const defined = rows.map(({ values }) => values[way] ?? null).filter((value) => value !== null);
    return `${way} ${percent(defined.reduce((a, b) => a + b, 0) / defined.length)}`;
  });
  const heights = { t: 100 + 15 * Object.keys(lines).length, b: 58 };
  return figureFrame(theme, {
    title,
    subtitle: inert(shortened(subtitle, 200)),
    size: {
      width: axis.margin + 600,
      height: heights.t + heights.b + SLOT * Math.max(rows.length, 3),
      margin: { l: axis.margin, r: 40, ...heights },
    },
    inWords: `Mean ${measure}: ${inWords.join(', ')}.`,
    published: options.published,
    table: {
      columns: [problem, ...[...tried, ...Object.keys(lines)].map((name) => `${name}, ${measure} (%)`)],
      rows: rows.map(({ name, values }) => [
        shortened(name),
        ...[...tried.map((way) => values[way] ?? null), ...Object.values(lines)].map(inPercent),
      ]),
    },
    data: tried.map((way) => ({
      type: 'scatter',
      mode: 'markers',
      name: way,
      x: rows.map(({ values: { [way]: value = null } }) => (value === null ? null : rounded(value))),
      // a little apart, so that equal values can be told from one another
      y: rows.map((_, i) => i + 0.16 * (ways.indexOf(way) - (ways.length - 1) / 2)),
      marker: {
        size: 10,
        symbol: SYMBOLS[ways.indexOf(way)],
        color: colours[ways.indexOf(way)],
        line: { color: theme.paper, width: 1 },
      },
      customdata: names.map((name) => inert(shortened(name))),
      hovertemplate: `%{customdata}<br>${inert(way)}: <b>%{x:.1%}</b><extra></extra>`,
    })),
    layout: {
      showlegend: true,
      xaxis: {
        ...axisStyle(theme, `${measure} (%)`),
        range: [low - padding, high + padding],
        tickformat: '.1~%',
        nticks: 7,
      },
      yaxis: axis.axis,
      shapes: Object.values(lines).map((value) => ({
        type: 'line',
        x0: value,
        x1: value,
        yref: 'paper',
        y0: 0,
        y1: 1,
        line: { color: theme.text, width: 1, dash: 'dash' },
      })),
      annotations: Object.entries(lines).map(([name, value], i) => ({
        x: value,
        yref: 'paper',
        y: 1,
        yanchor: 'bottom',
        yshift: 1 + 13 * i,
        showarrow: false,
        text: inert(name),
        font: { size: 11, color: theme.muted },
      })),
    },
  });
}

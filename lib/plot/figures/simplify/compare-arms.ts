import { OptionError } from '../../../errors.js';
import type { ArmRow } from '../../../simplify/compare-arms.js';
import { type ArmSummary, summariseArms } from '../../../simplify/summarise-arms.js';
import type { Figure } from '../../figure/figure.js';
import { inert, shortened } from '../../figure/label.js';
import { percent, rounded } from '../../figure/number-format.js';
import type { Annotation, FigureLayout, Shape, Trace } from '../../figure/plotly-json.js';
import { axisStyle, type FigureOptions, themeOf } from '../../figure/theme.js';
import { figureFrame } from '../../parts/figure-frame.js';
import { type PanelAxes, panelAxes } from '../../parts/stacked-panels.js';
import { Table } from '../../tables/table.js';

/** Panels from left to right; progressive retraining stands in each, to be compared with. */
const PANELS = [
  { title: 'ways of retraining', arms: ['afterRemoval', 'final', 'replay'] },
  { title: 'popular methods and the lot', arms: ['weightL1', 'taylor', 'random'] },
  { title: 'what is retrained, and in which order', arms: ['nextOnly', 'wholeRange', 'backward'] },
] as const;
const METRICS = [
  { key: 'accuracy', title: 'accuracy (%)' },
  { key: 'kappa', title: 'Cohen’s κ' },
] as const;
const SYMBOLS = ['circle', 'square', 'diamond', 'triangle-up'];

/**
 * Effectiveness against size: accuracy and κ on test images against the multiply-adds kept, one line per arm, means over
 * seeds with their deviation. Wall times stand in the names. The dashed line is the model before anything was removed.
 * @throws OptionError without rows of the arm 'progressive'
 */
export function compareArms(rows: readonly ArmRow[], options: FigureOptions = {}): Figure {
  const theme = themeOf(options);
  const summaries = summariseArms(rows);
  const of = (arm: string) => summaries.filter((summary) => summary.arm === arm);
  if (of('progressive').length === 0) {
    throw new OptionError(
      `compareArms: expected rows of the arm 'progressive', got ${[...new Set(rows.map(({ arm }) => arm))].join(', ') || 'no row'}.`,
    );
  }
  const panels = PANELS.filter(({ arms }) => arms.some((arm) => of(arm).length > 0));
  const [whole] = of('none');
  const seeds = Math.max(...summaries.map((summary) => summary.seeds));
  const title = options.title ?? 'Effectiveness of simplified models';
  const subtitle =
    `test images; ${seeds > 1 ? `mean ± deviation over ${seeds} seeds` : 'one seed'}` +
    (whole ? `; dashed: nothing removed, ${percent(whole.accuracy.mean)}` : '');
  const width = 80 + 300 * panels.length;
  const layout: FigureLayout = {
    showlegend: false,
  };
  const annotations: Annotation[] = [];
  const shapes: Shape[] = [];
  const data: Trace[] = [];
  const across = (1 - 0.05 * (panels.length - 1)) / panels.length;
  const range = Object.fromEntries(
    METRICS.map(({ key }) => {
      const ends = summaries.flatMap(({ [key]: { mean, std } }) => [mean - (std ?? 0), mean + (std ?? 0)]);
      const air = Math.max(0.01, 0.06 * (Math.max(...ends) - Math.min(...ends)));
      return [key, [Math.min(...ends) - air, Math.min(1.005, Math.max(...ends) + air)]];
    }),
  );
  panels.forEach((panel, p) => {
    const left = p * (across + 0.05);
    const arms = ['progressive', ...panel.arms].filter((arm) => of(arm).length > 0);
    METRICS.forEach(({ key, title: valueTitle }, m) => {
      const n = p * METRICS.length + m;
      const axes = panelAxes(n);
      layout[axes.xaxis] = {
        ...axisStyle(theme, m === METRICS.length - 1 ? 'multiply-adds kept (%)' : ''),
        domain: [left, Math.min(1, left + across)],
        anchor: axes.y,
        tickformat: '.0%',
        range: [0, 1.04],
        showticklabels: m === METRICS.length - 1,
        zeroline: false,
      };
      layout[axes.yaxis] = {
        ...axisStyle(theme, p === 0 ? valueTitle : ''),
        domain: m === 0 ? [0.54, 1] : [0, 0.46],
        anchor: axes.x,
        range: range[key],
        tickformat: key === 'accuracy' ? '.0%' : '.2f',
        nticks: 6,
        showticklabels: p === 0,
        zeroline: false,
      };
      if (whole) {
        shapes.push({
          type: 'line',
          xref: axes.x,
          yref: axes.y,
          ...{ x0: 0, x1: 1.04, y0: whole[key].mean, y1: whole[key].mean },
          line: { color: theme.muted, width: 1, dash: 'dash' },
        });
      }
      arms.forEach((arm, i) => data.push(armTrace(of(arm), key, i, axes, theme)));
    });
    annotations.push(panelNote(`<b>${panel.title}</b>`, left, 1, 'bottom', theme.text));
    const names = arms.map((arm, i) => {
      const own = of(arm);
      const label = own[0]?.label ?? arm;
      const seconds = own.map((summary) => summary.seconds.mean);
      const mean = seconds.reduce((a, b) => a + b, 0) / seconds.length;
      return `<span style="color:${theme.series[i]}">${'●■◆▲'[i]}</span> ${inert(shortened(label, 40))} (${mean.toFixed(0)} s)`;
    });
    annotations.push(panelNote(names.join('<br>'), left, -0.14, 'top', theme.text));
  });
  const best = of('progressive')
    .map(({ macsKept, accuracy }) => `${percent(accuracy.mean)} with ${percent(macsKept.mean)} of the multiply-adds`)
    .join(', ');
  return figureFrame(theme, {
    title,
    subtitle,
    size: { width, height: 640, margin: { l: 70, r: 24, t: 96, b: 150 } },
    inWords: `${subtitle}. Progressive retraining: ${best}.`,
    data,
    layout: { ...layout, annotations, shapes },
  });
}

function armTrace(
  points: readonly ArmSummary[],
  key: 'accuracy' | 'kappa',
  series: number,
  axes: PanelAxes,
  theme: ReturnType<typeof themeOf>,
): Trace {
  const sorted = [...points].sort((a, b) => b.macsKept.mean - a.macsKept.mean);
  const name = inert(shortened(sorted[0]?.label ?? '', 40));
  const colour = theme.series[series];
  return {
    type: 'scatter',
    mode: 'lines+markers',
    name,
    x: sorted.map(({ macsKept }) => rounded(macsKept.mean)),
    y: sorted.map((point) => rounded(point[key].mean)),
    error_y: {
      type: 'data',
      array: sorted.map((point) => rounded(point[key].std ?? 0)),
      visible: sorted.some((point) => point[key].std !== null),
      color: colour,
      thickness: 1,
      width: 3,
    },
    customdata: sorted.map(({ seconds, epochs }) => [rounded(seconds.mean), epochs.mean]),
    xaxis: axes.x,
    yaxis: axes.y,
    line: { color: colour, width: 2 },
    marker: { color: colour, size: 8, symbol: SYMBOLS[series] },
    hovertemplate: `%{x:.0%} of the multiply-adds: <b>%{y:.3f}</b>, %{customdata[1]} epochs, %{customdata[0]:.0f} s<extra>${name}</extra>`,
  };
}

function panelNote(text: string, x: number, y: number, yanchor: 'top' | 'bottom', color: string): Annotation {
  return {
    ...{ text, x, y, yanchor },
    xref: 'paper',
    yref: 'paper',
    xanchor: 'left',
    align: 'left',
    showarrow: false,
    font: { size: 11, color },
  };
}

/** Every arm at every size: accuracy, κ, what is kept, epochs of retraining and wall time; means ± deviation over seeds. */
export function simplifyArmsTable(rows: readonly ArmRow[]): Table {
  const spread = ({ mean, std }: { mean: number; std: number | null }, factor: number, digits: number) =>
    std === null
      ? (factor * mean).toFixed(digits)
      : `${(factor * mean).toFixed(digits)} ± ${(factor * std).toFixed(digits)}`;
  return new Table(
    ['arm', 'seeds', 'accuracy (%)', 'κ', 'multiply-adds kept (%)', 'parameters kept (%)', 'epochs', 'time (s)'],
    summariseArms(rows).map((summary) => [
      summary.label,
      summary.seeds,
      spread(summary.accuracy, 100, 1),
      spread(summary.kappa, 1, 3),
      (100 * summary.macsKept.mean).toFixed(1),
      (100 * summary.parametersKept.mean).toFixed(1),
      summary.epochs.mean,
      summary.seconds.mean.toFixed(0),
    ]),
  );
}

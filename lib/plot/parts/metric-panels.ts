import { OptionError } from '../../errors.js';
import type { ClassReport } from '../../metrics/class-report.js';
import { inert, shortened } from '../figure/label.js';
import type { FigureLayout, Trace } from '../figure/plotly-json.js';
import { percentAxis, type Theme } from '../figure/theme.js';
import { classAxis } from './class-axis.js';
import type { FramedFigure } from './figure-frame.js';
import { panelsBeside, stackedPanels } from './stacked-panels.js';

/** A metric per class, by name. */
export type MetricName = 'precision' | 'recall' | 'f1';

/** The metrics of a figure unless it is told otherwise. */
export const ALL_METRICS: readonly MetricName[] = ['precision', 'recall', 'f1'];

export const METRIC_TITLES: Record<MetricName, string> = { precision: 'precision', recall: 'recall', f1: 'F1' };

const UNDEFINED_BECAUSE: Record<MetricName, string> = {
  precision: 'no image was predicted to be of this class',
  recall: 'there is no image of this class',
  f1: 'there is neither an image nor a prediction of this class',
};

/** Above this many classes the classes run downwards, with one column of bars per metric. */
const MOST_ACROSS = 20;

export interface MetricSeries {
  readonly name: string;
  readonly colour: string;
  readonly report: ClassReport;
}

/**
 * Bars of one or more reports over the same classes, one panel per metric. A metric that is null leaves a gap marked
 * 'n/a', one of 0 is marked '0'; the class at `marked` stands on a band. `note` belongs behind the subtitle.
 */
export function metricPanels(
  series: readonly MetricSeries[],
  metrics: readonly MetricName[],
  theme: Theme,
  marked: number,
): Pick<FramedFigure, 'size' | 'data' | 'layout'> & { note: string } {
  if (metrics.length === 0 || metrics.some((metric) => !ALL_METRICS.includes(metric))) {
    throw new OptionError(`metrics: expected one or more of ${ALL_METRICS.join(', ')}, got '${metrics.join(', ')}'.`);
  }
  const names = series[0]?.report.classNames ?? [];
  const across = names.length <= MOST_ACROSS;
  const legend = series.length > 1;
  const top = (legend ? 92 : 66) + (across ? 0 : 40);
  const slot = across ? Math.max(40, 800 / names.length) : 6 + 7 * series.length;
  const [classLetter, valueLetter] = across ? (['x', 'y'] as const) : (['y', 'x'] as const);
  const classes = classAxis(names, theme, { side: classLetter, slot, title: 'class', marked });

  const anyNull = series.some(({ report }) => report.perClass.some((row) => metrics.some((m) => row[m] === null)));
  const size = across
    ? {
        width: Math.round(slot * names.length + 100),
        height: top + classes.margin + 150 * metrics.length,
        margin: { l: 70, r: 30, t: top, b: classes.margin },
      }
    : {
        width: classes.margin + 250 * metrics.length + 30,
        height: top + slot * names.length + 24,
        margin: { l: classes.margin, r: 30, t: top, b: 24 },
      };
  const layout: FigureLayout = {
    barmode: 'group',
    bargap: 0.24,
    bargroupgap: 0.06,
    showlegend: legend,
  };
  const places = across ? stackedPanels(metrics.length, 0.09) : panelsBeside(metrics.length, 0.05);
  layout[`${classLetter}axis`] = {
    ...classes.axis,
    anchor: across ? places.at(-1)?.y : 'x',
  };

  const data: Trace[] = [];
  metrics.forEach((metric, panel) => {
    const place = places[panel]!; // a place per metric
    layout[place[`${valueLetter}axis`]] = {
      ...percentAxis(theme, METRIC_TITLES[metric]),
      domain: place.domain,
      ...(across ? {} : { anchor: 'y', side: 'top', tickangle: 0 }),
    };
    series.forEach(({ name, colour, report }, s) => {
      const axes = { [`${valueLetter}axis`]: place[valueLetter], [`${classLetter}axis`]: classLetter };
      const places = names.map((_, i) => i);
      const values = report.perClass.map((row) => row[metric]);
      data.push({
        type: 'bar',
        orientation: across ? 'v' : 'h',
        name: inert(name),
        legendgroup: `${s}`,
        showlegend: legend && panel === 0,
        marker: { color: colour },
        [classLetter]: places,
        [valueLetter]: values,
        customdata: report.perClass.map((row) => [inert(shortened(row.className)), row.support, row.predicted]),
        hovertemplate:
          `<b>%{customdata[0]}</b><br>${METRIC_TITLES[metric]}: %{${valueLetter}:.1%}<br>` +
          `%{customdata[1]} images, %{customdata[2]} predicted<extra>${inert(name)}</extra>`,
        ...axes,
      });
      // A bar of no height and a gap look the same, so both say what they are.
      const written = places.filter((i) => values[i] === null || values[i] === 0);
      if (written.length === 0) return;
      const offset = ((s + 0.5) / series.length - 0.5) * 0.76;
      data.push({
        type: 'scatter',
        mode: 'text',
        showlegend: false,
        [classLetter]: written.map((i) => i + offset),
        [valueLetter]: written.map(() => 0),
        text: written.map((i) => (values[i] === null ? 'n/a' : '0')),
        textposition: across ? 'top center' : 'middle right',
        textfont: { size: across ? 9 : 8, color: theme.muted },
        customdata: written.map((i) => [
          inert(shortened(names[i] ?? '')),
          values[i] === null ? `is not defined: ${UNDEFINED_BECAUSE[metric]}` : 'is 0',
        ]),
        hovertemplate: `<b>%{customdata[0]}</b><br>${METRIC_TITLES[metric]} %{customdata[1]}<extra>${inert(name)}</extra>`,
        ...axes,
      });
    });
  });
  if (marked >= 0) {
    layout.shapes = [
      {
        type: 'rect',
        layer: 'below',
        line: { width: 0 },
        fillcolor: theme.band,
        [`${classLetter}ref`]: classLetter,
        [`${valueLetter}ref`]: 'paper',
        [`${classLetter}0`]: marked - 0.5,
        [`${classLetter}1`]: marked + 0.5,
        [`${valueLetter}0`]: 0,
        [`${valueLetter}1`]: 1,
      },
    ];
  }
  return { size, data, layout, note: anyNull ? '; n/a = 0/0, not defined' : '' };
}

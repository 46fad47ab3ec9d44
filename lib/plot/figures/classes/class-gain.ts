import type { ClassReport } from '../../../metrics/class-report.js';
import type { Figure } from '../../figure/figure.js';
import { inert, shortened } from '../../figure/label.js';
import { percent, points, rounded } from '../../figure/number-format.js';
import { axisStyle, type FigureOptions, themeOf } from '../../figure/theme.js';
import { classAxis } from '../../parts/class-axis.js';
import { figureFrame } from '../../parts/figure-frame.js';
import { METRIC_TITLES, type MetricName } from '../../parts/metric-panels.js';
import { targetIndex } from './before-after.js';

/** What the figure {@link classGain} can be told. */
export interface ClassGainOptions extends FigureOptions {
  /** Default 'f1'. */
  metric?: MetricName;
  /** Set in bold on the axis. */
  targetClass?: string;
}

/** Gain of one metric per class, in percentage points, largest gain on top. Classes where it is not defined are last. */
export function classGain(before: ClassReport, after: ClassReport, options: ClassGainOptions = {}): Figure {
  const theme = themeOf(options);
  const metric = options.metric ?? 'f1';
  const target = targetIndex(before, after, options.targetClass);
  const rows = before.perClass.map((row, c) => {
    const [from, to] = [row[metric], after.perClass[c]![metric]]; // of the same classes
    return { c, name: row.className, from, to, gain: from === null || to === null ? null : rounded(100 * (to - from)) };
  });
  rows.sort((a, b) => (b.gain ?? -Infinity) - (a.gain ?? -Infinity) || a.c - b.c);
  const names = rows.map(({ name }) => name);
  const title = options.title ?? `Gain in ${METRIC_TITLES[metric]} per class`;
  const slot = names.length <= 20 ? 26 : 15;
  const classes = classAxis(names, theme, {
    side: 'y',
    slot,
    title: 'class',
    marked: rows.findIndex(({ c }) => c === target),
  });
  const largest = Math.max(1, ...rows.map(({ gain }) => Math.abs(gain ?? 0)));
  const gained = rows.filter(({ gain }) => gain !== null && gain > 0).length;
  const lost = rows.filter(({ gain }) => gain !== null && gain < 0).length;
  const summary = `${gained} classes gain, ${lost} lose; accuracy ${percent(before.accuracy)} → ${percent(after.accuracy)}`;
  const [most] = rows;
  const inWords = most ? ` Most: ${shortened(most.name, 40)} ${points(most.from, most.to)} points.` : '';
  return figureFrame(theme, {
    title,
    subtitle: summary,
    size: {
      width: classes.margin + 620,
      height: 66 + slot * names.length + 60,
      margin: { l: classes.margin, r: 40, t: 66, b: 60 },
    },
    inWords: `${summary}.${inWords}`,
    data: [
      {
        type: 'bar',
        orientation: 'h',
        showlegend: false,
        y: names.map((_, i) => i),
        x: rows.map(({ gain }) => gain),
        marker: { color: rows.map(({ gain }) => ((gain ?? 0) < 0 ? theme.before : theme.after)) },
        text: rows.map(({ from, to }) => points(from, to)),
        textposition: 'outside',
        cliponaxis: false,
        textfont: { size: Math.min(11, slot - 4), color: theme.text },
        customdata: rows.map(({ name, from, to }) => [inert(shortened(name)), percent(from), percent(to)]),
        hovertemplate: `<b>%{customdata[0]}</b><br>${METRIC_TITLES[metric]}: %{customdata[1]} → %{customdata[2]}<extra></extra>`,
      },
    ],
    layout: {
      yaxis: classes.axis,
      xaxis: {
        ...axisStyle(theme, `${METRIC_TITLES[metric]} after − before (percentage points)`),
        range: [-1.2 * largest, 1.2 * largest],
        zeroline: true,
        zerolinecolor: theme.muted,
      },
      bargap: 0.25,
    },
  });
}

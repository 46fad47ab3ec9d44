import type { ClassReport } from '../../../metrics/class-report.js';
import type { Figure } from '../../figure/figure.js';
import { inert, shortened } from '../../figure/label.js';
import { percent } from '../../figure/number-format.js';
import { type FigureOptions, themeOf } from '../../figure/theme.js';
import { figureFrame } from '../../parts/figure-frame.js';
import { ALL_METRICS, type MetricName, metricPanels } from '../../parts/metric-panels.js';

/** What the figure {@link classMetrics} can be told. */
export interface ClassMetricsOptions extends FigureOptions {
  /** Default: precision, recall and F1. */
  metrics?: readonly MetricName[];
}

/** Per-class metrics of one report as bars, one panel per metric; the class with the lowest F1 stands on a band. */
export function classMetrics(report: ClassReport, options: ClassMetricsOptions = {}): Figure {
  const theme = themeOf(options);
  const title = options.title ?? 'Per-class metrics';
  let weakest: { place: number; name: string; f1: number } | undefined;
  for (const [place, { className, f1 }] of report.perClass.entries()) {
    if (f1 !== null && (!weakest || f1 < weakest.f1)) weakest = { place, name: shortened(className, 40), f1 };
  }
  const overall = `accuracy ${percent(report.accuracy)} on ${report.images.toLocaleString('en')} images`;
  const subtitle = weakest ? `lowest F1 on the band (${weakest.name}); ${overall}` : overall;
  const series = [{ name: 'this classifier', colour: theme.after, report }];
  const { note, ...panels } = metricPanels(series, options.metrics ?? ALL_METRICS, theme, weakest?.place ?? -1);
  const worst = weakest ? `; lowest F1: ${weakest.name}, ${percent(weakest.f1)}` : '';
  return figureFrame(theme, {
    ...{ title, subtitle: `${inert(subtitle)}${note}`, inWords: `${overall}${worst}.` },
    ...panels,
  });
}

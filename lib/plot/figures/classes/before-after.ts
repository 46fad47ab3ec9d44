import { OptionError } from '../../../errors.js';
import type { ClassReport } from '../../../metrics/class-report.js';
import type { Figure } from '../../figure/figure.js';
import { inert, shortened } from '../../figure/label.js';
import { percent } from '../../figure/number-format.js';
import { type FigureOptions, themeOf } from '../../figure/theme.js';
import { figureFrame } from '../../parts/figure-frame.js';
import { ALL_METRICS, METRIC_TITLES, type MetricName, metricPanels } from '../../parts/metric-panels.js';

/** What the figure {@link beforeAfter} can be told. */
export interface BeforeAfterOptions extends FigureOptions {
  /** The class that was patched or treated: it stands on a band and its numbers are in the subtitle. */
  targetClass?: string;
  /** Default: precision, recall and F1. */
  metrics?: readonly MetricName[];
}

/**
 * Per-class metrics of a classifier before and after a change, as grouped bars: one panel per metric. Metrics that are
 * not defined (0/0) are gaps marked 'n/a'.
 * @throws OptionError when the reports are of different classes or the target class is none of them
 */
export function beforeAfter(before: ClassReport, after: ClassReport, options: BeforeAfterOptions = {}): Figure {
  const theme = themeOf(options);
  const metrics = options.metrics ?? ALL_METRICS;
  const target = targetIndex(before, after, options.targetClass);
  const overall = `accuracy ${percent(before.accuracy)} → ${percent(after.accuracy)} on ${after.images.toLocaleString('en')} images`;
  const title = options.title ?? 'Per-class metrics before and after';
  let heading: string | undefined;
  let subtitle = overall;
  let inWords = overall;
  const [was, is] = [before.perClass[target], after.perClass[target]];
  if (was && is) {
    const name = shortened(was.className, 40);
    if (options.title === undefined) heading = `${title} — ${inert(name)}`;
    subtitle = `target class on the band; ${overall}`;
    inWords = `${name}: ${metrics
      .map((m) => `${METRIC_TITLES[m]} ${percent(was[m])} → ${percent(is[m])}`)
      .join(', ')}; ${overall}`;
  }
  const series = [
    { name: 'before', colour: theme.before, report: before },
    { name: 'after', colour: theme.after, report: after },
  ];
  const { note, ...panels } = metricPanels(series, metrics, theme, target);
  return figureFrame(theme, { title, heading, subtitle: `${subtitle}${note}`, inWords: `${inWords}.`, ...panels });
}

/** Place of the target class in two reports of the same classes; -1 when none is named. */
export function targetIndex(before: ClassReport, after: ClassReport, targetClass: string | undefined): number {
  const same =
    before.classNames.length === after.classNames.length &&
    before.classNames.every((name, i) => name === after.classNames[i]);
  if (!same) {
    throw new OptionError(
      `before and after: expected reports of the same classes, got ${before.classNames.length} classes ` +
        `(${shortened(before.classNames.join(', '), 60)}) and ${after.classNames.length} ` +
        `(${shortened(after.classNames.join(', '), 60)}).`,
    );
  }
  if (targetClass === undefined) return -1;
  const index = before.classNames.indexOf(targetClass);
  if (index < 0) {
    throw new OptionError(
      `targetClass: expected one of ${shortened(before.classNames.join(', '), 200)}; got '${shortened(targetClass)}'.`,
    );
  }
  return index;
}

import { OptionError } from '../../../errors.js';
import type { MeanDeviation } from '../../../metrics/mean-deviation.js';
import type { Treatment } from '../../../treat/treat.js';
import { summariseTreatment, type TreatResult } from '../../../treat/treat-result.js';
import type { Figure } from '../../figure/figure.js';
import { inert, shortened } from '../../figure/label.js';
import { points, rounded } from '../../figure/number-format.js';
import type { Trace } from '../../figure/plotly-json.js';
import { axisStyle, type FigureOptions, themeOf } from '../../figure/theme.js';
import { classAxis } from '../../parts/class-axis.js';
import { figureFrame } from '../../parts/figure-frame.js';
import { ARM_TITLES } from '../../tables/treatment-tables.js';

/**
 * What a treatment changes against its control: accuracy over all classes on the left (set in bold), then the recall of
 * every class, one bar per arm with its standard deviation over seeds. Losses point down.
 * @throws OptionError when there is no arm beside the control
 */
export function treat(treated: TreatResult | Pick<Treatment, 'kind' | 'result'>, options: FigureOptions = {}): Figure {
  const result = treated.kind === 'treatment' ? treated.result : treated;
  const theme = themeOf(options);
  const arms = summariseTreatment(result).filter(({ arm }) => arm !== 'control');
  if (arms.length === 0) throw new OptionError('treat: expected a treatment beside its control, got none.');
  const names = ['all classes', ...result.base.report.classNames];
  const title = options.title ?? 'Treatment against the same training without constraints';
  const seeds = result.seeds.length;
  const control = result.runs.filter(({ arm }) => arm === 'control').map(({ report }) => report.accuracy);
  const mean = control.reduce((sum, accuracy) => sum + accuracy, 0) / control.length;
  const subtitle =
    `test images; base ${(100 * result.base.report.accuracy).toFixed(2)} %, control ${(100 * mean).toFixed(2)} %` +
    (seeds > 1 ? `; bars: mean of ${seeds} seeds ± their standard deviation` : '; one seed');
  const slot = Math.max(22, Math.min(58, 640 / names.length));
  const axis = classAxis(names, theme, { side: 'x', slot, title: 'class', marked: 0 });
  const shown = [0];
  const traces = arms.map(({ arm, toControl, perClass }, i): Trace => {
    const changes: (MeanDeviation | null)[] = [toControl, ...perClass.map((row) => row.toControl)];
    const gains = changes.map((change) => (change ? rounded(100 * change.mean) : null));
    const stds = changes.map((change) => rounded(100 * (change?.std ?? 0)));
    gains.forEach((gain, n) => gain !== null && shown.push(gain - stds[n]!, gain + stds[n]!)); // one per change
    return {
      type: 'bar',
      name: ARM_TITLES[arm],
      x: names.map((_, n) => n),
      y: gains,
      marker: { color: theme.series[i] },
      ...(seeds > 1 ? { error_y: { type: 'data', array: stds, color: theme.text, thickness: 1, width: 2 } } : {}),
      customdata: names.map((name, n) => [inert(shortened(name)), changes[n] ? points(0, changes[n].mean) : 'n/a']),
      hovertemplate: `${ARM_TITLES[arm]}, %{customdata[0]}: <b>%{customdata[1]}</b> points<extra></extra>`,
    };
  });
  const [low, high] = [Math.min(...shown), Math.max(...shown)];
  const reach = Math.max(1, high - low);
  const inWords = arms.map(({ arm, toControl }) => `${ARM_TITLES[arm]} ${points(0, toControl!.mean)} points`);
  return figureFrame(theme, {
    title,
    subtitle,
    size: {
      width: 110 + Math.ceil(slot * names.length),
      height: 390 + axis.margin,
      margin: { l: 76, r: 30, t: 96, b: axis.margin },
    },
    inWords: `${subtitle}. Over all classes: ${inWords.join(', ')}.`,
    data: traces,
    layout: {
      barmode: 'group',
      bargap: 0.25,
      showlegend: true,
      xaxis: axis.axis,
      yaxis: {
        ...axisStyle(theme, 'treated − control (percentage points)'),
        range: [low - 0.1 * reach, high + 0.1 * reach],
        zeroline: true,
        zerolinewidth: 2,
      },
    },
  });
}

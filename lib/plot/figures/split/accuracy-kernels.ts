import { OptionError } from '../../../errors.js';
import type { MaskHistory } from '../../../split/gradsplitter/history.js';
import type { Figure } from '../../figure/figure.js';
import { inert, shortened } from '../../figure/label.js';
import { percent, rounded } from '../../figure/number-format.js';
import type { Trace } from '../../figure/plotly-json.js';
import { axisStyle, type FigureOptions, themeOf } from '../../figure/theme.js';
import { figureFrame } from '../../parts/figure-frame.js';

/** A training run of GradSplitter to be compared with others. */
export interface MaskRun {
  readonly name: string;
  readonly history: MaskHistory;
  /** The epoch that its modules were taken from. */
  readonly epoch: number;
}

/**
 * What accuracy costs in kernels: every epoch in which masks have learned as a point, share of kept kernels against
 * accuracy on validation images, one colour per run; the epoch taken has a large mark.
 * @throws OptionError when there is no run, or more than four
 */
export function accuracyKernels(runs: readonly MaskRun[], options: FigureOptions = {}): Figure {
  const theme = themeOf(options);
  if (runs.length === 0 || runs.length > theme.series.length) {
    throw new OptionError(`accuracyKernels: expected 1 to ${theme.series.length} runs, got ${runs.length}.`);
  }
  const title = options.title ?? 'Accuracy and size of the modules';
  const taken = runs.map(({ name, history, epoch }) => {
    const record = history.find((e) => e.epoch === epoch);
    if (!record) throw new OptionError(`accuracyKernels: run '${name}' has no epoch ${epoch}.`);
    return { name, history, record };
  });
  const summary = taken
    .map(
      ({ name, record }) =>
        `${shortened(name, 30)}: ${percent(record.validationAccuracy)} with ${percent(record.keptRatio)} of the kernels`,
    )
    .join('; ');
  const data = taken.map(({ name, history, record }, i): Trace => {
    const firstMask = history.findIndex(({ learns }) => learns !== 'heads');
    const points = history.slice(Math.max(0, firstMask));
    return {
      type: 'scatter',
      mode: 'lines+markers',
      name: inert(shortened(name, 40)),
      x: points.map((e) => rounded(e.keptRatio)),
      y: points.map((e) => rounded(e.validationAccuracy)),
      customdata: points.map((e) => e.epoch),
      line: { color: theme.series[i], width: 1 },
      marker: {
        color: theme.series[i],
        size: points.map((e) => (e === record ? 15 : 6)),
        symbol: points.map((e) => (e === record ? 'star' : 'circle')),
      },
      hovertemplate: `epoch %{customdata}: <b>%{y:.1%}</b> with %{x:.1%} of the kernels<extra>${inert(shortened(name, 40))}</extra>`,
    };
  });
  return figureFrame(theme, {
    title,
    subtitle: 'one point per epoch; ★ the epoch taken',
    size: { width: 820, height: 420, margin: { l: 76, r: 30, t: 92, b: 56 } },
    inWords: `${summary}.`,
    data,
    layout: {
      showlegend: true,
      xaxis: { ...axisStyle(theme, 'kernels kept, mean over the modules (%)'), tickformat: ',.3~%', zeroline: false },
      yaxis: { ...axisStyle(theme, 'validation accuracy (%)'), tickformat: ',.3~%', zeroline: false },
    },
  });
}

import { OptionError } from '../../../errors.js';
import type { MaskHistory } from '../../../split/gradsplitter/history.js';
import type { Figure } from '../../figure/figure.js';
import { percent, rounded } from '../../figure/number-format.js';
import type { Shape } from '../../figure/plotly-json.js';
import { type FigureOptions, themeOf } from '../../figure/theme.js';
import { figureFrame } from '../../parts/figure-frame.js';
import { linePanels } from '../../parts/line-panels.js';

/** What the figure {@link maskCurve} can be told. */
export interface MaskCurveOptions extends FigureOptions {
  /** The epoch that the modules were taken from; marked by a line. */
  epoch?: number;
}

/**
 * Validation accuracy, mean kernels per module and loss of GradSplitter's training against the epoch. Phases in which the
 * masks learn stand on a band; in the others only the heads learn.
 * @throws OptionError when the history is empty or lacks the epoch
 */
export function maskCurve(history: MaskHistory, options: MaskCurveOptions = {}): Figure {
  const theme = themeOf(options);
  const last = history.at(-1);
  if (!last) throw new OptionError('maskCurve: expected at least one epoch, got none.');
  const chosen = options.epoch === undefined ? undefined : history.find(({ epoch }) => epoch === options.epoch);
  if (options.epoch !== undefined && !chosen) {
    throw new OptionError(`epoch: expected one from 1 to ${history.length}, got ${options.epoch}.`);
  }
  const title = options.title ?? 'Masks and heads of all modules';
  const shown = chosen ?? last;
  const summary =
    `epoch ${shown.epoch}${chosen ? ' (taken)' : ''}: accuracy ${percent(shown.validationAccuracy)}, ` +
    `${shown.meanKernels.toFixed(1)} kernels per module (${percent(shown.keptRatio)}); on a band the masks learn`;
  const [blue, vermillion, green] = theme.series;
  const column = (key: 'validationAccuracy' | 'meanKernels' | 'loss') => history.map((e) => rounded(e[key]));
  const panels = linePanels(
    history.map((e) => e.epoch),
    'epoch',
    [
      {
        title: 'accuracy (%)',
        percent: true,
        lines: [{ name: 'all modules, validation images', colour: blue, values: column('validationAccuracy') }],
      },
      {
        title: 'kernels per module',
        percent: false,
        lines: [{ name: 'mean kept kernels', colour: vermillion, dash: 'dash', values: column('meanKernels') }],
      },
      {
        title: 'loss (nats)',
        percent: false,
        lines: [{ name: 'cross-entropy on sigmoids', colour: green, values: column('loss') }],
      },
    ],
    theme,
  );
  const bands = maskPhases(history).map(([from, to]): Shape => ({
    type: 'rect',
    xref: 'x',
    yref: 'paper',
    x0: from - 0.5,
    x1: to + 0.5,
    y0: 0,
    y1: 1,
    fillcolor: theme.band,
    line: { width: 0 },
    layer: 'below',
  }));
  const mark: Shape | undefined = chosen && {
    type: 'line',
    xref: 'x',
    yref: 'paper',
    x0: chosen.epoch,
    x1: chosen.epoch,
    y0: 0,
    y1: 1,
    line: { color: theme.muted, width: 1.5, dash: 'dot' },
  };
  return figureFrame(theme, {
    title,
    subtitle: summary,
    inWords: `${summary}.`,
    ...panels,
    layout: { ...panels.layout, shapes: mark ? [...bands, mark] : bands },
  });
}

/** First and last epoch of every stretch in which masks learn. */
function maskPhases(history: MaskHistory): [number, number][] {
  const phases: [number, number][] = [];
  let lasting: [number, number] | undefined;
  for (const { epoch, learns } of history) {
    if (learns === 'heads') lasting = undefined;
    else if (lasting) lasting[1] = epoch;
    else phases.push((lasting = [epoch, epoch]));
  }
  return phases;
}

import { OptionError } from '../../../errors.js';
import type { TrainingHistory } from '../../../training/history.js';
import type { Figure } from '../../figure/figure.js';
import { percent, rounded } from '../../figure/number-format.js';
import { type FigureOptions, themeOf } from '../../figure/theme.js';
import { figureFrame } from '../../parts/figure-frame.js';
import { linePanels } from '../../parts/line-panels.js';

/**
 * Loss and accuracies of a training run against the epoch.
 * @throws OptionError when the history is empty
 */
export function trainingCurve(history: TrainingHistory, options: FigureOptions = {}): Figure {
  const theme = themeOf(options);
  const last = history.at(-1);
  if (!last) throw new OptionError('trainingCurve: expected at least one epoch, got none.');
  const title = options.title ?? 'Training';
  const validated = history.filter(({ validationAccuracy }) => validationAccuracy !== null).at(-1);
  const summary =
    `epoch ${last.epoch}: loss ${last.loss.toFixed(3)}, training accuracy ${percent(last.trainAccuracy)}` +
    (validated ? `, validation accuracy ${percent(validated.validationAccuracy)}` : '');
  const [blue, vermillion, green] = theme.series;
  const accuracy = [{ name: 'training', colour: vermillion, values: history.map((e) => rounded(e.trainAccuracy)) }];
  const validation = {
    name: 'validation',
    colour: green,
    dash: 'dash' as const,
    values: history.map((e) => (e.validationAccuracy === null ? null : rounded(e.validationAccuracy))),
  };
  const panels = linePanels(
    history.map((e) => e.epoch),
    'epoch',
    [
      {
        title: 'loss (nats)',
        percent: false,
        lines: [{ name: 'training loss', colour: blue, values: history.map((e) => rounded(e.loss)) }],
      },
      { title: 'accuracy (%)', percent: true, lines: validated ? [...accuracy, validation] : accuracy },
    ],
    theme,
  );
  return figureFrame(theme, { title, subtitle: summary, inWords: `${summary}.`, ...panels });
}

import { OptionError } from '../../../errors.js';
import type { SimplifyResult } from '../../../simplify/simplify.js';
import type { Figure } from '../../figure/figure.js';
import { inert, shortened } from '../../figure/label.js';
import { percent, rounded } from '../../figure/number-format.js';
import { type FigureOptions, themeOf } from '../../figure/theme.js';
import { figureFrame } from '../../parts/figure-frame.js';
import { linePanels } from '../../parts/line-panels.js';

/**
 * A simplification layer by layer: accuracy on the validation images after each removal and after the retraining that
 * follows it, and the multiply-adds that are left. Step 0 is the model before anything was removed.
 * @throws OptionError when no layer was simplified
 */
export function simplify(
  { stages, before, after }: Pick<SimplifyResult, 'stages' | 'before' | 'after'>,
  options: FigureOptions = {},
): Figure {
  const theme = themeOf(options);
  const [first, last] = [stages.at(0), stages.at(-1)];
  if (!first || !last) throw new OptionError('simplify: expected at least one simplified layer, got none.');
  const title = options.title ?? 'Simplified layer by layer';
  const summary =
    `${percent(before.accuracy)} before, ${percent(after.accuracy)} after, with ${percent(after.macs / before.macs)} of the ` +
    `multiply-adds; layers ${shortened(first.layer, 30)} to ${shortened(last.layer, 30)}`;
  const panels = linePanels(
    [0, ...stages.map((_, i) => i + 1)],
    'layers simplified',
    [
      {
        title: 'validation accuracy (%)',
        percent: true,
        lines: [
          {
            name: 'after the retraining',
            colour: theme.series[0],
            values: [before.accuracy, ...stages.map(({ retrained }) => retrained.accuracy)].map(rounded),
          },
          {
            name: 'after the removal',
            colour: theme.series[1],
            dash: 'dash',
            values: [null, ...stages.map(({ removed }) => rounded(removed.accuracy))],
          },
        ],
      },
      {
        title: 'multiply-adds kept (%)',
        percent: true,
        lines: [
          {
            name: 'multiply-adds kept',
            colour: theme.series[2],
            dash: 'dot',
            values: [1, ...stages.map(({ retrained }) => rounded(retrained.macs / before.macs))],
          },
        ],
      },
    ],
    theme,
  );
  return figureFrame(theme, { title, subtitle: inert(summary), inWords: `${summary}.`, ...panels });
}

import type { CausalCheck } from '../../../diagnose/causal-check.js';
import { OptionError } from '../../../errors.js';
import type { Figure } from '../../figure/figure.js';
import { shortened } from '../../figure/label.js';
import { points, rounded } from '../../figure/number-format.js';
import type { BarTrace } from '../../figure/plotly-json.js';
import { type FigureOptions, percentAxis, themeOf } from '../../figure/theme.js';
import { classAxis } from '../../parts/class-axis.js';
import { figureFrame } from '../../parts/figure-frame.js';

/**
 * Accuracy of each class as it is, with its relevant kernels silenced, and with random ones of the same number silenced (mean
 * and range over the draws).
 * @throws OptionError when no class was tested
 */
export function causalCheck(check: CausalCheck, options: FigureOptions = {}): Figure {
  const theme = themeOf(options);
  const { rows, draws, kernels, meanDrop, stronger } = check;
  if (rows.length === 0) throw new OptionError('causalCheck: expected at least one tested class, got none.');
  const title = options.title ?? `Silencing kernels of layer ${shortened(check.layer, 40)}`;
  const about =
    `mean change of a class: relevant kernels ${points(0, -meanDrop.relevant)}, random ones ${points(0, -meanDrop.random)} points; ` +
    `relevant ones cost more in ${stronger} of ${rows.length} classes`;
  const names = rows.map(({ className }) => className);
  const slot = Math.max(22, Math.min(72, 760 / names.length));
  const axis = classAxis(names, theme, { side: 'x', slot, title: 'class' });
  const means = rows.map(({ random }) => random.reduce((sum, { own }) => sum + own, 0) / random.length);
  const range = (pick: (...values: number[]) => number) =>
    rows.map(({ random }, i) => rounded(Math.abs(pick(...random.map(({ own }) => own)) - means[i]!))); // a mean per row
  const x = names.map((_, i) => i);
  const bars = (name: string, colour: string, y: readonly number[], more: Pick<BarTrace, 'error_y'> = {}) => ({
    ...{ type: 'bar' as const, name, x, y: y.map(rounded), marker: { color: colour } },
    customdata: rows.map((row) => `${row.kernels} of ${kernels} kernels`),
    hovertemplate: `<b>%{x}</b>, ${name}: %{y:.1%} (%{customdata})<extra></extra>`,
    ...more,
  });
  return figureFrame(theme, {
    title,
    subtitle: about,
    size: {
      width: Math.max(760, Math.round(slot * names.length + 100)),
      height: 330 + axis.margin,
      margin: { l: 76, r: 24, t: 100, b: axis.margin },
    },
    inWords: `${about}.`,
    data: [
      bars(
        'as it is',
        theme.muted,
        rows.map(({ before }) => before.own),
      ),
      bars(`random kernels silent (mean, range of ${draws})`, theme.before, means, {
        error_y: {
          ...{ type: 'data' as const, symmetric: false, array: range(Math.max), arrayminus: range(Math.min) },
          ...{ color: theme.text, thickness: 1, width: 3 },
        },
      }),
      bars(
        'relevant kernels silent',
        theme.after,
        rows.map(({ relevant }) => relevant.own),
      ),
    ],
    layout: {
      barmode: 'group',
      bargap: 0.25,
      showlegend: true,
      xaxis: axis.axis,
      yaxis: percentAxis(theme, 'accuracy of the class'),
    },
  });
}

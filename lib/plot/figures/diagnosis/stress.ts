import type { AttackSettings } from '../../../diagnose/attacks/options.js';
import type { StressResult } from '../../../diagnose/attacks/stress.js';
import { OptionError } from '../../../errors.js';
import type { Figure } from '../../figure/figure.js';
import { inert, shortened } from '../../figure/label.js';
import { percent, rounded } from '../../figure/number-format.js';
import { axisStyle, type FigureOptions, percentAxis, themeOf } from '../../figure/theme.js';
import { figureFrame } from '../../parts/figure-frame.js';
import { scatterLine } from '../../parts/scatter-line.js';

const METHOD_NAMES: Record<AttackSettings['method'], string> = {
  fgsm: 'FGSM',
  pgd: 'PGD',
  deepfool: 'DeepFool',
  cw: 'Carlini & Wagner',
  noise: 'random noise',
};

/**
 * Accuracy against the strength of an attack, one line per model; dotted, in the same colour, under random noise of the same
 * size.
 * @throws OptionError when there is no curve
 */
export function stress(result: StressResult, options: FigureOptions = {}): Figure {
  const theme = themeOf(options);
  const { curves, budgets, settings } = result;
  if (curves.length === 0) throw new OptionError('stress: expected at least one model, got none.');
  const title = options.title ?? 'Stress and strain';
  const bytes = result.norm === 'linf' && result.units === 'input';
  const x = budgets.map((budget) => rounded(bytes ? 255 * budget : budget));
  const axis = bytes
    ? 'largest change of a pixel value (L∞, grey levels of 255)'
    : result.norm === 'linf'
      ? 'largest change of an input value (L∞, after normalisation)'
      : 'length of the change of an image (L2, pixel values 0–1)';
  const last = budgets.length - 1;
  const largest = x[last] ?? 0;
  const falls = curves.map(
    ({ model, accuracy }) =>
      `${shortened(model, 40)} ${percent(accuracy[0] ?? null)} → ${percent(accuracy[last] ?? null)}`,
  );
  const target = result.target === null ? '' : `, towards ${shortened(String(result.target), 40)}`;
  const summary = `${METHOD_NAMES[settings.method]}${target}, ${result.images} images; ${falls.slice(0, 2).join('; ')}`;
  const size = { width: 820, height: 440 + 20 * Math.ceil(curves.length / 3), margin: { l: 76, r: 30, t: 112, b: 56 } };
  const hover = `${bytes ? '%{x:.3~g} grey levels' : 'size %{x:.3~g}'}: <b>%{y:.1%}</b>`;
  const lines = curves.flatMap(({ model, accuracy, noiseAccuracy }, i) => [
    scatterLine({ name: model, x, y: accuracy, place: i, theme, hover }),
    ...(noiseAccuracy
      ? [scatterLine({ name: `${model}, noise`, x, y: noiseAccuracy, place: i, theme, hover, dash: 'dot' })]
      : []),
  ]);
  return figureFrame(theme, {
    title,
    subtitle: inert(summary),
    size,
    inWords: `${summary}.`,
    data: lines,
    layout: {
      showlegend: true,
      xaxis: { ...axisStyle(theme, axis), range: [-0.02 * largest, 1.02 * largest], nticks: 9, zeroline: false },
      yaxis: { ...percentAxis(theme, 'accuracy'), range: [-0.02, 1.02] },
    },
  });
}

import type { ProbeResult } from '../../../diagnose/probe/probe.js';
import { PUBLISHED_PROBE } from '../../../diagnose/probe/published-readings.js';
import type { Figure } from '../../figure/figure.js';
import { inert, shortened } from '../../figure/label.js';
import { percent, rounded } from '../../figure/number-format.js';
import type { Trace } from '../../figure/plotly-json.js';
import { axisStyle, type FigureOptions, percentAxis, themeOf } from '../../figure/theme.js';
import { figureFrame } from '../../parts/figure-frame.js';
import { scatterLine } from '../../parts/scatter-line.js';

/** What the figure {@link probe} can be told. */
export interface ProbeFigureOptions extends FigureOptions {
  /**
   * Whether the authors' readings stand beside ours, as open markers; they are of another network, whose maps have another
   * scale. Default: yes, unless the noise is relative to the map's deviation.
   */
  published?: boolean;
}

const CURVES = [
  { key: 'normalStaysRight', name: 'normal stays right' },
  { key: 'adversarialToTrueClass', name: 'adversarial → true class' },
  { key: 'adversarialToSameWrongClass', name: 'adversarial → same wrong class' },
] as const;

/** The isolated-vs-successive curves of a probe (spec doctor §8); bars are standard deviations over the noise draws. */
export function probe(result: ProbeResult, options: ProbeFigureOptions = {}): Figure {
  const theme = themeOf(options);
  const { noise, layer, relative, images } = result;
  const title = options.title ?? 'Isolated and successive samples';
  const home = result.adversarialToTrueClass.mean;
  const best = home.reduce((top, share, i) => (share > home[top]! ? i : top), 0);
  const summary =
    `at noise ${noise[best]}: ${percent(home[best] ?? null)} of ${images.adversarial} adversarial images go home and ` +
    `${percent(result.normalStaysRight.mean[best] ?? null)} of ${images.normal} normal ones stay right`;
  const unit = relative
    ? `standard deviation of the noise (in deviations of the map of ${layer})`
    : `standard deviation of the noise (in units of the map of ${layer}, whose deviation is ${Number(result.mapDeviation.toPrecision(3))})`;
  const hover = 'noise %{x:.3~g}: <b>%{y:.1%}</b>';
  const data: Trace[] = CURVES.map(({ key, name }, place) =>
    scatterLine({ name, x: noise, y: result[key].mean, bars: result[key].deviation, place, theme, hover }),
  );
  const withPaper = options.published ?? !relative;
  if (withPaper) {
    CURVES.forEach(({ key, name }, place) =>
      data.push(
        scatterLine({
          name: `paper: ${name}`,
          x: PUBLISHED_PROBE.noise,
          y: PUBLISHED_PROBE[key],
          place,
          theme,
          hover,
          readings: true,
        }),
      ),
    );
  }
  const published = CURVES.flatMap(({ key, name }) =>
    PUBLISHED_PROBE.noise.map((level, i) => {
      const own = result[key].mean[noise.indexOf(level)];
      return {
        quantity: `${name}, noise ${level}`,
        here: own === undefined ? null : rounded(100 * own),
        paper: 100 * PUBLISHED_PROBE[key][i]!, // a reading per level
        unit: '%',
        source:
          'the authors’ figure, read off by eye to about ± 2 points: ResNet-50 on CIFAR-10, other units of noise (spec doctor §8)',
      };
    }),
  );
  const last = Math.max(...noise, ...(withPaper ? PUBLISHED_PROBE.noise : []));
  return figureFrame(theme, {
    title,
    subtitle: inert(summary),
    size: { width: 820, height: 480, margin: { l: 76, r: 30, t: 112, b: 56 } },
    inWords: `${summary}.`,
    data,
    published: withPaper ? published : [],
    layout: {
      showlegend: true,
      xaxis: {
        ...axisStyle(theme, inert(shortened(unit))),
        range: [-0.02 * last, 1.02 * last],
        nticks: 9,
        zeroline: false,
      },
      yaxis: { ...percentAxis(theme, 'share of the images'), range: [-0.02, 1.02] },
    },
  });
}

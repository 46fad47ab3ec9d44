import { OptionError } from '../../../errors.js';
import type { Figure } from '../../figure/figure.js';
import { inert, shortened } from '../../figure/label.js';
import { percent, rounded } from '../../figure/number-format.js';
import type { Trace } from '../../figure/plotly-json.js';
import { axisStyle, type FigureOptions, themeOf } from '../../figure/theme.js';
import { figureFrame } from '../../parts/figure-frame.js';

/** Accuracy of modules side by side that were cut in one way. */
export interface PolicyPoint {
  readonly name: string;
  readonly nPos: number;
  readonly accuracy: number;
}

/**
 * Accuracy of the composed modules against the number of positives observed, one line per way to cut them, with the model's own
 * accuracy as a dotted line.
 * @throws OptionError when there is no point, or more than four names
 */
export function policyCurve(
  points: readonly PolicyPoint[],
  modelAccuracy: number,
  options: FigureOptions = {},
): Figure {
  const theme = themeOf(options);
  const names = [...new Set(points.map(({ name }) => name))];
  if (names.length === 0 || names.length > theme.series.length) {
    throw new OptionError(`policyCurve: expected 1 to ${theme.series.length} names, got ${names.length}.`);
  }
  const counts = [...new Set(points.map(({ nPos }) => nPos))].sort((a, b) => a - b);
  const title = options.title ?? 'What masking costs';
  const lines = names.map((name) => ({ name, own: points.filter((point) => point.name === name) }));
  const last = lines.map(({ name, own }) => {
    const most = own.reduce((a, b) => (b.nPos > a.nPos ? b : a));
    return `${shortened(name, 30)} ${percent(most.accuracy)} at ${most.nPos}`;
  });
  const values = [modelAccuracy, ...points.map(({ accuracy }) => accuracy)].map(rounded);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const air = Math.max(0.02, (most - least) * 0.08);
  const [low, high] = [Math.max(-0.005, least - air), Math.min(1.005, most + air)];
  const dashes = ['solid', 'dash', 'dot', 'dashdot'];
  const symbols = ['circle', 'square', 'diamond', 'x'];
  const data = lines.map(({ name, own }, i): Trace => {
    return {
      type: 'scatter',
      mode: 'lines+markers',
      name: inert(shortened(name, 40)),
      x: own.map(({ nPos }) => counts.indexOf(nPos)),
      y: own.map(({ accuracy }) => rounded(accuracy)),
      line: { color: theme.series[i], width: 2, dash: dashes[i] },
      marker: { color: theme.series[i], size: 9 - i, symbol: symbols[i] },
      hovertemplate: `<b>%{y:.1%}</b><extra>${inert(shortened(name, 40))}</extra>`,
    };
  });
  data.push({
    type: 'scatter',
    mode: 'lines',
    name: 'the model',
    x: [-0.3, counts.length - 0.7],
    y: [rounded(modelAccuracy), rounded(modelAccuracy)],
    line: { color: theme.muted, width: 1, dash: 'dot' },
    hovertemplate: '<b>%{y:.1%}</b><extra>the model</extra>',
  });
  return figureFrame(theme, {
    title,
    subtitle: 'accuracy of all modules side by side, test images',
    size: { width: 760, height: 400, margin: { l: 76, r: 30, t: 98, b: 56 } },
    inWords: `The model ${percent(modelAccuracy)}; ${last.join(', ')} positives.`,
    data,
    layout: {
      showlegend: true,
      xaxis: {
        ...axisStyle(theme, 'positives observed per module'),
        tickmode: 'array',
        tickvals: counts.map((_, i) => i),
        ticktext: counts.map(String),
        range: [-0.3, counts.length - 0.7],
        zeroline: false,
      },
      yaxis: { ...axisStyle(theme, 'accuracy (%)'), tickformat: ',.3~%', zeroline: false, range: [low, high] },
    },
  });
}

import { OptionError } from '../../../errors.js';
import type { LayerSensitivity } from '../../../split/cnnsplitter/layer-sensitivity.js';
import type { Figure } from '../../figure/figure.js';
import { fitted } from '../../figure/fitted.js';
import { inert, shortened } from '../../figure/label.js';
import { percent, rounded } from '../../figure/number-format.js';
import type { Annotation, FigureLayout, Trace } from '../../figure/plotly-json.js';
import { axisStyle, type FigureOptions, themeOf } from '../../figure/theme.js';
import { figureFrame } from '../../parts/figure-frame.js';
import { panelAxes } from '../../parts/stacked-panels.js';

/** Small panels stand in rows of so many. */
const COLUMNS = 4;
const PANEL = { width: 200, height: 120, gap: 0.035 };

/**
 * Sensitivity curves, one small panel per layer: accuracy of all modules together against the share of the layer's
 * kernels that each of them keeps. Sensitive layers stand out in colour.
 * @throws OptionError when there is no layer
 */
export function layerSensitivity(result: LayerSensitivity, options: FigureOptions = {}): Figure {
  const theme = themeOf(options);
  const { layers, ratios, sensitive, fullAccuracy } = result;
  if (layers.length === 0) throw new OptionError('layerSensitivity: expected at least one layer, got none.');
  const title = options.title ?? 'Sensitivity of the layers';
  const worst = layers.reduce((a, b) => (b.meanLoss > a.meanLoss ? b : a));
  const summary =
    `${sensitive.length} of ${layers.length} layers are sensitive (coloured); uncut accuracy ${percent(fullAccuracy)} of ` +
    `${result.images} images; ${shortened(worst.id)} loses most, ${(100 * worst.meanLoss).toFixed(1)} points on average`;
  const rows = Math.ceil(layers.length / COLUMNS);
  const size = {
    width: 76 + COLUMNS * PANEL.width + 30,
    height: 92 + rows * (PANEL.height + 46) + 20,
    margin: { l: 76, r: 30, t: 92, b: 56 },
  };
  const layout: FigureLayout = {
    showlegend: false,
  };
  const values = layers.flatMap(({ accuracy }) => accuracy);
  const low = Math.max(0, Math.min(...values, fullAccuracy) - 0.05);
  const high = Math.min(1.02, Math.max(...values, fullAccuracy) + 0.05);
  const across = (1 - (COLUMNS - 1) * PANEL.gap) / COLUMNS;
  const headroom = 30 / (size.height - 148);
  const down = 1 / rows;
  const annotations: Annotation[] = [];
  const data = layers.map(({ id, layers: tied, kernels, accuracy }, i): Trace => {
    const axes = panelAxes(i);
    const [row, column] = [Math.floor(i / COLUMNS), i % COLUMNS];
    const left = column * (across + PANEL.gap);
    const top = 1 - row * down;
    const bottom = row === rows - 1 ? 0 : top - down + headroom * 0.6;
    const lowest = i + COLUMNS >= layers.length;
    layout[axes.xaxis] = {
      ...axisStyle(theme, lowest ? 'kernels kept (%)' : ''),
      domain: [left, Math.min(1, left + across)],
      anchor: axes.y,
      range: [0, 1.04],
      tickformat: '.0%',
      tickvals: [0, 0.5, 1],
      showticklabels: lowest,
      zeroline: false,
    };
    layout[axes.yaxis] = {
      ...axisStyle(theme, column === 0 ? 'accuracy (%)' : ''),
      domain: [bottom, Math.min(1, top - headroom)],
      anchor: axes.x,
      range: [low, high],
      tickformat: '.0%',
      nticks: 4,
      showticklabels: column === 0,
      zeroline: false,
    };
    const stands = sensitive.includes(id);
    const name = inert(fitted(tied.join(' + '), PANEL.width - 60, 11));
    annotations.push({
      text: `${stands ? `<b>${name}</b>` : name} (${kernels})`,
      x: left,
      y: top - headroom,
      xref: 'paper',
      yref: 'paper',
      xanchor: 'left',
      yanchor: 'bottom',
      showarrow: false,
      font: { size: 11, color: stands ? theme.series[1] : theme.text },
    });
    return {
      type: 'scatter',
      mode: 'lines+markers',
      name,
      x: ratios,
      y: accuracy.map(rounded),
      xaxis: axes.x,
      yaxis: axes.y,
      line: { color: stands ? theme.series[1] : theme.series[0], width: 2 },
      marker: { size: 5 },
      hovertemplate: `%{x:.0%} of the kernels: <b>%{y:.1%}</b><extra>${name}</extra>`,
    };
  });
  layout.annotations = annotations;
  return figureFrame(theme, {
    title,
    subtitle: inert(summary),
    size,
    inWords: `${summary}.`,
    data,
    layout,
  });
}

import { OptionError } from '../../../errors.js';
import type { Reliability } from '../../../metrics/reliability.js';
import type { Figure } from '../../figure/figure.js';
import { percent, rounded } from '../../figure/number-format.js';
import { axisStyle, type FigureOptions, percentAxis, themeOf } from '../../figure/theme.js';
import { figureFrame } from '../../parts/figure-frame.js';
import { stackedPanels } from '../../parts/stacked-panels.js';

/**
 * Accuracy against confidence, bin by bin, above the number of images in each bin. A calibrated classifier lies on the dotted
 * line; below it, it is more sure than right.
 * @throws OptionError when there is no image
 */
export function reliability(calibration: Reliability, options: FigureOptions = {}): Figure {
  const theme = themeOf(options);
  const { ece, images, bins } = calibration;
  if (ece === null) throw new OptionError('reliability: expected at least one image, got none.');
  const title = options.title ?? 'Is it right as often as it says?';
  const filled = bins.filter((bin) => bin.images > 0);
  const about = `expected calibration error ${percent(ece)} on ${images.toLocaleString('en')} images`;
  const [line] = theme.series;
  const centre = bins.map(({ from, to }) => rounded((from + to) / 2));
  const panels = stackedPanels([66, 26], 0.08);
  const [above, below] = [panels[0]!, panels[1]!]; // a panel per height
  const size = { width: 620, height: 520, margin: { l: 76, r: 30, t: 92, b: 56 } };
  return figureFrame(theme, {
    title,
    subtitle: about,
    size,
    inWords: `${about}.`,
    data: [
      {
        type: 'scatter',
        mode: 'lines',
        name: 'calibrated',
        x: [0, 1],
        y: [0, 1],
        line: { color: theme.muted, width: 1.5, dash: 'dot' },
        hoverinfo: 'skip',
      },
      {
        type: 'scatter',
        mode: 'lines+markers',
        name: 'this classifier',
        x: filled.map(({ confidence }) => rounded(confidence!)),
        y: filled.map(({ accuracy }) => rounded(accuracy!)),
        customdata: filled.map((bin) => bin.images),
        line: { color: line, width: 2 },
        marker: { size: 7 },
        hovertemplate: 'confidence %{x:.1%}: accuracy <b>%{y:.1%}</b> of %{customdata} images<extra></extra>',
      },
      {
        type: 'bar',
        showlegend: false,
        x: centre,
        y: bins.map((bin) => bin.images),
        width: rounded(0.94 / bins.length),
        yaxis: below.y,
        marker: { color: line, opacity: 0.55 },
        hovertemplate: '%{y} images<extra></extra>',
      },
    ],
    layout: {
      showlegend: true,
      xaxis: { ...percentAxis(theme, 'confidence'), anchor: below.y },
      yaxis: { ...percentAxis(theme, 'accuracy'), domain: above.domain },
      yaxis2: {
        ...axisStyle(theme, 'images'),
        domain: below.domain,
        rangemode: 'tozero',
        nticks: 4,
        tickformat: '.3~s',
      },
    },
  });
}

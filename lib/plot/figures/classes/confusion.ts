import type { ClassReport } from '../../../metrics/class-report.js';
import type { Figure } from '../../figure/figure.js';
import { inert, shortened } from '../../figure/label.js';
import { percent, rounded } from '../../figure/number-format.js';
import { colourScale, type FigureOptions, themeOf } from '../../figure/theme.js';
import { anyLabelCut, classAxis } from '../../parts/class-axis.js';
import { colourBar } from '../../parts/colour-bar.js';
import { figureFrame, sizeAround } from '../../parts/figure-frame.js';

/** Up to this many classes every cell carries its count. */
const MOST_COUNTED = 20;

/**
 * Confusion matrix as a heat-map: row = true class, column = predicted class. Colour is the share of the row (of the
 * images of the true class), spread so that rare confusions stay visible; the number in a cell is the image count.
 */
export function confusion(report: ClassReport, options: FigureOptions = {}): Figure {
  const theme = themeOf(options);
  const names = report.classNames;
  const n = names.length;
  const title = options.title ?? 'Confusion matrix';
  const slot = n <= MOST_COUNTED ? Math.max(38, Math.min(64, 560 / n)) : Math.max(10, 700 / n);
  const rowsAxis = classAxis(names, theme, { side: 'y', slot, title: 'true class' });
  const columnsAxis = classAxis(names, theme, { side: 'x', slot, title: 'predicted class' });
  const shares = report.confusion.map((row, c) => {
    const { support } = report.perClass[c]!; // a row per class
    return row.map((count) => (support === 0 ? null : rounded(count / support)));
  });
  const cut = anyLabelCut(names);
  const full = cut ? names.map((name) => inert(shortened(name))) : [];
  let worst = { count: 0, from: '', to: '' };
  for (const [row, from] of names.entries()) {
    for (const [column, to] of names.entries()) {
      const count = report.confusion[row]?.[column] ?? 0;
      if (row !== column && count > worst.count) worst = { count, from, to };
    }
  }
  const overall = `accuracy ${percent(report.accuracy)} on ${report.images.toLocaleString('en')} images`;
  const mostOften =
    worst.count === 0
      ? 'nothing is confused'
      : `most often ${shortened(worst.from, 40)} is taken for ${shortened(worst.to, 40)} (${worst.count} images)`;
  const margin = { l: rowsAxis.margin, r: 110, t: 66, b: columnsAxis.margin };
  return figureFrame(theme, {
    title,
    subtitle: `${overall}; row = true class`,
    size: sizeAround({ width: slot * n, height: slot * n }, margin),
    inWords: `${overall}; ${mostOften}.`,
    data: [
      {
        type: 'heatmap',
        z: shares,
        x: names.map((_, i) => i),
        y: names.map((_, i) => i),
        zmin: 0,
        zmax: 1,
        colorscale: colourScale(theme, (t) => rounded(t ** 2)),
        colorbar: colourBar('share of the<br>true class (%)<br> ', { tickformat: '.0%' }),
        text: report.confusion.map((row) => row.map(String)),
        ...(n <= MOST_COUNTED ? { texttemplate: '%{text}', textfont: { size: 11 } } : {}),
        ...(cut
          ? { customdata: names.map((_, row) => names.map((_, column) => [full[row] ?? '', full[column] ?? ''])) }
          : {}),
        hovertemplate:
          `true: <b>${cut ? '%{customdata[0]}' : '%{y}'}</b><br>predicted: <b>${cut ? '%{customdata[1]}' : '%{x}'}</b>` +
          '<br>%{text} images, %{z:.1%} of the true class<extra></extra>',
      },
    ],
    layout: {
      xaxis: columnsAxis.axis,
      yaxis: rowsAxis.axis,
    },
  });
}

import type { ClassOverlap } from '../../../diagnose/overlap.js';
import type { Figure } from '../../figure/figure.js';
import { inert, shortened } from '../../figure/label.js';
import { rounded } from '../../figure/number-format.js';
import { colourScale, type FigureOptions, themeOf } from '../../figure/theme.js';
import { classAxis } from '../../parts/class-axis.js';
import { colourBar } from '../../parts/colour-bar.js';
import { figureFrame, sizeAround } from '../../parts/figure-frame.js';

/** Up to this many classes every cell carries its number of kernels. */
const MOST_COUNTED = 20;

/**
 * How many of a layer's relevant kernels two classes share, as a heat-map: colour is the Jaccard index, the number in a cell
 * the shared kernels, on the diagonal the class's own; classes without relevant kernels stay empty.
 */
export function classOverlap(overlap: ClassOverlap, options: FigureOptions = {}): Figure {
  const theme = themeOf(options);
  const { classNames, jaccard, shared } = overlap;
  const n = classNames.length;
  const title = options.title ?? `Kernels that classes share in layer ${shortened(overlap.layer, 40)}`;
  const slot = n <= MOST_COUNTED ? Math.max(38, Math.min(64, 560 / n)) : Math.max(10, 700 / n);
  const rows = classAxis(classNames, theme, { side: 'y', slot, title: 'class' });
  const columns = classAxis(classNames, theme, { side: 'x', slot, title: 'other class' });
  const pairs = jaccard.flatMap(
    (row, a) => row.flatMap((value, b) => (a < b && value !== null ? [{ value, a, b, count: shared[a]![b]! }] : [])), // of all classes, as jaccard is
  );
  const mean = pairs.length === 0 ? null : pairs.reduce((sum, { value }) => sum + value, 0) / pairs.length;
  const most = [...pairs].sort((x, y) => y.value - x.value).at(0);
  const about = mean === null ? 'no two classes with kernels' : `mean Jaccard index of two classes ${mean.toFixed(2)}`;
  const closest = most
    ? `; closest: ${shortened(classNames[most.a]!, 20)} and ${shortened(classNames[most.b]!, 20)} (${most.value.toFixed(2)}, ${most.count} kernels)`
    : '';
  const margin = { l: rows.margin, r: 110, t: 66, b: columns.margin };
  return figureFrame(theme, {
    title,
    subtitle: `${inert(about)}; numbers: kernels in common`,
    size: sizeAround({ width: slot * n, height: slot * n }, margin, { width: 520 }),
    inWords: `${about}${closest}.`,
    data: [
      {
        type: 'heatmap',
        z: jaccard.map((row) => row.map((value) => (value === null ? null : rounded(value)))),
        x: classNames.map((_, i) => i),
        y: classNames.map((_, i) => i),
        zmin: 0,
        zmax: 1,
        colorscale: colourScale(theme),
        colorbar: colourBar('Jaccard<br>index<br> '),
        text: shared.map((row, a) => row.map((count, b) => (jaccard[a]?.[b] === null ? '' : String(count)))),
        ...(n <= MOST_COUNTED ? { texttemplate: '%{text}', textfont: { size: 11 } } : {}),
        hovertemplate: '%{y} and %{x}<br><b>%{text}</b> kernels in common, Jaccard index %{z:.2f}<extra></extra>',
      },
    ],
    layout: {
      xaxis: columns.axis,
      yaxis: rows.axis,
    },
  });
}

import type { KernelClassMap } from '../../../diagnose/kernel-class-map.js';
import { OptionError } from '../../../errors.js';
import type { Figure } from '../../figure/figure.js';
import { fitted } from '../../figure/fitted.js';
import { inert, shortened } from '../../figure/label.js';
import { rounded } from '../../figure/number-format.js';
import { axisStyle, colourScale, type FigureOptions, themeOf } from '../../figure/theme.js';
import { anyLabelCut, classAxis } from '../../parts/class-axis.js';
import { figureFrame, sizeAround } from '../../parts/figure-frame.js';

/**
 * How strongly each kernel of a layer goes with each class, as a heat-map: row = class, column = kernel.
 *
 * @throws OptionError when the map has no kernels or rows of the wrong length
 */
export function kernelClassMap(map: KernelClassMap, options: FigureOptions = {}): Figure {
  const theme = themeOf(options);
  const classes = map.classNames.length;
  if (map.kernels < 1 || map.values.length !== classes || map.values.some((row) => row.length !== map.kernels)) {
    throw new OptionError(
      `kernelClassMap: expected ${classes} rows of ${map.kernels} values (at least one), got ${map.values.length} rows ` +
        `of ${[...new Set(map.values.map((row) => row.length))].join(' or ')}.`,
    );
  }
  const layer = shortened(map.layer, 40);
  const title = options.title ?? `Kernels and classes of layer ${layer}`;
  const rowHeight = classes <= 20 ? 26 : 12;
  const columnWidth = Math.max(1.5, Math.min(26, 760 / map.kernels));
  const rows = classAxis(map.classNames, theme, { side: 'y', slot: rowHeight, title: 'class' });
  const largest = map.values.reduce((most, row) => row.reduce((a, b) => Math.max(a, b), most), 0);
  const cut = anyLabelCut(map.classNames);
  const quantity = inert(shortened(map.quantity, 60));
  const strongest = map.values.map((row) => row.indexOf(Math.max(...row)));
  const margin = { l: rows.margin, r: 120, t: 66, b: 56 };
  return figureFrame(theme, {
    title,
    subtitle: `${map.kernels} kernels × ${classes} classes`,
    size: sizeAround({ width: columnWidth * map.kernels, height: rowHeight * classes }, margin, { width: 520 }),
    inWords:
      `${map.kernels} kernels, ${classes} classes, ${shortened(map.quantity, 60)} up to ${rounded(largest)}; ` +
      `strongest kernel: ${map.classNames
        .slice(0, 10)
        .map((name, c) => `${shortened(name, 20)} ${strongest[c]}`)
        .join(', ')}${classes > 10 ? ', …' : ''}.`,
    data: [
      {
        type: 'heatmap',
        z: map.values.map((row) => Array.from(row, rounded)),
        x0: 0,
        dx: 1,
        y: map.classNames.map((_, i) => i),
        zmin: 0,
        zmax: rounded(largest) || 1,
        colorscale: colourScale(theme),
        colorbar: {
          title: { text: wrapped(map.quantity), side: 'top', font: { size: 12 } },
          tickfont: { size: 11 },
          thickness: 14,
          outlinewidth: 0,
          ...(rowHeight * classes < 200 ? { nticks: 4 } : {}),
        },
        ...(cut ? { text: map.classNames.map((name) => Array<string>(map.kernels).fill(inert(shortened(name)))) } : {}),
        hovertemplate: `<b>${cut ? '%{text}' : '%{y}'}</b><br>kernel %{x}<br>${quantity}: %{z:.4g}<extra></extra>`,
      },
    ],
    layout: {
      xaxis: {
        ...axisStyle(theme, 'kernel (output channel, from 0)'),
        range: [-0.5, map.kernels - 0.5],
        showgrid: false,
        zeroline: false,
        ...(map.kernels <= 32 ? { dtick: map.kernels <= 16 ? 1 : 2 } : { nticks: 16 }),
      },
      yaxis: rows.axis,
    },
  });
}

/** The quantity on short lines, for the head of the colour bar. */
function wrapped(quantity: string): string {
  const lines: string[] = [];
  for (const word of shortened(quantity, 60).split(' ')) {
    const last = lines.length - 1;
    if (last >= 0 && `${lines[last]} ${word}`.length <= 14) lines[last] += ` ${word}`;
    else lines.push(fitted(word, 100, 12));
  }
  return lines.map(inert).join('<br>');
}

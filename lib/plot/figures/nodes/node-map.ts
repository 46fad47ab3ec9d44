import { OptionError } from '../../../errors.js';
import { countBits } from '../../../surgery/graph/bitset.js';
import { nodeMasks } from '../../../surgery/nodes/module-margins.js';
import type { NodeModuleParts } from '../../../surgery/nodes/node-module-parts.js';
import type { Figure } from '../../figure/figure.js';
import { shortened } from '../../figure/label.js';
import { percent, rounded } from '../../figure/number-format.js';
import { colourScale, type FigureOptions, themeOf } from '../../figure/theme.js';
import { classAxis } from '../../parts/class-axis.js';
import { colourBar } from '../../parts/colour-bar.js';
import { figureFrame, sizeAround } from '../../parts/figure-frame.js';

/**
 * Share of each layer's nodes that each module masks, as a heat-map: row = layer from the image on, column = class. Layers that no
 * module masks are left out.
 * @throws OptionError when no module masks anything
 */
export function nodeMap(modules: Readonly<Record<string, NodeModuleParts>>, options: FigureOptions = {}): Figure {
  const theme = themeOf(options);
  const names = Object.keys(modules);
  const masks = Object.values(modules).map((module) => new Map(nodeMasks(module).map((mask) => [mask.layer, mask])));
  const layers = [...new Set(masks.flatMap((own) => [...own.keys()]))].sort((a, b) => numberOf(a) - numberOf(b));
  if (layers.length === 0) throw new OptionError('nodeMap: the modules mask no node.');
  const shares = layers.map((layer) =>
    masks.map((own) => {
      const mask = own.get(layer);
      return mask ? countBits(mask.inactive) / mask.inactive.length : 0;
    }),
  );
  const title = options.title ?? 'Nodes that each module masks';
  const largest = Math.max(...shares.flat());
  const most = shares.findIndex((row) => row.includes(largest));
  const [layer, name] = [layers[most]!, names[shares[most]!.indexOf(largest)]!]; // the largest is one of them
  const slot = names.length <= 20 ? 54 : 12;
  const rowHeight = 22;
  const rows = classAxis(layers, theme, { side: 'y', slot: rowHeight, title: 'layer' });
  const columns = classAxis(names, theme, { side: 'x', slot, title: 'class' });
  const margin = { l: rows.margin, r: 100, t: 66, b: columns.margin };
  return figureFrame(theme, {
    title,
    subtitle: 'share of the output positions of each layer that are set to 0',
    size: sizeAround({ width: slot * names.length, height: Math.max(80, rowHeight * layers.length) }, margin, {
      width: 420,
      height: 240,
    }),
    inWords: `Most in ${shortened(layer, 30)}: ${percent(largest)} for ${shortened(name, 30)}.`,
    data: [
      {
        type: 'heatmap',
        z: shares.map((row) => row.map(rounded)),
        x: names.map((_, i) => i),
        y: layers.map((_, i) => i),
        zmin: 0,
        zmax: rounded(Math.max(largest, 0.01)),
        colorscale: colourScale(theme),
        colorbar: colourBar('masked (%)', { tickformat: ',.2~%', nticks: 4 }),
        hovertemplate: '%{y}<br><b>%{x}</b>: %{z:.1%} masked<extra></extra>',
      },
    ],
    layout: {
      xaxis: columns.axis,
      yaxis: rows.axis,
    },
  });
}

/** Place of a layer: its number, additions after the convolution of the same number; layers without a number stay together. */
function numberOf(layer: string): number {
  const number = /(\d+)$/.exec(layer)?.[1];
  return number === undefined ? Infinity : Number(number) + (layer.startsWith('add') ? 0.5 : 0);
}

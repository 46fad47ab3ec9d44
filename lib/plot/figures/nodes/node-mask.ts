import { OptionError } from '../../../errors.js';
import { bitMembers, countBits, hasBit } from '../../../surgery/graph/bitset.js';
import type { ConvMask } from '../../../surgery/nodes/node-mask.js';
import { moduleClass, type NodeModuleParts } from '../../../surgery/nodes/node-module-parts.js';
import type { Figure } from '../../figure/figure.js';
import { shortened } from '../../figure/label.js';
import { percent, rounded } from '../../figure/number-format.js';
import { axisStyle, type FigureOptions, themeOf } from '../../figure/theme.js';
import { figureFrame, sizeAround } from '../../parts/figure-frame.js';

/** What the figure {@link nodeMask} can be told. */
export interface NodeMaskOptions extends FigureOptions {
  /** Convolution or addition to show. Default: the one of which the module masks the largest share. */
  layer?: string;
  /** Channels to show: those of which most is masked. Default 16. */
  channels?: number;
}

/**
 * Which nodes of a layer a module masks: one tile per channel, in it the channel's map, masked positions dark.
 * @throws OptionError when the module has no mask on the layer
 */
export function nodeMask(module: NodeModuleParts, options: NodeMaskOptions = {}): Figure {
  const theme = themeOf(options);
  const masks = [...module.convMasks, ...module.addMasks];
  const shareOf = ({ inactive }: ConvMask) => countBits(inactive) / inactive.length;
  const most = [...masks].sort((a, b) => shareOf(b) - shareOf(a)).at(0);
  const mask = options.layer === undefined ? most : masks.find(({ layer }) => layer === options.layer);
  if (!mask) {
    const known = masks.map(({ layer }) => layer).join(', ') || 'none';
    throw new OptionError(`nodeMask: the module has no mask on '${options.layer ?? 'any layer'}'; it masks ${known}.`);
  }
  const { layer, shape, inactive } = mask;
  const [height, width, channels] = shape;
  const masked = new Float64Array(channels);
  for (const node of bitMembers(inactive)) masked[node % channels]! += 1;
  const shown = [...masked.entries()].sort(([, a], [, b]) => b - a).slice(0, options.channels ?? 16);
  const columns = Math.min(8, shown.length);
  const rows = Math.ceil(shown.length / columns);
  const z: (number | null)[][] = Array.from({ length: rows * (height + 1) - 1 }, () =>
    new Array<null>(columns * (width + 1) - 1).fill(null),
  );
  for (const [tile, [channel]] of shown.entries()) {
    const [top, left] = [Math.floor(tile / columns) * (height + 1), (tile % columns) * (width + 1)];
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        z[top + y]![left + x] = hasBit(inactive, (y * width + x) * channels + channel) ? 1 : 0;
      }
    }
  }
  const share = shareOf(mask);
  const name = moduleClass(module);
  const title = options.title ?? `Masked nodes of ${shortened(layer, 30)} in the module of ${shortened(name, 30)}`;
  const cell = Math.max(3, Math.min(14, Math.floor(760 / (columns * (width + 1)))));
  const margin = { l: 60, r: 20, t: 66, b: 56 };
  const axis = (text: string, size: number, tiles: number) => ({
    ...axisStyle(theme, text),
    tickmode: 'array' as const,
    tickvals: Array.from({ length: tiles }, (_, i) => i * (size + 1) + (size - 1) / 2),
    ticktext: Array.from({ length: tiles }, (_, i) => String(i + 1)),
    showgrid: false,
    zeroline: false,
    ticks: '' as const,
  });
  return figureFrame(theme, {
    table: {
      columns: ['channel', 'masked nodes', 'nodes', 'masked (%)'],
      rows: shown.map(([channel, count]) => [
        ...[channel, count, height * width, rounded((100 * count) / (height * width))],
      ]),
    },
    title,
    subtitle: `${shown.length} of ${channels} channels of ${height}×${width}, most masked first; dark: set to 0, ${percent(share)} of the layer`,
    size: sizeAround({ width: cell * columns * (width + 1), height: cell * rows * (height + 1) }, margin, {
      width: 460,
      height: 240,
    }),
    inWords: `${percent(share)} of the ${inactive.length} nodes are masked.`,
    data: [
      {
        type: 'heatmap',
        z,
        zmin: 0,
        zmax: 1,
        showscale: false,
        colorscale: [
          [0, theme.scale[1]],
          [1, theme.scale.at(-1)!],
        ],
        hoverongaps: false,
        hovertemplate: '%{z}<extra>1: masked</extra>',
      },
    ],
    layout: {
      xaxis: axis('channel, by masked nodes', width, columns),
      yaxis: { ...axis('row of tiles', height, rows), autorange: 'reversed' },
    },
  });
}

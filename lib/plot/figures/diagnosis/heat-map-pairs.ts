import type { ImageSet } from '../../../datasets/dataset.js';
import type { HeatMap, HeatMapPair } from '../../../diagnose/heat-map.js';
import { OptionError } from '../../../errors.js';
import type { Figure } from '../../figure/figure.js';
import { fitted } from '../../figure/fitted.js';
import { inert, shortened } from '../../figure/label.js';
import { percent, rounded } from '../../figure/number-format.js';
import { axisStyle, type FigureOptions, themeOf } from '../../figure/theme.js';
import { classAxis } from '../../parts/class-axis.js';
import { figureFrame } from '../../parts/figure-frame.js';
import { heatOverlay } from '../../parts/heat-overlay.js';
import { rgbaPng, tilePng } from '../../parts/image-tile.js';

const TILE = 64;
const SLOT = { width: 90, height: 94 };
/** Columns: picture and overlay of the confident image, then of the other one. */
const COLUMNS = { high: { column: 0, overlay: 1 }, low: { column: 2.3, overlay: 3.3 } };

/**
 * Heat-maps of each class's most and least confident image over the pictures; below each picture what it is taken for, and
 * with which probability.
 * @param images the set that was diagnosed
 * @throws OptionError when pairs and classes differ in number, or channels are neither 1 nor 3
 */
export function heatMapPairs(pairs: readonly HeatMapPair[], images: ImageSet, options: FigureOptions = {}): Figure {
  const theme = themeOf(options);
  const { classNames } = images;
  const [height, width, channels] = images.imageShape;
  if (pairs.length !== classNames.length || (channels !== 1 && channels !== 3)) {
    throw new OptionError(
      `heatMapPairs: expected ${classNames.length} pairs, one per class, and 1 or 3 channels; got ${pairs.length} and ${channels}.`,
    );
  }
  const nameOf = (label: number) => classNames[label]!; // labels and predictions are classes of the set
  const cells = pairs.flatMap((pair, row) =>
    (['high', 'low'] as const).flatMap((which) => {
      const map = pair[which];
      return map ? [{ map, row, which, ...COLUMNS[which] }] : [];
    }),
  );
  const layer = cells[0]?.map.layer ?? '';
  const title = options.title ?? `Where the evidence sits in layer ${shortened(layer, 40)}`;
  const wrong = cells.filter(({ map, which }) => which === 'low' && map.predicted !== map.label).length;
  const about = `${wrong} of the ${pairs.length} least confident ones are wrong`;
  const rows = classAxis(classNames, theme, { side: 'y', slot: SLOT.height, title: 'true class' });
  const [sizex, sizey] = [TILE / SLOT.width, TILE / SLOT.height];
  const below = ({ predicted, label, confidence }: HeatMap) => {
    const name = inert(fitted(nameOf(predicted), SLOT.width - 34, 9));
    return `${predicted === label ? '' : '✗ '}${name} ${percent(confidence).replace('.0', '')}`;
  };
  const picture = (source: string, x: number, row: number) => ({
    ...{ source, x, y: row - 0.09, sizex, sizey },
    ...{ xref: 'x' as const, yref: 'y' as const, xanchor: 'center' as const, yanchor: 'middle' as const },
    layer: 'above' as const,
  });
  return figureFrame(theme, {
    table: {
      columns: ['true class', 'which', 'image', 'predicted class', 'probability (%)'],
      rows: cells.map(({ map, which }) => [
        shortened(nameOf(map.label)),
        which === 'high' ? 'most confident, right' : 'least confident',
        map.image,
        shortened(nameOf(map.predicted)),
        rounded(100 * map.confidence),
      ]),
    },
    title,
    subtitle: `below: predicted class, its probability; ${about}`,
    size: {
      width: Math.max(560, Math.round(rows.margin + SLOT.width * 4.4 + 20)),
      height: 66 + SLOT.height * classNames.length + 60,
      margin: { l: rows.margin, r: 20, t: 66, b: 60 },
    },
    inWords: `Heat-maps over ${cells.length} images of ${classNames.length} classes; ${about}.`,
    data: [
      {
        type: 'scatter',
        mode: 'text',
        showlegend: false,
        x: cells.map(({ column, overlay }) => (column + overlay) / 2),
        y: cells.map(({ row }) => row + 0.36),
        text: cells.map(({ map }) => below(map)),
        textposition: 'middle center',
        textfont: {
          size: 10,
          color: cells.map(({ map }) => (map.predicted === map.label ? theme.muted : theme.wrong)),
        },
        customdata: cells.map(({ map }) => [map.image, inert(shortened(nameOf(map.predicted)))]),
        hovertemplate: 'image %{customdata[0]}<br>predicted: <b>%{customdata[1]}</b><extra></extra>',
      },
    ],
    layout: {
      xaxis: {
        ...axisStyle(theme, 'picture, and the gradient of its true class over it'),
        range: [-0.55, Math.max(3.85, (560 - rows.margin - 20) / SLOT.width - 0.55)],
        tickmode: 'array',
        tickvals: [0.5, 2.8],
        ticktext: ['most confident, right', 'least confident'],
        showgrid: false,
        zeroline: false,
      },
      yaxis: rows.axis,
      images: cells.flatMap(({ map, row, column, overlay }) => [
        picture(tilePng(images.pixels, map.image, height, width, channels, TILE), column, row),
        picture(rgbaPng(heatOverlay(images, map), height, width, TILE), overlay, row),
      ]),
    },
  });
}

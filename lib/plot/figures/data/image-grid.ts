import type { ImageSet } from '../../../datasets/dataset.js';
import { OptionError } from '../../../errors.js';
import type { Figure } from '../../figure/figure.js';
import { fitted } from '../../figure/fitted.js';
import { inert, shortened } from '../../figure/label.js';
import { axisStyle, type FigureOptions, themeOf } from '../../figure/theme.js';
import { classAxis } from '../../parts/class-axis.js';
import { figureFrame } from '../../parts/figure-frame.js';
import { tilePng } from '../../parts/image-tile.js';

/** What the figure {@link imageGrid} can be told. */
export interface ImageGridOptions extends FigureOptions {
  /** Images of each class: the first ones of the set. Default 8. */
  perClass?: number;
  /** Predicted class of every image of the set; written below the images, wrong ones in another colour with a cross. */
  predictions?: ArrayLike<number>;
}

/** Side of one image on the figure, in pixels. */
const TILE = 64;
const SLOT = { width: 76, height: 78, heightLabelled: 92 };

/**
 * Sample images by class: one row per class, with the predicted class below each where predictions are given.
 * @throws OptionError when there are not as many predictions as images, or channels are neither 1 nor 3
 */
export function imageGrid(images: ImageSet, options: ImageGridOptions = {}): Figure {
  const theme = themeOf(options);
  const { classNames, labels, predictions } = { ...images, predictions: options.predictions };
  const perClass = options.perClass ?? 8;
  const [height, width, channels] = images.imageShape;
  if (!Number.isInteger(perClass) || perClass < 1) {
    throw new OptionError(`perClass: expected a whole number of at least 1, got ${perClass}.`);
  }
  if (predictions && predictions.length !== labels.length) {
    throw new OptionError(`predictions: expected one per image (${labels.length}), got ${predictions.length}.`);
  }
  if (channels !== 1 && channels !== 3) {
    throw new OptionError(`imageGrid: expected images of 1 or 3 channels, got ${channels}.`);
  }
  const tiles: { image: number; row: number; column: number; name: string; predicted: number | null }[] = [];
  const filled = new Int32Array(classNames.length);
  for (const [image, row] of labels.entries()) {
    const [name, column = perClass] = [classNames[row], filled[row]];
    if (name === undefined || column >= perClass) continue;
    tiles.push({ image, row, column, name, predicted: predictions?.[image] ?? null });
    filled[row] = column + 1;
  }
  const columns = Math.max(1, ...filled);
  const rowHeight = predictions ? SLOT.heightLabelled : SLOT.height;
  const classes = classAxis(classNames, theme, { side: 'y', slot: rowHeight, title: 'true class' });
  const plotWidth = Math.max(400 - classes.margin, SLOT.width * columns, 300);
  const title = options.title ?? 'Sample images';
  const wrong = predictions ? tiles.filter(({ predicted, row }) => predicted !== row).length : 0;
  const verdict = predictions ? `; ${wrong} of the ${tiles.length} shown are misclassified` : '';
  const [tileWidth, tileHeight] = [TILE / SLOT.width, TILE / rowHeight];
  const predictedName = ({ predicted }: (typeof tiles)[number]) =>
    predicted === null ? undefined : classNames[predicted];
  const labelOf = (tile: (typeof tiles)[number]) => {
    const { predicted, row } = tile;
    const name = fitted(predictedName(tile) ?? `class ${predicted}`, SLOT.width - 16, 9);
    return predicted === row ? inert(name) : `✗ ${inert(name)}`;
  };
  return figureFrame(theme, {
    table: {
      columns: ['image', 'true class', ...(predictions ? ['predicted class'] : [])],
      rows: tiles.map((tile) => [
        ...[tile.image, shortened(tile.name)],
        ...(predictions ? [shortened(predictedName(tile) ?? '')] : []),
      ]),
    },
    title,
    subtitle: predictions ? `predicted class below each image${verdict}` : '',
    size: {
      width: classes.margin + plotWidth + 20,
      height: 66 + rowHeight * classNames.length + 50,
      margin: { l: classes.margin, r: 20, t: 66, b: 50 },
    },
    inWords: `${tiles.length} images of ${classNames.length} classes${verdict}.`,
    data: [
      {
        type: 'scatter',
        mode: predictions ? 'text' : 'markers',
        showlegend: false,
        x: tiles.map(({ column }) => column),
        y: tiles.map(({ row }) => row + (predictions ? tileHeight / 2 + 0.02 : 0)),
        ...(predictions
          ? {
              text: tiles.map(labelOf),
              textposition: 'middle center',
              textfont: {
                size: 9,
                color: tiles.map(({ predicted, row }) => (predicted === row ? theme.muted : theme.wrong)),
              },
            }
          : { marker: { opacity: 0 } }),
        customdata: tiles.map((tile) => [
          tile.image,
          inert(shortened(tile.name)),
          predictions ? inert(shortened(predictedName(tile) ?? '')) : '',
        ]),
        hovertemplate:
          'image %{customdata[0]}<br>true: <b>%{customdata[1]}</b>' +
          `${predictions ? '<br>predicted: <b>%{customdata[2]}</b>' : ''}<extra></extra>`,
      },
    ],
    layout: {
      xaxis: {
        ...axisStyle(theme, 'image of the class, in the order of the set'),
        range: [-0.5, plotWidth / SLOT.width - 0.5],
        tickvals: Array.from({ length: columns }, (_, i) => i),
        ticktext: Array.from({ length: columns }, (_, i) => String(i + 1)),
        showgrid: false,
        zeroline: false,
      },
      yaxis: classes.axis,
      images: tiles.map(({ image, row, column }) => ({
        source: tilePng(images.pixels, image, height, width, channels, TILE),
        xref: 'x' as const,
        yref: 'y' as const,
        x: column,
        y: row - (predictions ? 0.06 : 0),
        xanchor: 'center' as const,
        yanchor: 'middle' as const,
        sizex: tileWidth,
        sizey: tileHeight,
        layer: 'above' as const,
      })),
    },
  });
}

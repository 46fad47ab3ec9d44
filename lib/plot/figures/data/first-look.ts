import { OptionError } from '../../../errors.js';
import type { FirstLook } from '../../../training/first-look.js';
import type { Figure } from '../../figure/figure.js';
import { fitted } from '../../figure/fitted.js';
import { inert, shortened } from '../../figure/label.js';
import { axisStyle, type FigureOptions, themeOf } from '../../figure/theme.js';
import { figureFrame } from '../../parts/figure-frame.js';
import { tilePng } from '../../parts/image-tile.js';

const TILE = 112;
const SLOT = { width: 132, height: 176 };

/**
 * Whether a model was opened as it was meant: a few pictures, below each the class that the model takes it for, with its
 * probability, and the name of the folder it came from; above them image size, values and where the class names are from.
 * @throws OptionError when channels are neither 1 nor 3
 */
export function firstLook({ report, images, guesses }: FirstLook, options: FigureOptions = {}): Figure {
  const theme = themeOf(options);
  const [height, width, channels] = images.imageShape;
  if (channels !== 1 && channels !== 3) {
    throw new OptionError(`plot.firstLook: expected images of 1 or 3 channels, got ${channels}.`);
  }
  const shown = guesses.map((guess, i) => ({ ...guess, own: images.classNames[images.labels[i]!]! })); // a guess per image
  const title = options.title ?? `${report.path.split(/[\\/]/).pop() ?? report.path}: what it sees`;
  const size = report.imageShape.map((n) => n ?? 'any').join('×');
  const figureWidth = Math.max(560, 60 + SLOT.width * guesses.length);
  const lines = ({ className, probability, own }: (typeof shown)[number]) => {
    const percent = `${Math.round(100 * probability)} %`;
    return [
      `${className === own ? '' : '✗ '}<b>${inert(fitted(className, SLOT.width - 50, 12))}</b> ${percent}`,
      `from ${inert(fitted(own, SLOT.width - 34, 11))}`,
    ].join('<br>');
  };
  const plotWidth = figureWidth - 40;
  const plotHeight = SLOT.height;
  return figureFrame(theme, {
    table: {
      columns: ['image', 'folder', 'predicted class', 'probability'],
      rows: shown.map(({ className, probability, own }, i) => [i, shortened(own), shortened(className), probability]),
    },
    title,
    subtitle: `${size}; ${inert(fitted(report.normalisation ? report.normalisationFrom : 'values: as the images are; no file says them', figureWidth - 160, 12))}`,
    size: { width: figureWidth, height: 66 + plotHeight + 20, margin: { l: 20, r: 20, t: 66, b: 20 } },
    inWords: `${guesses.length} pictures: ${shown.map(({ className, own }) => `${shortened(own)} taken for ${shortened(className)}`).join(', ')}.`,
    data: [
      {
        type: 'scatter',
        mode: 'text',
        showlegend: false,
        x: guesses.map((_, i) => i),
        y: guesses.map(() => 0.82),
        text: shown.map(lines),
        textposition: 'middle center',
        textfont: { size: 12, color: shown.map(({ className, own }) => (className === own ? theme.text : theme.wrong)) }, // prettier-ignore
        hoverinfo: 'skip',
      },
    ],
    layout: {
      xaxis: {
        ...axisStyle(theme, ''),
        range: [-0.5, plotWidth / SLOT.width - 0.5],
        visible: false,
        showticklabels: false,
      },
      yaxis: { ...axisStyle(theme, ''), range: [1, 0], visible: false, showticklabels: false },
      images: guesses.map((_, i) => ({
        source: tilePng(images.pixels, i, height, width, channels, TILE),
        xref: 'x' as const,
        yref: 'y' as const,
        x: i,
        y: 0.34,
        xanchor: 'center' as const,
        yanchor: 'middle' as const,
        sizex: TILE / SLOT.width,
        sizey: TILE / SLOT.height,
        layer: 'above' as const,
      })),
    },
  });
}

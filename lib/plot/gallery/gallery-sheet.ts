import { PNG } from 'pngjs';
import type { KernelDecision } from '../../simplify/by-eye/decision.js';
import { formatKept } from '../../simplify/by-eye/kept-list.js';
import type { KernelGallery } from '../../simplify/by-eye/kernel-gallery.js';
import { withFewerColours } from '../figure/fewer-colours.js';
import { fitted } from '../figure/fitted.js';
import { FONT_FAMILY } from '../figure/fonts.js';
import { escapeHtml, shortened } from '../figure/label.js';
import { svgToPng } from '../figure/svg-to-png.js';
import { type FigureOptions, type Theme, themeOf } from '../figure/theme.js';
import { inputStrip, NEAR_DUPLICATE, palette, peaks } from './gallery-pictures.js';

/** A gallery as a picture, for viewers without scripts. */
export interface GallerySheet {
  readonly title: string;
  readonly altText: string;
  readonly png: Buffer;
}

const LABEL = 138;
const HEAD = 62;
const TOP = 70;
const WIDEST = 1180;
const HIGHEST = 820;
/** Of the picture: maps are noise, which packs badly in more, and nobody sees a difference. */
const COLOURS = 128;
/** Sides of a thumbnail, in pixels. */
const TILES = [30, 26, 22, 18, 16];

/**
 * Contact sheet: one row per kernel, one column per image, with the kernel's score by the first criterion, the share of
 * the layer's largest activation that it reaches, and a near-duplicate where it has one. With a decision, dropped kernels
 * are crossed out and pale.
 */
export function gallerySheet(
  gallery: KernelGallery,
  decision: KernelDecision | null,
  options: FigureOptions = {},
): GallerySheet {
  const theme = themeOf(options);
  const { units, images } = gallery;
  const [score] = gallery.scores;
  const { tile, starts, blockWidth, blocks, rows } = arrangement(units, images);
  const width = Math.max(620, 16 + blocks * (blockWidth + 20));
  const height = TOP + HEAD + tile + 6 + rows * (tile + 3) + 14;
  const place = (unit: number) => ({
    left: 16 + Math.floor(unit / rows) * (blockWidth + 20),
    top: TOP + HEAD + tile + 8 + (unit % rows) * (tile + 3),
  });
  const dropped = new Set(decision?.dropped);
  const bitmap = tiles(gallery, { width, height, tile, starts, place, dropped, theme });
  const text = (x: number, y: number, content: string, more = '') =>
    `<text x="${x}" y="${y}" ${more}>${escapeHtml(content)}</text>`;
  const share = peaks(gallery.maps);
  const labels = Array.from({ length: units }, (_, unit) => {
    const { left, top } = place(unit);
    const y = top + tile / 2 + 4;
    const colour = dropped.has(unit) ? theme.wrong : theme.text;
    const twin = gallery.similar[unit];
    const near = twin && twin.correlation >= NEAR_DUPLICATE ? `≈${twin.unit}` : '';
    const frame = { x: left + LABEL - 1, y: top - 1, width: blockWidth - LABEL + 1, height: tile + 2 };
    const mark = decision ? (dropped.has(unit) ? '✗' : '✓') : '';
    return [
      `<rect x="${frame.x}" y="${frame.y}" width="${frame.width}" height="${frame.height}" fill="${theme.grid}"/>`,
      text(left, y, mark, `fill="${dropped.has(unit) ? theme.wrong : theme.after}" font-weight="700"`),
      text(left + 30, y, `${unit}`, `text-anchor="end" font-weight="700" fill="${colour}"`),
      text(left + 70, y, score ? short(score.values[unit]!) : '', `text-anchor="end" fill="${colour}"`),
      text(left + 106, y, `${Math.round(100 * share[unit]!)}%`, `text-anchor="end" fill="${theme.muted}"`),
      text(left + 132, y, near, `text-anchor="end" fill="${theme.muted}" font-size="9"`),
    ].join('');
  });
  const heads = Array.from({ length: blocks }, (_, block) => {
    const left = 16 + block * (blockWidth + 20);
    const names = images.map(({ className }, i) => {
      if (images[i - 1]?.className === className) return '';
      const [x, y] = [left + LABEL + starts[i]! + 8, TOP + HEAD - 4];
      return text(x, y, fitted(className, 66, 10), `font-size="10" transform="rotate(-38 ${x} ${y})"`);
    });
    const y = TOP + HEAD + tile / 2 + 4;
    const column = (x: number, name: string) =>
      text(left + x, y, name, `text-anchor="end" fill="${theme.muted}" font-size="9"`);
    return [...names, column(30, 'no.'), column(70, 'score'), column(106, 'peak'), column(132, 'like')].join('');
  });
  const tied = gallery.layers.length > 1 ? `(tied: ${gallery.layers.join(', ')})` : '';
  const title = options.title ?? `Kernels of layer ${shortened(gallery.layer, 40)}`;
  const verdict = decision ? `${decision.kept.length} of ${units} kept` : `${units} kernels`;
  const by = score ? `score: ${score.label}; ` : '';
  const subtitle = `${verdict}${tied && ` ${shortened(tied, 90)}`}. Maps after the activation, each row on its own scale`;
  const legend = `${by}peak: share of the layer's largest activation; like: near-duplicate (r ≥ ${NEAR_DUPLICATE})`;
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="${FONT_FAMILY}" font-size="11" ` +
    `fill="${theme.text}"><rect width="${width}" height="${height}" fill="${theme.paper}"/>` +
    text(16, 26, fitted(title, width - 32, 16), 'font-size="16"') +
    text(16, 46, fitted(subtitle, width - 32, 12), `font-size="12" fill="${theme.muted}"`) +
    text(16, 62, fitted(legend, width - 32, 10), `font-size="10" fill="${theme.muted}"`) +
    `${heads.join('')}${labels.join('')}` +
    `<image width="${width}" height="${height}" href="data:image/png;base64,${bitmap.toString('base64')}"/></svg>`;
  const cut = decision ? `; dropped: ${formatKept(decision.dropped) || 'none'}` : '';
  const classes = new Set(images.map(({ className }) => className)).size;
  return {
    title,
    altText: `${shortened(title)}. ${verdict}, maps for ${images.length} images of ${classes} classes${cut}.`,
    png: withFewerColours(svgToPng(svg), COLOURS),
  };
}

/** Largest thumbnails with which the sheet is not too high, in one block of rows or several side by side. */
function arrangement(
  units: number,
  images: KernelGallery['images'],
): { tile: number; starts: number[]; blockWidth: number; blocks: number; rows: number } {
  const candidates = TILES.map((tile) => {
    const { starts, end } = columns(images, tile);
    const blockWidth = LABEL + end;
    const fitting = Math.floor((WIDEST - 16) / (blockWidth + 20));
    const blocks = Math.max(1, Math.min(fitting, Math.ceil(units / 16)));
    return { tile, starts, blockWidth, blocks, rows: Math.ceil(units / blocks) };
  });
  return candidates.find(({ tile, rows }) => rows * (tile + 3) <= HIGHEST) ?? candidates.at(-1)!; // there are some
}

/** Left edge of every image's column, and the end; classes stand apart. */
function columns(images: KernelGallery['images'], tile: number): { starts: number[]; end: number } {
  let end = 0;
  const starts = images.map(({ className }, i) => {
    const start = end;
    const next = images[i + 1];
    end += tile + (next && next.className !== className ? 5 : 1);
    return start;
  });
  return { starts, end };
}

/** The thumbnails alone, on a transparent ground. */
function tiles(
  gallery: KernelGallery,
  sheet: {
    readonly width: number;
    readonly height: number;
    readonly tile: number;
    readonly starts: readonly number[];
    readonly place: (unit: number) => { left: number; top: number };
    readonly dropped: ReadonlySet<number>;
    readonly theme: Theme;
  },
): Buffer {
  const { width, height, tile, starts, place, dropped, theme } = sheet;
  const { images, maps, units } = gallery;
  const picture = new PNG({ width, height });
  const colours = palette(theme);
  const strip = inputStrip(gallery);
  const paint = (left: number, top: number, alpha: number, colour: (x: number, y: number) => ArrayLike<number>) => {
    for (let y = 0; y < tile; y++) {
      for (let x = 0; x < tile; x++) {
        const at = 4 * ((top + y) * width + left + x);
        picture.data.set(colour(x / tile, y / tile), at);
        picture.data[at + 3] = alpha;
      }
    }
  };
  starts.forEach((start, image) => {
    for (let block = 0; block * sheetRows(place, units) < units; block++) {
      const { left } = place(block * sheetRows(place, units));
      paint(left + LABEL + start, TOP + HEAD, 255, (x, y) => {
        const at =
          3 * ((Math.floor(y * strip.height) * images.length + image) * strip.width + Math.floor(x * strip.width));
        return strip.rgb.subarray(at, at + 3);
      });
    }
    for (let unit = 0; unit < units; unit++) {
      const { left, top } = place(unit);
      const from = (unit * images.length + image) * maps.height * maps.width;
      paint(left + LABEL + start, top, dropped.has(unit) ? 90 : 255, (x, y) => {
        const value = maps.values[from + Math.floor(y * maps.height) * maps.width + Math.floor(x * maps.width)]!;
        return colours[value]!; // one per byte
      });
    }
  });
  return PNG.sync.write(picture);
}

/** Number of kernels of the first block. */
function sheetRows(place: (unit: number) => { left: number }, units: number): number {
  let rows = 1;
  while (rows < units && place(rows).left === place(0).left) rows++;
  return rows;
}

/** Two significant digits, without a long tail. */
export function short(value: number): string {
  if (value !== 0 && (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e5))
    return value.toExponential(0).replace('e+', 'e');
  return String(Number(value.toPrecision(2)));
}

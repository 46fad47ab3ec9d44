import { randomUUID } from 'node:crypto';
import type { GalleryView } from '../../simplify/by-eye/open-gallery.js';
import { FONT_FAMILY } from '../figure/fonts.js';
import { escapeHtml, shortened } from '../figure/label.js';
import { pageFile, pageScript } from '../figure/page-script.js';
import { type FigureOptions, type Theme, themeOf } from '../figure/theme.js';
import type { KernelGalleryData } from '../page/kernel-gallery.js';
import { inputSprite, inputStrip, mapSprite, NEAR_DUPLICATE, palette, peaks } from './gallery-pictures.js';
import { type GallerySheet, short } from './gallery-sheet.js';

/**
 * HTML fragment on which a person decides. Where scripts do not run, the sheet is shown. Nothing is loaded from
 * elsewhere.
 */
export function galleryHtml(
  { gallery, asks }: Pick<GalleryView, 'gallery'> & { asks: NonNullable<GalleryView['asks']> },
  sheet: GallerySheet,
  options: FigureOptions = {},
): string {
  const theme = themeOf(options);
  const strip = inputStrip(gallery);
  const url = (png: Buffer) => `data:image/png;base64,${png.toString('base64')}`;
  const data: KernelGalleryData = {
    title: sheet.title,
    units: gallery.units,
    classes: gallery.images.map(({ className }) => shortened(className, 40)),
    map: { height: gallery.maps.height, width: gallery.maps.width, sprite: url(mapSprite(gallery)) },
    input: { height: strip.height, width: strip.width, sprite: url(inputSprite(strip)) },
    low: gallery.maps.low,
    high: gallery.maps.high,
    peaks: peaks(gallery.maps),
    notes: gallery.similar.map((twin, unit) => {
      if (!gallery.hasMap[unit]) return 'no map';
      return twin && twin.correlation >= NEAR_DUPLICATE ? `≈ ${twin.unit}` : '';
    }),
    scores: gallery.scores.map(({ label, values }) => ({ label, values, texts: values.map(short) })),
    palette: palette(theme),
    endpoint: asks.endpoint,
    call: asks.call,
    user: asks.user,
  };
  const id = `modulab-${randomUUID()}`;
  return (
    `<style>${style(theme, id)}</style>\n` +
    `<div id="${id}" class="modulab-gallery tex2jax_ignore mathjax_ignore"><img alt="${escapeHtml(sheet.altText)}" ` +
    `src="${url(sheet.png)}"></div>\n` +
    pageScript<typeof import('../page/kernel-gallery.js')>('kernel-gallery', id, data)
  );
}

/** The gallery's rules, for the element of that id, in a theme's colours. */
function style({ paper, text, muted, grid, wrong, after }: Theme, id: string): string {
  const values = { paper, text, muted, grid, wrong, after, font: FONT_FAMILY };
  const properties = Object.entries(values).map(([name, value]) => `--${name}:${value}`);
  // By its id, so that no rule of the notebook's is stronger.
  return `#${id}{${properties.join(';')}}\n${pageFile('kernel-gallery.css').replaceAll('#kernel-gallery', `#${id}`)}`;
}

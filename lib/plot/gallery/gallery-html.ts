import { randomUUID } from 'node:crypto';
import type { GalleryView } from '../../simplify/by-eye/open-gallery.js';
import { FONT_FAMILY } from '../figure/fonts.js';
import { scriptJson } from '../figure/figure-html.js';
import { galleryPage, type GalleryPageData } from '../page/kernel-gallery.js';
import { inputSprite, inputStrip, mapSprite, NEAR_DUPLICATE, palette, peaks } from './gallery-pictures.js';
import { short, type GallerySheet } from './gallery-sheet.js';
import { escapeHtml, shortened } from '../figure/label.js';
import { themeOf, type FigureOptions, type Theme } from '../figure/theme.js';

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
  const data: GalleryPageData = {
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
    `<style>${style(theme, `#${id}`)}</style>\n` +
    `<div id="${id}" class="modulab-gallery tex2jax_ignore mathjax_ignore"><img alt="${escapeHtml(sheet.altText)}" ` +
    `src="${url(sheet.png)}"></div>\n` +
    `<script>(${galleryPage.toString()})(document.getElementById("${id}"),${scriptJson(data)});</script>\n`
  );
}

function style({ paper, text, muted, grid, wrong, after }: Theme, root: string): string {
  const rules: Record<string, string> = {
    '': `background:${paper};color:${text};font:13px/1.3 ${FONT_FAMILY};padding:8px;border:1px solid ${grid};max-width:100%;box-sizing:border-box`,
    ' *': 'box-sizing:border-box',
    ' .mg-bar': 'display:flex;flex-wrap:wrap;gap:8px 12px;align-items:center;margin:4px 0',
    ' .mg-list': `max-height:640px;overflow:auto;border:1px solid ${grid};position:relative`,
    ' .mg-row': `display:flex;gap:8px;align-items:center;padding:1px 6px;width:max-content;min-width:100%;margin:0;font-weight:400;cursor:pointer;background:${paper}`,
    ' .mg-row:hover': `background:${grid}`,
    ' .mg-row>:first-child': 'flex:0 0 34px;margin:0',
    ' .mg-row b': 'flex:0 0 30px;text-align:right',
    ' .mg-score': 'flex:0 0 58px;text-align:right;font-variant-numeric:tabular-nums',
    ' .mg-peak': `flex:0 0 46px;text-align:right;color:${muted}`,
    ' .mg-note': `flex:0 0 48px;color:${muted};font-size:12px`,
    '.mg-unnoted .mg-note': 'display:none',
    ' .mg-head': `position:sticky;top:0;z-index:1;cursor:default;border-bottom:1px solid ${grid};align-items:flex-end`,
    ' .mg-names': 'position:relative;height:18px',
    ' .mg-names span':
      'position:absolute;top:0;font-size:11px;overflow:hidden;text-overflow:ellipsis;white-space:nowrap',
    ' canvas': `background:${grid};display:block;flex:none;margin:0;max-width:none`,
    ' .mg-dropped canvas': 'opacity:.25',
    ' .mg-dropped b': `color:${wrong};text-decoration:line-through`,
    ' label': 'font-weight:400;margin:0',
    ' input[type=checkbox]': 'margin:0;cursor:pointer',
    ' textarea': `flex:1 1 320px;font:inherit;color:${text};background:${paper};border:1px solid ${muted}`,
    ' input[type=text]': `width:140px;font:inherit;color:${text};background:${paper};border:1px solid ${muted}`,
    ' .mg-confirm': `background:${after};color:#fff;border:0;border-radius:4px;padding:6px 12px;font:inherit;font-weight:700;cursor:pointer`,
    ' .mg-confirm:disabled': 'opacity:.5;cursor:default',
    ' .mg-line': 'user-select:all;word-break:break-all',
    ' [hidden]': 'display:none',
  };
  // The classic Notebook puts a long output behind a small window; a person who decides needs to see the rows.
  const unscrolled = `.output_scroll:has(${root}){height:auto;box-shadow:none}\n`;
  const own = Object.entries(rules)
    .map(([selector, body]) => `${root}${selector}{${body}}`)
    .join('\n');
  return unscrolled + own;
}

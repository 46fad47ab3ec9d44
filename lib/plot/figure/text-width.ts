import { optionalPackage } from '../../run/installation/optional-package.js';
import { advanceWidth } from './advance-widths.js';
import { hasPicturePackages, PICTURE } from './drawing-packages.js';
import { resvgFonts } from './fonts.js';
import { escapeHtml } from './label.js';

const MEASURED_SIZE = 20;
const cache = new Map<string, number>();

/**
 * Width of one line of text in the figures' font, in pixels, as resvg draws it, or by the font's table where resvg is not installed.
 * @param text printable text (no control characters)
 * @param fontSize in pixels
 */
export function textWidth(text: string, fontSize: number, bold = false): number {
  if (text.trim() === '') return text.length * 0.32 * fontSize;
  if (!hasPicturePackages()) return advanceWidth(text, fontSize, bold);
  const key = (bold ? 'b' : 'r') + text;
  let width = cache.get(key);
  if (width === undefined) {
    const { Resvg } = optionalPackage<typeof import('@resvg/resvg-js')>('@resvg/resvg-js', PICTURE);
    const svg =
      `<svg xmlns="http://www.w3.org/2000/svg" width="100" height="40"><text y="30" font-family="DejaVu Sans" ` +
      `font-size="${MEASURED_SIZE}" font-weight="${bold ? 700 : 400}">${escapeHtml(text)}</text></svg>`;
    width = new Resvg(svg, { font: resvgFonts() }).getBBox()?.width ?? 0;
    if (cache.size > 20000) cache.clear();
    cache.set(key, width);
  }
  return (width * fontSize) / MEASURED_SIZE;
}

import { OptionError } from '../../errors.js';
import { optionalPackage } from '../../run/installation/optional-package.js';
import { PICTURE } from './drawing-packages.js';
import { resvgFonts } from './fonts.js';

/**
 * Draws SVG as PNG with resvg and the project's own fonts.
 * @param scale output pixels per SVG pixel, above 0 and at most 8
 * @throws ModulabError where the packages that draw are not installed
 */
export function svgToPng(svg: string, scale = 1): Buffer {
  if (!(scale > 0 && scale <= 8)) throw new OptionError(`scale: expected a number above 0 and up to 8, got ${scale}.`);
  const { Resvg } = optionalPackage<typeof import('@resvg/resvg-js')>('@resvg/resvg-js', PICTURE);
  // resvg does not resolve quoted references: gradients of colour bars would come out black
  const unquoted = svg.replace(/url\((?:&quot;|['"])(#[^'")&]+)(?:&quot;|['"])\)/g, 'url($1)');
  return new Resvg(unquoted, { font: resvgFonts(), fitTo: { mode: 'zoom', value: scale } }).render().asPng();
}

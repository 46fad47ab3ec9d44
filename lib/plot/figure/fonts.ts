import path from 'node:path';
import { packageFolder } from '../../run/installation/optional-package.js';

/** The font of static figures, and the first choice of interactive ones (Verdana has the same proportions). */
export const FONT_FAMILY = 'DejaVu Sans, Verdana, sans-serif';

/** resvg's font options: our own font files only, so that a figure looks the same on every machine. */
export function resvgFonts(): { loadSystemFonts: false; fontFiles: string[]; defaultFontFamily: string } {
  const folder = path.join(packageFolder('dejavu-fonts-ttf')!, 'ttf');
  return {
    loadSystemFonts: false,
    fontFiles: ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf'].map((file) => path.join(folder, file)),
    defaultFontFamily: 'DejaVu Sans',
  };
}

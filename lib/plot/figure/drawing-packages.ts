import { isInstalled, type PackageNeed } from '../../run/installation/optional-package.js';

/** What draws SVG without a browser. */
export const DRAWING: PackageNeed = { what: 'A figure as SVG (toSVG)', packages: ['jsdom', 'plotly.js-dist'] };

const RASTER = ['@resvg/resvg-js', 'dejavu-fonts-ttf'];

/** What draws PNG without a browser. */
export const PICTURE: PackageNeed = {
  what: 'A figure as PNG (toPNG, show)',
  packages: [...DRAWING.packages, ...RASTER],
};

let there: boolean | undefined;

/** Whether text can be measured as it will be drawn. */
export const hasPicturePackages = (): boolean => (there ??= RASTER.every(isInstalled));

/** Whether figures can be drawn as PNG. */
export const canDrawPictures = (): boolean => PICTURE.packages.every(isInstalled);

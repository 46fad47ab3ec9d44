import jpeg from 'jpeg-js';
import { PNG } from 'pngjs';
import type { ImageSet } from '../../lib/datasets/dataset.js';
import { resizeImage } from '../../lib/datasets/resize.js';
import { text } from './report-page.js';

/** Longest side of a picture on a page, in pixels; smaller ones are enlarged by the browser. */
const SIDE = 160;
/** Below this, pixels are shown as squares: smoothed, a picture of 32 pixels is a blur. */
const SMALL = 64;
const QUALITY = 82;

/** A picture with words below it. */
export interface Caption {
  /** Position in the set. */
  readonly image: number;
  readonly words: string;
  /** Said below in another colour. */
  readonly wrong?: string;
}

/** Pictures side by side. */
export function pictureGrid(set: ImageSet, captions: readonly Caption[]): string {
  const items = captions.map(({ image, words, wrong }) => {
    const small = Math.max(set.imageShape[0], set.imageShape[1]) < SMALL ? ' class="small"' : '';
    const more = wrong === undefined ? '' : `<br><span class="wrong">${text(wrong)}</span>`;
    const said = [words, wrong].filter(Boolean).join(', ');
    return `<li><img alt="${text(said)}"${small} src="${pictureAddress(set, image)}">${text(words)}${more}</li>`;
  });
  return `<ul class="pictures">${items.join('\n')}</ul>`;
}

/** One picture of a set as a data address: PNG where it is small, which JPEG would smear. */
function pictureAddress({ pixels, imageShape: [height, width, channels] }: ImageSet, image: number): string {
  const size = height * width * channels;
  const own = pixels.subarray(image * size, (image + 1) * size);
  const scale = Math.min(1, SIDE / Math.max(height, width));
  const [h, w] = [Math.max(1, Math.round(height * scale)), Math.max(1, Math.round(width * scale))];
  const shown = scale < 1 ? resizeImage(own, [height, width, channels], [h, w]) : own;
  const rgba = Buffer.alloc(h * w * 4, 255);
  for (let i = 0; i < h * w; i++) {
    for (let c = 0; c < 3; c++) rgba[4 * i + c] = shown[i * channels + Math.min(c, channels - 1)]!;
  }
  if (Math.max(h, w) < SMALL) {
    const png = new PNG({ width: w, height: h });
    rgba.copy(png.data);
    return `data:image/png;base64,${PNG.sync.write(png).toString('base64')}`;
  }
  return `data:image/jpeg;base64,${jpeg.encode({ width: w, height: h, data: rgba }, QUALITY).data.toString('base64')}`;
}

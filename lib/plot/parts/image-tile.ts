import { enlargedPng } from '../figure/bitmap-canvas.js';

/** One image of a set as a PNG data URL, enlarged to about `size` pixels. */
export function tilePng(
  pixels: Uint8Array,
  image: number,
  height: number,
  width: number,
  channels: number,
  size: number,
): string {
  const rgba = new Uint8Array(height * width * 4).fill(255);
  const start = image * height * width * channels;
  for (let p = 0; p < height * width; p++) {
    for (let c = 0; c < 3; c++) rgba[4 * p + c] = pixels[start + p * channels + (channels === 3 ? c : 0)]!;
  }
  return rgbaPng(rgba, height, width, size);
}

/** RGBA pixels as a PNG data URL, enlarged to about `size` pixels. */
export function rgbaPng(rgba: Uint8Array, height: number, width: number, size: number): string {
  const k = Math.max(1, Math.floor(size / Math.max(height, width)));
  return `data:image/png;base64,${enlargedPng(rgba, width, height, k, k).toString('base64')}`;
}

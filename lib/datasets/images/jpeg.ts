import jpeg from 'jpeg-js';
import type { RgbImage } from './rgb-image.js';

/** Decodes a JPEG, as it is stored. @throws Error where it is damaged, or larger than 100 megapixels */
export function decodeJpeg(bytes: Buffer): RgbImage {
  const { width, height, data } = jpeg.decode(bytes, { useTArray: true, formatAsRGBA: false, tolerantDecoding: false });
  return { width, height, pixels: data };
}

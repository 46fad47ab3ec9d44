import jpeg from 'jpeg-js';
import { jpegFrame } from './jpeg-segments.js';
import type { RgbImage } from './rgb-image.js';

/** A block of 8×8 pixels takes a bit at least. */
const MOST_PIXELS_PER_BYTE = 512;
/** For pictures of 100 megapixels: coefficients of four bytes, and three or four values a pixel. */
const MOST_MEGABYTES = 2400;

/** Decodes a JPEG, as it is stored. @throws Error where it is damaged, or larger than 100 megapixels */
export function decodeJpeg(bytes: Buffer): RgbImage {
  const frame = jpegFrame(bytes);
  if (frame && frame.bits !== 8) throw new Error(`it has ${frame.bits} bits a value, and only those of 8 are read`);
  if (frame && frame.pixels > MOST_PIXELS_PER_BYTE * bytes.length) {
    throw new Error(`it claims ${frame.pixels} pixels, which ${bytes.length} bytes cannot hold`);
  }
  const { width, height, data } = jpeg.decode(bytes, {
    useTArray: true,
    formatAsRGBA: false,
    tolerantDecoding: false,
    maxMemoryUsageInMB: MOST_MEGABYTES,
    ...(frame?.isRgb ? { colorTransform: false } : {}),
  });
  return { width, height, pixels: data };
}

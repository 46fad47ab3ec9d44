import { PNG } from 'pngjs';
import { MOST_MEGAPIXELS, overBlack, type RgbImage } from './rgb-image.js';

/** Decodes a PNG; transparent pixels over black, 16-bit values to 8 bits. @throws Error where it is damaged */
export function decodePng(bytes: Buffer): RgbImage {
  // The decoder makes room for what the header claims before it looks at the data.
  if (bytes.readUInt32BE(16) * bytes.readUInt32BE(20) > MOST_MEGAPIXELS * 1e6) throw new Error('too large');
  const { width, height, data } = PNG.sync.read(bytes);
  return { width, height, pixels: overBlack(data) };
}

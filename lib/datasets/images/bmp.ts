import { decode } from 'bmp-ts';
import { requireUsualSize, type RgbImage } from './rgb-image.js';

/** Decodes a BMP of 1–32 bits a pixel. @throws Error where it is damaged or too large */
export function decodeBmp(bytes: Buffer): RgbImage {
  // A negative height counts from the top.
  requireUsualSize(Math.abs(bytes.readInt32LE(22)), bytes.readInt32LE(18));
  const { width, height, data } = decode(bytes);
  if (data.length !== width * height * 4) throw new Error('its data is damaged');
  // As alpha, blue, green, red; what lies in the fourth byte is rarely meant for transparency.
  const pixels = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) {
    pixels[3 * i] = data[4 * i + 3]!;
    pixels[3 * i + 1] = data[4 * i + 2]!;
    pixels[3 * i + 2] = data[4 * i + 1]!;
  }
  return { width, height, pixels };
}

import { PNG } from 'pngjs';
import { exifOrientation } from './exif-orientation.js';
import { overBlack, requireUsualSize, type RgbImage } from './rgb-image.js';

/** Decodes a PNG; transparent pixels over black, 16-bit values to 8 bits. @throws Error where it is damaged */
export function decodePng(bytes: Buffer): RgbImage {
  requireUsualSize(bytes.readUInt32BE(20), bytes.readUInt32BE(16));
  const { width, height, data } = PNG.sync.read(bytes);
  return { width, height, pixels: overBlack(data) };
}

/** The orientation in the chunk eXIf; 1 where there is none. */
export function pngOrientation(bytes: Buffer): number {
  for (let at = 8; at + 12 <= bytes.length;) {
    const length = bytes.readUInt32BE(at);
    const type = bytes.toString('latin1', at + 4, at + 8);
    if (type === 'eXIf') return exifOrientation(bytes.subarray(at + 8, Math.min(at + 8 + length, bytes.length)));
    at += 12 + length;
  }
  return 1;
}

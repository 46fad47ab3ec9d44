import { GifReader } from 'omggif';
import { FIRST_OF_SEVERAL, overBlack, requireUsualSize, type RgbImage } from './rgb-image.js';

/** Decodes the first picture of a GIF; transparent pixels over black. @throws Error where it is damaged or too large */
export function decodeGif(bytes: Buffer): RgbImage {
  requireUsualSize(bytes.readUInt16LE(8), bytes.readUInt16LE(6));
  const reader = new GifReader(bytes);
  const { width, height } = reader;
  const { x, y, width: across, height: down } = reader.frameInfo(0);
  if (x + across > width || y + down > height) throw new Error('its first picture is larger than its canvas');
  const rgba = new Uint8Array(width * height * 4);
  reader.decodeAndBlitFrameRGBA(0, rgba);
  return { width, height, pixels: overBlack(rgba), ...(reader.numFrames() > 1 ? { note: FIRST_OF_SEVERAL } : {}) };
}

import { GifReader } from 'omggif';
import { FIRST_OF_SEVERAL, overBlack, requireUsualSize, type RgbImage } from './rgb-image.js';

/** Decodes the first picture of a GIF; transparent pixels over black. @throws Error where it is damaged or too large */
export function decodeGif(bytes: Buffer): RgbImage {
  requireUsualSize(bytes.readUInt16LE(8), bytes.readUInt16LE(6));
  const reader = new GifReader(bytes);
  const { width, height } = reader;
  const { x, y, width: across, height: down } = reader.frameInfo(0);
  if (x + across > width || y + down > height) throw new Error('its first picture is larger than its canvas');
  const pixels = lzwLength(bytes, reader.frameInfo(0).data_offset);
  // The decoder takes colour 0 for what is missing.
  if (pixels < across * down) throw new Error(`it has ${pixels} of ${across * down} pixels`);
  const rgba = new Uint8Array(width * height * 4);
  reader.decodeAndBlitFrameRGBA(0, rgba);
  return { width, height, pixels: overBlack(rgba), ...(reader.numFrames() > 1 ? { note: FIRST_OF_SEVERAL } : {}) };
}

/** How many pixels a picture's data is of: every code of its LZW stands for one more than the code that it goes on from. */
function lzwLength(bytes: Buffer, start: number): number {
  const least = bytes.readUInt8(start);
  if (least < 1 || least > 11) throw new Error('its data is damaged');
  const clear = 1 << least;
  const lengths = new Uint32Array(4096).fill(1, 0, clear);
  let [size, next, before, count] = [least + 1, clear + 2, 0, 0];
  let [buffer, bits] = [0, 0];
  for (let at = start + 1, left = bytes.readUInt8(start + 1); left > 0; left = bytes[++at] ?? 0) {
    for (const end = at + left; at < end;) {
      buffer |= bytes.readUInt8(++at) << bits;
      for (bits += 8; bits >= size;) {
        const code = buffer & ((1 << size) - 1);
        buffer >>>= size;
        bits -= size;
        if (code === clear) [size, next, before] = [least + 1, clear + 2, 0];
        else if (code === clear + 1) return count;
        else {
          if (code > next || (code === next && before === 0)) throw new Error('its data is damaged');
          const length = code === next ? before + 1 : lengths[code]!;
          if (before > 0 && next < 4096) {
            lengths[next++] = before + 1;
            if (next === 1 << size && size < 12) size++;
          }
          count += length;
          before = length;
        }
      }
    }
  }
  return count;
}

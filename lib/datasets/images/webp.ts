import { exifOrientation } from './exif-orientation.js';
import { overBlack, requireUsualSize, type RgbImage } from './rgb-image.js';
import { wasmDecoder } from './wasm-decoder.js';

const decode = wasmDecoder(() => import('@jsquash/webp/decode.js'), '@jsquash/webp/codec/dec/webp_dec.wasm');

/** Decodes a WebP; transparent pixels over black. @throws Error where it is damaged, animated or too large */
export async function decodeWebp(bytes: Buffer): Promise<RgbImage> {
  requireUsualSize(...webpSize(bytes));
  if (bytes.toString('latin1', 12, 16) === 'VP8X' && ((bytes[20] ?? 0) & 2) !== 0) {
    throw new Error('it is animated; take one picture out of it');
  }
  const image = await decode(new Uint8Array(bytes).buffer);
  if (!image) throw new Error('its data is damaged');
  return { height: image.height, width: image.width, pixels: overBlack(image.data) };
}

/** Height and width by the header (RFC 9649, 2.5–2.7). */
function webpSize(bytes: Buffer): [height: number, width: number] {
  switch (bytes.toString('latin1', 12, 16)) {
    case 'VP8X':
      return [1 + bytes.readUIntLE(27, 3), 1 + bytes.readUIntLE(24, 3)];
    case 'VP8L': {
      const bits = bytes.readUInt32LE(21);
      return [1 + ((bits >>> 14) & 0x3fff), 1 + (bits & 0x3fff)];
    }
    case 'VP8 ':
      return [bytes.readUInt16LE(28) & 0x3fff, bytes.readUInt16LE(26) & 0x3fff];
    default:
      throw new Error('its first chunk is none of WebP');
  }
}

/** The orientation in the chunk EXIF; 1 where there is none. */
export function webpOrientation(bytes: Buffer): number {
  for (let at = 12; at + 8 <= bytes.length;) {
    const length = bytes.readUInt32LE(at + 4);
    if (bytes.toString('latin1', at, at + 4) === 'EXIF') {
      const exif = bytes.subarray(at + 8, Math.min(at + 8 + length, bytes.length));
      // Some programs write the head of JPEG's segment before it.
      return exifOrientation(exif.toString('latin1', 0, 6) === 'Exif\0\0' ? exif.subarray(6) : exif);
    }
    at += 8 + length + (length & 1);
  }
  return 1;
}

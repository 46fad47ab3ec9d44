import { overBlack, requireUsualSize, type RgbImage } from './rgb-image.js';
import { wasmDecoder } from './wasm-decoder.js';

const decode = wasmDecoder(() => import('@jsquash/avif/decode.js'), '@jsquash/avif/codec/dec/avif_dec.wasm');

/** The boxes of properties lie within the beginning of a file. */
const HEAD = 64 * 1024;

/** Decodes an AVIF; transparent pixels over black. @throws Error where it is damaged or too large */
export async function decodeAvif(bytes: Buffer): Promise<RgbImage> {
  const head = bytes.subarray(0, HEAD);
  // Box ispe: version and flags, width, height (ISO/IEC 23008-12, 6.5.3); tiles and thumbnails have one, too.
  let at = head.indexOf('ispe');
  if (at < 0) throw new Error('it does not say its size');
  for (; at >= 0; at = head.indexOf('ispe', at + 4)) {
    requireUsualSize(bytes.readUInt32BE(at + 12), bytes.readUInt32BE(at + 8));
  }
  const image = await decode(new Uint8Array(bytes).buffer);
  if (!image) throw new Error('its data is damaged');
  return { height: image.height, width: image.width, pixels: overBlack(image.data) };
}

/** The orientation that undoes box irot, quarter turns against the clock (6.5.10 there); 1 where there is none. */
export function avifOrientation(bytes: Buffer): number {
  const at = bytes.subarray(0, HEAD).indexOf('irot');
  return at < 0 || at + 4 >= bytes.length ? 1 : [1, 8, 3, 6][bytes[at + 4]! & 3]!;
}

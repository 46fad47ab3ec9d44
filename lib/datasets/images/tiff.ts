import type { TiffIfd } from 'tiff' with { 'resolution-mode': 'import' };
import { asUpright } from './exif-orientation.js';
import { FIRST_OF_SEVERAL, overBlack, requireUsualSize, type RgbImage } from './rgb-image.js';

/** TIFF 6.0, tag PhotometricInterpretation. */
const WHITE_IS_ZERO = 0;
const PALETTE = 3;

/** Bytes of profiles, notes and thumbnails beside the picture. */
const MOST_OVERHEAD = 4 * 2 ** 20;

/**
 * Decodes the first page of a TIFF: grey, palette or RGB, of 1, 8 or 16 bits, which become 8; raw, LZW or deflated.
 * @throws Error where it is of another kind, damaged or too large
 */
export async function decodeTiff(stored: Buffer): Promise<RgbImage> {
  // The library refuses pictures that were not taken upright; who calls this turns them.
  const bytes = asUpright(stored);
  const tiff = await import('tiff');
  const [header] = tiff.decode(bytes, { pages: [0], ignoreImageData: true });
  if (!header) throw new Error('it has no page');
  requireUsualSize(header.height, header.width);
  // Packed data may unpack to a thousand times its size, and the library sets no limit.
  if (bytes.length > MOST_OVERHEAD + 16 * header.height * header.width * header.components) {
    throw new Error('it has more data than pixels');
  }
  const [page = header] = tiff.decode(bytes, { pages: [0] });
  const { width, height } = page;
  const pixels = rgbOf(page);
  if (pixels.length !== width * height * 3) throw new Error('it has not as many values as pixels');
  return { width, height, pixels, ...(tiff.isMultiPage(bytes) ? { note: FIRST_OF_SEVERAL } : {}) };
}

function rgbOf(page: TiffIfd): Uint8Array {
  const { components, palette, type } = page;
  const values = toBytes(page);
  if (type === PALETTE) {
    if (!palette) throw new Error('its palette is missing');
    const rgb = new Uint8Array(values.length * 3);
    // Entries of a palette have 16 bits.
    values.forEach((value, i) =>
      rgb.set(
        (palette[value] ?? [0, 0, 0]).map((entry) => entry >>> 8),
        3 * i,
      ),
    );
    return rgb;
  }
  if (components === 1) {
    const rgb = new Uint8Array(values.length * 3);
    values.forEach((value, i) => rgb.fill(type === WHITE_IS_ZERO ? 255 - value : value, 3 * i, 3 * i + 3));
    return rgb;
  }
  if (components === 3) return values;
  if (components === 4 && page.alpha) return overBlack(values);
  throw new Error(`it has ${components} values a pixel; give images of other channels as arrays (.npy)`);
}

function toBytes({ data, bitsPerSample, type }: TiffIfd): Uint8Array {
  if (data instanceof Uint8Array) {
    return bitsPerSample === 1 && type !== PALETTE ? data.map((bit) => 255 * bit) : data;
  }
  if (data instanceof Uint16Array && type !== PALETTE) return Uint8Array.from(data, (value) => Math.round(value / 257));
  throw new Error('its values are no whole numbers of 8 or 16 bits; give such images as arrays (.npy)');
}

import type { TiffIfd } from 'tiff' with { 'resolution-mode': 'import' };
import { asUpright } from './exif-orientation.js';
import { FIRST_OF_SEVERAL, OtherValues, overBlack, requireUsualSize, type RgbImage } from './rgb-image.js';

/** TIFF 6.0, tag PhotometricInterpretation. */
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
  requireAllParts(header);
  const [page = header] = tiff.decode(bytes, { pages: [0] });
  const { width, height } = page;
  const pixels = rgbOf(page);
  if (pixels.length !== width * height * 3) throw new Error('it has not as many values as pixels');
  return { width, height, pixels, ...(tiff.isMultiPage(bytes) ? { note: FIRST_OF_SEVERAL } : {}) };
}

/** The library leaves black what no strip or tile holds. */
function requireAllParts(header: TiffIfd): void {
  const { height, width, tiled, tileWidth = 1, tileHeight = 1 } = header;
  // Fields that are missing are errors of the library, which says so in reading.
  const parts = tiled ? header.tileOffsets : header.fields.has(273) ? header.stripOffsets : null;
  const wanted = tiled
    ? Math.ceil(height / tileHeight) * Math.ceil(width / tileWidth)
    : Math.ceil(height / Math.min(header.rowsPerStrip, height));
  if (parts && parts.length < wanted) throw new Error(`it has ${parts.length} of ${wanted} parts of its picture`);
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
  // The library has turned pictures round in which white is 0.
  if (components === 1) {
    const rgb = new Uint8Array(values.length * 3);
    values.forEach((value, i) => rgb.fill(value, 3 * i, 3 * i + 3));
    return rgb;
  }
  if (components === 3) return values;
  if (components === 4 && page.alpha) return overBlack(values);
  if (components === 2 && page.alpha) {
    return overBlack(
      Uint8Array.from({ length: 2 * values.length }, (_, i) => values[2 * (i >> 2) + (i % 4 === 3 ? 1 : 0)]!),
    );
  }
  throw new OtherValues(`it has ${components} values a pixel; give images of other channels as arrays (.npy)`);
}

function toBytes({ data, bitsPerSample, type }: TiffIfd): Uint8Array {
  if (data instanceof Uint8Array) {
    return bitsPerSample === 1 && type !== PALETTE ? data.map((bit) => 255 * bit) : data;
  }
  if (data instanceof Uint16Array && type !== PALETTE) return Uint8Array.from(data, (value) => Math.round(value / 257));
  throw new OtherValues('its values are no whole numbers of 8 or 16 bits; give such images as arrays (.npy)');
}

import { DataError } from '../../errors.js';
import { hex } from '../files/data-file.js';
import { jpegOrientation } from './exif-orientation.js';
import { imageFormat, type ImageFormat } from './image-format.js';
import { decodeJpeg } from './jpeg.js';
import { decodePng } from './png.js';
import type { RgbImage } from './rgb-image.js';
import { turnUpright } from './turn-upright.js';

/** How a format is read. */
interface Decoder {
  /** @throws Error where the bytes are damaged */
  decode(bytes: Buffer): RgbImage;
  /** What the file says on how the camera was held (see exif-orientation); default 1. */
  orientation?(bytes: Buffer): number;
}

const DECODERS: Partial<Record<ImageFormat, Decoder>> = {
  PNG: { decode: decodePng },
  JPEG: { decode: decodeJpeg, orientation: jpegOrientation },
};

/** The formats that can be read here. */
export const READABLE_FORMATS = Object.keys(DECODERS) as readonly ImageFormat[];

/** A picture, upright, and whether it was stored so. */
export interface DecodedImage extends RgbImage {
  /** It was turned or mirrored as its Exif note asks. */
  readonly turned: boolean;
}

/**
 * Decodes a picture as RGB, upright. Its format is told by the first bytes and not by the name.
 * @param file name for messages
 * @throws DataError when the bytes are of no format that can be read here, or damaged
 */
export function decodeImage(file: string, bytes: Buffer): DecodedImage {
  const format = imageFormat(bytes);
  const decoder = format && DECODERS[format];
  if (!decoder) {
    const got = format ? `a ${format} image` : hex(bytes.subarray(0, 4)) || 'nothing';
    throw new DataError(
      `${file}: expected an image of the formats ${READABLE_FORMATS.join(', ')}, got ${got} in a file of ${bytes.length} ` +
        'bytes. Convert or remove the file.',
    );
  }
  try {
    const image = decoder.decode(bytes);
    const orientation = decoder.orientation?.(bytes) ?? 1;
    return orientation === 1 ? { ...image, turned: false } : { ...turnUpright(image, orientation), turned: true };
  } catch (cause) {
    throw new DataError(
      `${file}: expected a complete ${format} image, but its ${bytes.length} bytes cannot be decoded. The ` +
        'file is truncated or damaged; replace or remove it.',
      { cause },
    );
  }
}

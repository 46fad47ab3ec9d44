import { DataError } from '../../errors.js';
import { isInstalled } from '../../run/installation/optional-package.js';
import { hex } from '../files/data-file.js';
import { avifOrientation, decodeAvif } from './avif.js';
import { decodeBmp } from './bmp.js';
import { exifOrientation, jpegOrientation } from './exif-orientation.js';
import { decodeGif } from './gif.js';
import { type ImageFormat, imageFormat } from './image-format.js';
import { decodeJpeg } from './jpeg.js';
import { decodeNpy } from './npy.js';
import { decodePng, pngOrientation } from './png.js';
import { decodePnm } from './pnm.js';
import { OtherValues, type RgbImage } from './rgb-image.js';
import { decodeWithSharp, isForSharp, sharpFormats } from './sharp.js';
import { decodeTiff } from './tiff.js';
import { turnUpright } from './turn-upright.js';
import { decodeWebp, webpOrientation } from './webp.js';

/** How a format is read. */
interface Decoder {
  /** @throws Error where the bytes are damaged, saying how */
  decode(bytes: Buffer): RgbImage | Promise<RgbImage>;
  /** The package that decodes it, where that may be missing. */
  readonly needs?: string;
  /** What the file says on how the camera was held, as Exif numbers it. Default: upright. */
  orientation?(bytes: Buffer): number;
}

const DECODERS: Partial<Record<ImageFormat, Decoder>> = {
  PNG: { decode: decodePng, orientation: pngOrientation },
  JPEG: { decode: decodeJpeg, orientation: jpegOrientation },
  WebP: { decode: decodeWebp, needs: '@jsquash/webp', orientation: webpOrientation },
  GIF: { decode: decodeGif },
  BMP: { decode: decodeBmp },
  TIFF: { decode: decodeTiff, orientation: exifOrientation },
  AVIF: { decode: decodeAvif, needs: '@jsquash/avif', orientation: avifOrientation },
  netpbm: { decode: decodePnm },
  NumPy: { decode: decodeNpy },
};
/** The formats that can be read here. */
export async function readableFormats(): Promise<readonly ImageFormat[]> {
  const own = (Object.keys(DECODERS) as ImageFormat[]).filter((format) => {
    const needs = DECODERS[format]?.needs;
    return needs === undefined || isInstalled(needs);
  });
  return [...new Set([...own, ...(await sharpFormats())])];
}

/** A picture, upright, and what was done to it. */
export interface DecodedImage extends RgbImage {
  /** In the words of a report. */
  readonly changes: readonly string[];
}

/**
 * Decodes a picture as RGB, upright. Its format is told by the first bytes and not by the name.
 * @param file name for messages
 * @throws DataError when the bytes are of no format that can be read here, damaged, or of more than 100 megapixels
 */
export async function decodeImage(file: string, bytes: Buffer): Promise<DecodedImage> {
  const format = imageFormat(bytes);
  if (!format || !(await readableFormats()).includes(format)) {
    throw new DataError(
      `${file}: expected an image of the formats ${(await readableFormats()).join(', ')}, got ` +
        `${format ? `a ${format} image` : whatElse(bytes)} in a file of ${bytes.length} bytes. Convert or remove the file.`,
    );
  }
  try {
    const image = await decodeAs(format, bytes);
    const orientation = DECODERS[format]?.orientation?.(bytes) ?? 1;
    const changes = [
      ...(image.note ? [image.note] : []),
      ...(orientation === 1 ? [] : ['turned upright as their camera noted']),
    ];
    return { ...(orientation === 1 ? image : turnUpright(image, orientation)), changes };
  } catch (cause) {
    throw new DataError(
      `${file}: expected a complete ${format} image, but its ${bytes.length} bytes cannot be decoded: ` +
        `${reasonOf(cause)}. Replace, convert or remove the file.`,
      { cause },
    );
  }
}

/**
 * With our decoder, and where it is none or refuses with sharp if that is installed, which knows more kinds of some formats. Photographs
 * the other way round: sharp is much faster, and what it refuses our decoder says more of.
 */
async function decodeAs(format: ImageFormat, bytes: Buffer): Promise<RgbImage> {
  if (await isForSharp(format, bytes)) {
    const image = await decodeWithSharp(bytes).catch(() => null);
    if (image) return image;
  }
  const decoder = DECODERS[format];
  if (!decoder) return decodeWithSharp(bytes);
  try {
    return await decoder.decode(bytes);
  } catch (refusal) {
    if (refusal instanceof OtherValues || !(await sharpFormats()).includes(format)) throw refusal;
    return decodeWithSharp(bytes);
  }
}

/** What a file under an image's name often is. */
function whatElse(bytes: Buffer): string {
  const head = bytes.toString('utf8', 0, 200).trimStart().toLowerCase();
  if (head.startsWith('version https://git-lfs')) return 'a git-lfs pointer (run git lfs pull)';
  if (head.startsWith('<!doctype html') || head.startsWith('<html')) return 'a web page';
  return hex(bytes.subarray(0, 4)) || 'nothing';
}

/** The decoders' own messages, one line; errors on bytes that are not there mean a file that was cut short. */
function reasonOf(cause: unknown): string {
  const message = cause instanceof Error ? cause.message.replace(/\n.*/s, '') : String(cause);
  if (/marker was not found|unexpected end of file|read requests wait/.test(message)) return 'it is cut short';
  return cause instanceof RangeError || message === '' ? 'it is truncated or damaged' : message.slice(0, 120);
}

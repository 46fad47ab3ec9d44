import type { ImageFormat } from './image-format.js';
import { jpegFrame } from './jpeg-segments.js';
import { OtherValues, overBlack, requireUsualSize, type RgbImage } from './rgb-image.js';

/** What is used of sharp, which reads pictures where somebody has installed it. */
interface Pipeline {
  metadata(): Promise<{ width?: number; height?: number; depth?: string }>;
  toColourspace(space: string): Pipeline;
  ensureAlpha(): Pipeline;
  removeAlpha(): Pipeline;
  raw(): Pipeline;
  toBuffer(options: {
    resolveWithObject: true;
  }): Promise<{ data: Buffer; info: { width: number; height: number; channels: number } }>;
}
interface Sharp {
  (bytes: Buffer, options: { failOn: 'error'; limitInputPixels: number }): Pipeline;
  versions: Readonly<Record<string, string | undefined>>;
  format: Readonly<Record<string, { input?: { buffer?: boolean; fileSuffix?: readonly string[] } } | undefined>>;
}

/** Our names of formats, its names, and the extension that says that it reads them: that depends on how it was built. */
const FORMATS: readonly (readonly [ImageFormat, string, string])[] = [
  ['WebP', 'webp', '.webp'],
  ['TIFF', 'tiff', '.tif'],
  ['HEIC', 'heif', '.heic'],
  ['JPEG XL', 'jxl', '.jxl'],
  ['JPEG 2000', 'jp2', '.jp2'],
];

let installed: Promise<Sharp | null> | undefined;

/** The package, or null where it is not installed or does not run here. */
function loadSharp(): Promise<Sharp | null> {
  // By a name that the compiler does not follow: the package is not one of ours.
  const name = 'sharp';
  installed ??= (import(name) as Promise<{ default: Sharp }>).then(
    (module) => module.default,
    () => null,
  );
  return installed;
}

/** Photographs, which sharp decodes much faster. Other formats have kinds that our own decoders say more of. */
const PHOTOGRAPHS: readonly ImageFormat[] = ['JPEG', 'WebP'];

/**
 * What decodes photographs in place of our own decoders, with its versions, for provenance: its pixels may differ by a level or two. Null
 * where sharp is not installed, or left out by MODULAB_SHARP=0.
 */
export async function photographDecoder(): Promise<string | null> {
  if (process.env.MODULAB_SHARP === '0') return null;
  const sharp = await loadSharp();
  if (!sharp) return null;
  const { sharp: version = 'of unknown version', vips } = sharp.versions;
  return `sharp ${version}${vips === undefined ? '' : `, libvips ${vips}`}`;
}

/** That, as an entry of a set's provenance. */
export async function decoderProvenance(): Promise<Record<string, string>> {
  const decoder = await photographDecoder();
  return decoder === null ? {} : { [`${PHOTOGRAPHS.join(' and ')} pictures decoded by`]: decoder };
}

/** Whether sharp is to decode pictures of a format before our own decoder is asked. */
export const isForSharp = async (format: ImageFormat, bytes: Buffer): Promise<boolean> =>
  PHOTOGRAPHS.includes(format) &&
  !isAnimated(format, bytes) &&
  hasUsualColours(format, bytes) &&
  (await photographDecoder()) !== null;

/** An animated WebP is refused by our own decoder, which says so. */
const isAnimated = (format: ImageFormat, bytes: Buffer): boolean =>
  format === 'WebP' && bytes.toString('latin1', 12, 16) === 'VP8X' && ((bytes[20] ?? 0) & 2) !== 0;

/** Inks are mixed by a printer's profile there, and by themselves here and in Python: one way with it and without. */
function hasUsualColours(format: ImageFormat, bytes: Buffer): boolean {
  if (format !== 'JPEG') return true;
  const frame = jpegFrame(bytes);
  return frame === null || (frame.bits === 8 && frame.components <= 3);
}

/** The formats that sharp reads here, of those that we do not read, or not all of. */
export async function sharpFormats(): Promise<ImageFormat[]> {
  const sharp = await loadSharp();
  const reads = (name: string, extension: string): boolean => {
    const input = sharp?.format[name]?.input;
    return input?.buffer === true && input.fileSuffix?.includes(extension) === true;
  };
  return FORMATS.filter(([, name, extension]) => reads(name, extension)).map(([format]) => format);
}

/** Decodes a picture with sharp; transparent pixels over black. @throws Error where it is damaged or too large */
export async function decodeWithSharp(bytes: Buffer): Promise<RgbImage> {
  const sharp = await loadSharp();
  if (!sharp) throw new Error('the package sharp, which reads its format, is not installed');
  const pipeline = sharp(bytes, { failOn: 'error', limitInputPixels: 1e8 });
  const { width = 0, height = 0, depth = 'uchar' } = await pipeline.metadata();
  if (!['uchar', 'ushort'].includes(depth)) throw new OtherValues(`its values are of type ${depth}`);
  requireUsualSize(height, width);
  const colours = pipeline.toColourspace('srgb');
  const isJpeg = bytes[0] === 0xff && bytes[1] === 0xd8;
  const { data, info } = await (isJpeg ? colours.removeAlpha() : colours.ensureAlpha())
    .raw()
    .toBuffer({ resolveWithObject: true });
  if (isJpeg && info.channels === 3) return { width: info.width, height: info.height, pixels: data };
  if (info.channels !== 4) throw new Error(`it has ${info.channels} values a pixel`);
  return { width: info.width, height: info.height, pixels: overBlack(data) };
}

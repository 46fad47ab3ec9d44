import type { ImageFormat } from './image-format.js';
import { overBlack, requireUsualSize, type RgbImage } from './rgb-image.js';

/** What is used of sharp, which is read with where somebody has installed it. */
interface Pipeline {
  metadata(): Promise<{ width?: number; height?: number }>;
  toColourspace(space: string): Pipeline;
  ensureAlpha(): Pipeline;
  raw(): Pipeline;
  toBuffer(options: { resolveWithObject: true }): Promise<{ data: Buffer; info: { width: number; height: number } }>;
}
interface Sharp {
  (bytes: Buffer, options: { failOn: 'error'; limitInputPixels: number }): Pipeline;
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
  const { width = 0, height = 0 } = await pipeline.metadata();
  requireUsualSize(height, width);
  const { data, info } = await pipeline.toColourspace('srgb').ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, pixels: overBlack(data) };
}

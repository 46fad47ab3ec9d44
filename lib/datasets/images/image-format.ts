/** Formats of pictures that are told apart, whether they can be read here or not. */
export type ImageFormat =
  'PNG' | 'JPEG' | 'WebP' | 'GIF' | 'BMP' | 'TIFF' | 'AVIF' | 'HEIC' | 'JPEG XL' | 'JPEG 2000' | 'netpbm' | 'NumPy';

/** Bytes from the beginning of a file that {@link imageFormat} looks at. */
export const HEAD_BYTES = 32;

const text = (head: Buffer, from: number, to: number): string => head.toString('latin1', from, to);

/** Brands of ISO media files (bytes 8–12) that are still pictures. */
const BRANDS: Readonly<Record<string, ImageFormat>> = {
  avif: 'AVIF',
  avis: 'AVIF',
  heic: 'HEIC',
  heix: 'HEIC',
  heim: 'HEIC',
  heis: 'HEIC',
  hevc: 'HEIC',
  mif1: 'HEIC',
  msf1: 'HEIC',
};

const SIGNATURES: readonly (readonly [ImageFormat, (head: Buffer) => boolean])[] = [
  ['PNG', (head) => text(head, 0, 8) === '\x89PNG\r\n\x1a\n'],
  ['JPEG', (head) => text(head, 0, 3) === '\xff\xd8\xff'],
  ['WebP', (head) => text(head, 0, 4) === 'RIFF' && text(head, 8, 12) === 'WEBP'],
  ['GIF', (head) => /^GIF8[79]a$/.test(text(head, 0, 6))],
  // Two letters alone would take a text for a picture; the four bytes at 6 are reserved.
  ['BMP', (head) => text(head, 0, 2) === 'BM' && text(head, 6, 10) === '\0\0\0\0'],
  ['TIFF', (head) => ['II*\0', 'MM\0*'].includes(text(head, 0, 4))],
  ['netpbm', (head) => /^P[1-6][\s#]+[\d#]/.test(text(head, 0, 8))],
  ['NumPy', (head) => text(head, 0, 6) === '\x93NUMPY'],
  ['JPEG XL', (head) => text(head, 0, 2) === '\xff\x0a' || text(head, 4, 8) === 'JXL '],
  ['JPEG 2000', (head) => text(head, 4, 8) === 'jP  ' || text(head, 0, 4) === '\xff\x4f\xff\x51'],
];

/** The format of a picture by its first bytes, whatever its name says; undefined where it is none of the known ones. */
export function imageFormat(head: Buffer): ImageFormat | undefined {
  const found = SIGNATURES.find(([, fits]) => fits(head))?.[0];
  if (found !== undefined || text(head, 4, 8) !== 'ftyp') return found;
  const brand = text(head, 8, 12);
  return Object.hasOwn(BRANDS, brand) ? BRANDS[brand] : undefined;
}

/** Whether a file's name says that it is a picture. */
export const hasImageName = (name: string): boolean =>
  /\.(png|jpe?g|jfif|jpe|webp|gif|bmp|dib|tiff?|avif|hei[cf]|jxl|jp2|j2k|p[bgpn]m|npy)$/i.test(name);

import { jpegSegments } from './jpeg-segments.js';

/** Tag of the orientation in the first directory of TIFF and Exif. */
const ORIENTATION_TAG = 0x0112;
const SHORT = 3;
/** Some programs write the number in four bytes. */
const LONG = 4;

/**
 * How a camera was held, as Exif notes it (Exif 2.32, 4.6.4 A, tag 0x0112): 1 is upright; 2–8 are mirrored or turned.
 * @param tiff the TIFF structure of Exif, from its byte order on
 * @returns 1 also where the structure is damaged, or notes nothing: then the picture is taken as it is stored
 */
export function exifOrientation(tiff: Buffer): number {
  const value = orientationEntry(tiff)?.value ?? 1;
  return value >= 1 && value <= 8 ? value : 1;
}

/** Where the first directory has the orientation, and its value; null where it has none. */
function orientationEntry(tiff: Buffer): { at: number; value: number } | null {
  const order = tiff.toString('latin1', 0, 2);
  if (tiff.length < 8 || (order !== 'II' && order !== 'MM')) return null;
  const short = (at: number): number => (order === 'II' ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at));
  const directory = order === 'II' ? tiff.readUInt32LE(4) : tiff.readUInt32BE(4);
  if (short(2) !== 42 || directory + 2 > tiff.length) return null;
  const entries = short(directory);
  for (let i = 0; i < entries; i++) {
    const at = directory + 2 + 12 * i;
    if (at + 12 > tiff.length) return null;
    if (short(at) !== ORIENTATION_TAG) continue;
    if (short(at + 2) === SHORT) return { at: at + 8, value: short(at + 8) };
    if (short(at + 2) === LONG) {
      const low = order === 'II' ? at + 8 : at + 10;
      return { at: low, value: short(low) };
    }
  }
  return null;
}

/** The same TIFF as one that was taken upright. */
export function asUpright(tiff: Buffer): Buffer {
  const entry = orientationEntry(tiff);
  if (!entry || entry.value === 1) return tiff;
  const copy = Buffer.from(tiff);
  copy.set(tiff[0] === 0x49 ? [1, 0] : [0, 1], entry.at);
  return copy;
}

/** The orientation that a JPEG notes in its Exif segment; 1 where there is none. */
export function jpegOrientation(bytes: Buffer): number {
  for (const { marker, content } of jpegSegments(bytes)) {
    if (marker === 0xe1 && content.toString('latin1', 0, 6) === 'Exif\0\0') return exifOrientation(content.subarray(6));
  }
  return 1;
}

/** A decoded picture. */
export interface RgbImage {
  readonly height: number;
  readonly width: number;
  /** RGB, row by row: height · width · 3 bytes. */
  readonly pixels: Uint8Array;
  /** What is not as the file has it, in the words of a report. */
  readonly note?: string;
}

/** As many pixels as the JPEG decoder allows, in millions; pictures of cameras have less. */
const MOST_MEGAPIXELS = 100;

/**
 * Decoders make room for what a header claims before they look at the data.
 * @throws Error where the picture has no pixels, or more than any camera's
 */
export function requireUsualSize(height: number, width: number): void {
  if (!(height > 0 && width > 0)) throw new Error(`it has no pixels: ${height}×${width}`);
  if (height * width > MOST_MEGAPIXELS * 1e6) {
    throw new Error(`it is too large: ${height}×${width} pixels, at most ${MOST_MEGAPIXELS} millions are read`);
  }
}

/** RGB of RGBA, transparent pixels over black. */
export function overBlack(rgba: ArrayLike<number>): Uint8Array {
  const count = rgba.length / 4;
  const pixels = new Uint8Array(count * 3);
  for (let i = 0; i < count; i++) {
    const alpha = rgba[4 * i + 3]!;
    for (let c = 0; c < 3; c++) pixels[3 * i + c] = Math.round((rgba[4 * i + c]! * alpha) / 255);
  }
  return pixels;
}

/** What several pictures in a file become. */
export const FIRST_OF_SEVERAL = 'of several pictures in a file the first';

/** A picture that can be read and whose values are none of a picture: no other decoder is to make something of it. */
export class OtherValues extends Error {}

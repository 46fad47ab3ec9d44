/** A decoded picture. */
export interface RgbImage {
  readonly height: number;
  readonly width: number;
  /** RGB, row by row: height · width · 3 bytes. */
  readonly pixels: Uint8Array;
}

/** As many pixels as the JPEG decoder allows, in millions; pictures of cameras have less. */
export const MOST_MEGAPIXELS = 100;

/** RGB of RGBA, transparent pixels over black. */
export function overBlack(rgba: Uint8Array | Uint8ClampedArray): Uint8Array {
  const count = rgba.length / 4;
  const pixels = new Uint8Array(count * 3);
  for (let i = 0; i < count; i++) {
    const alpha = rgba[4 * i + 3];
    for (let c = 0; c < 3; c++) pixels[3 * i + c] = Math.round((rgba[4 * i + c] * alpha) / 255);
  }
  return pixels;
}

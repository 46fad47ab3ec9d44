import { resizeImage } from '../resize.js';

/** How an image of another shape comes to a size. */
export type ImageFit = 'squash' | 'crop' | 'pad';

/**
 * Brings an image of bytes to a size. Cropped or padded, it keeps the relation of height to width: cropped, its shorter side fits and
 * the middle of the longer one is kept; padded, its longer side fits and black is put on both sides of the shorter one.
 * @param shape [height, width, channels] of the image
 * @returns toHeight · toWidth · channels bytes
 * @throws OptionError when the size is no whole number of pixels
 */
export function fitImage(
  pixels: Uint8Array,
  shape: readonly [number, number, number],
  size: readonly [number, number],
  fit: ImageFit,
): Uint8Array {
  const [height, width, channels] = shape;
  const [toHeight, toWidth] = size;
  if (fit === 'squash' || height * toWidth === width * toHeight) return resizeImage(pixels, shape, size);
  if (fit === 'crop') {
    // The part of the image that has the wanted shape, cut out before it is resized.
    const scale = Math.min(height / toHeight, width / toWidth);
    const [h, w] = [atLeastOne(toHeight * scale, height), atLeastOne(toWidth * scale, width)];
    const [top, left] = [Math.floor((height - h) / 2), Math.floor((width - w) / 2)];
    const middle = new Uint8Array(h * w * channels);
    copy(pixels, width * channels, top, left * channels, middle, w * channels, 0, 0, h, w * channels);
    return resizeImage(middle, [h, w, channels], size);
  }
  const scale = Math.max(height / toHeight, width / toWidth);
  const [h, w] = [atLeastOne(height / scale, toHeight), atLeastOne(width / scale, toWidth)];
  const whole = resizeImage(pixels, shape, [h, w]);
  const result = new Uint8Array(toHeight * toWidth * channels);
  const [top, left] = [Math.floor((toHeight - h) / 2), Math.floor((toWidth - w) / 2)];
  copy(whole, w * channels, 0, 0, result, toWidth * channels, top, left * channels, h, w * channels);
  return result;
}

const atLeastOne = (length: number, most: number): number => Math.min(Math.max(Math.round(length), 1), most);

/** Copies `rows` rows of `bytes` bytes between two images whose rows have `fromRow` and `toRow` bytes. */
function copy(
  from: Uint8Array,
  fromRow: number,
  fromTop: number,
  fromLeft: number,
  to: Uint8Array,
  toRow: number,
  toTop: number,
  toLeft: number,
  rows: number,
  bytes: number,
): void {
  for (let y = 0; y < rows; y++) {
    const start = (fromTop + y) * fromRow + fromLeft;
    to.set(from.subarray(start, start + bytes), (toTop + y) * toRow + toLeft);
  }
}

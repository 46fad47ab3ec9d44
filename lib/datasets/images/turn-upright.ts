import type { RgbImage } from './rgb-image.js';

/**
 * The picture as its camera saw it.
 * @param orientation as Exif numbers it: where the first stored row and column are seen; from 5 on rows are seen as columns
 */
export function turnUpright({ height, width, pixels }: RgbImage, orientation: number): RgbImage {
  const turned = orientation >= 5;
  const [toHeight, toWidth] = turned ? [width, height] : [height, width];
  const result = new Uint8Array(pixels.length);
  const fromRight = [2, 3, 7, 8].includes(orientation);
  const fromBelow = [3, 4, 6, 7].includes(orientation);
  for (let y = 0; y < toHeight; y++) {
    for (let x = 0; x < toWidth; x++) {
      const [row, column] = turned ? [x, y] : [y, x];
      const from = ((fromBelow ? height - 1 - row : row) * width + (fromRight ? width - 1 - column : column)) * 3;
      const to = (y * toWidth + x) * 3;
      result[to] = pixels[from]!;
      result[to + 1] = pixels[from + 1]!;
      result[to + 2] = pixels[from + 2]!;
    }
  }
  return { height: toHeight, width: toWidth, pixels: result };
}

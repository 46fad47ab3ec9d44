import { PNG } from 'pngjs';
import type { ImageSet } from '../../../lib/datasets/dataset.js';

/** One image of a set in colours, as the file that a camera would have made of it. */
export function asPng({ pixels, imageShape: [height, width, channels] }: ImageSet, image: number): Buffer {
  const png = new PNG({ width, height });
  for (let i = 0; i < height * width; i++) {
    const at = (image * height * width + i) * channels;
    for (let c = 0; c < 3; c++) png.data[4 * i + c] = pixels[at + Math.min(c, channels - 1)] ?? 0;
    png.data[4 * i + 3] = 255;
  }
  return PNG.sync.write(png);
}

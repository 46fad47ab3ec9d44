import { parseNpy } from '../../run/npy.js';
import { arrayPixels } from '../arrays/array-pixels.js';
import { overBlack, requireUsualSize, type RgbImage } from './rgb-image.js';

/** One picture as numpy's array: [height, width], or with 1, 3 or 4 channels first or last. @throws Error where it is none */
export function decodeNpy(bytes: Buffer): RgbImage {
  const array = parseNpy(bytes);
  const { pixels, imageShape, change } = arrayPixels({ ...array, shape: [1, ...array.shape] }, {}, 'the array');
  const [height, width, channels] = imageShape;
  requireUsualSize(height, width);
  const note = change === null ? {} : { note: change };
  if (channels === 3) return { height, width, pixels, ...note };
  if (channels === 4) return { height, width, pixels: overBlack(pixels), ...note };
  if (channels === 1) return { height, width, pixels: Uint8Array.from({ length: pixels.length * 3 }, (_, i) => pixels[Math.floor(i / 3)]!), ...note }; // prettier-ignore
  throw new Error(`it has ${channels} channels; pictures have 1, 3 or 4, and imageArrays() reads others`);
}

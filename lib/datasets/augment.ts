import { OptionError } from '../errors.js';
import { type MT19937 } from '../run/mt19937.js';

/** Random changes of training images. */
export interface Augmentation {
  /** Mirrors an image left to right with probability ½. */
  readonly flip?: boolean;
  /** Pads by this many black pixels on every side and cuts the old size out at a random place. */
  readonly crop?: number;
}

/**
 * Changes a batch of images at random: crop, then flip, drawn image by image from `rng`. Padding is black before
 * normalisation, as torchvision's RandomCrop pads (spec cnnsplitter §5.2: flip and crop with padding 4).
 * @param pixels NHWC bytes of whole images; not changed
 * @returns as many bytes
 * @throws OptionError when the crop is no whole number from 0 on
 */
export function augmentPixels(
  pixels: Uint8Array,
  [height, width, channels]: readonly [number, number, number],
  { flip = false, crop = 0 }: Augmentation,
  rng: MT19937,
): Uint8Array {
  if (!Number.isInteger(crop) || crop < 0) {
    throw new OptionError(`augment.crop: expected a whole number of pixels from 0 on, got ${crop}.`);
  }
  const line = width * channels;
  const size = height * line;
  const result = new Uint8Array(pixels.length);
  for (let start = 0; start < pixels.length; start += size) {
    const dy = crop === 0 ? 0 : rng.nextInterval(2 * crop) - crop;
    const dx = crop === 0 ? 0 : rng.nextInterval(2 * crop) - crop;
    const mirror = flip && rng.nextUint32() >>> 31 === 1;
    // Columns x of the result come from columns x + dx of the image; those outside it stay black.
    const x0 = Math.max(0, -dx);
    const x1 = Math.min(width, width - dx);
    for (let y = Math.max(0, -dy); y < Math.min(height, height - dy); y++) {
      const from = start + (y + dy) * line + dx * channels;
      const to = start + y * line;
      if (!mirror) {
        result.set(pixels.subarray(from + x0 * channels, from + x1 * channels), to + x0 * channels);
        continue;
      }
      for (let x = x0; x < x1; x++) {
        const source = from + x * channels;
        const target = to + (width - 1 - x) * channels;
        for (let c = 0; c < channels; c++) result[target + c] = pixels[source + c]!;
      }
    }
  }
  return result;
}

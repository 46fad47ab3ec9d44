import { OptionError } from '../errors.js';
import { checkPixels, imageBytes } from './check-image-set.js';
import { type ImageSet } from './dataset.js';

/** Weights that make one output line of `to` pixels from an input line of `from` pixels. */
interface LineWeights {
  /** First input pixel of every output pixel. */
  readonly start: Int32Array;
  /** Weights of the input pixels from `start` on, `taps` for every output pixel. */
  readonly weights: Float64Array;
  readonly taps: number;
}

/** Triangle filter with pixel centres at half coordinates, widened when shrinking so that no input pixel is skipped. */
function lineWeights(from: number, to: number): LineWeights {
  const scale = from / to;
  const support = Math.max(scale, 1);
  const taps = Math.min(from, Math.ceil(support) * 2 + 1);
  const start = new Int32Array(to);
  const weights = new Float64Array(to * taps);
  for (let i = 0; i < to; i++) {
    const centre = (i + 0.5) * scale;
    start[i] = Math.min(Math.max(Math.floor(centre - support), 0), from - taps);
    let sum = 0;
    for (let t = 0; t < taps; t++) {
      const distance = Math.abs(start[i]! + t + 0.5 - centre) / support;
      const weight = Math.max(0, 1 - distance);
      weights[i * taps + t] = weight;
      sum += weight;
    }
    for (let t = 0; t < taps; t++) weights[i * taps + t]! /= sum;
  }
  return { start, weights, taps };
}

/**
 * Resizes one image of bytes (height, width, channels) bilinearly, with antialiasing when it shrinks.
 * @returns toHeight · toWidth · channels bytes
 * @throws OptionError when the new height or width is no whole number from 1 on
 */
export function resizeImage(
  pixels: Uint8Array,
  [height, width, channels]: readonly [number, number, number],
  [toHeight, toWidth]: readonly [number, number],
): Uint8Array {
  checkSize([toHeight, toWidth]);
  if (height === toHeight && width === toWidth) return pixels.slice();
  const across = lineWeights(width, toWidth);
  const narrow = new Float64Array(height * toWidth * channels);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < toWidth; x++) {
      for (let c = 0; c < channels; c++) {
        let value = 0;
        for (let t = 0; t < across.taps; t++) {
          value += across.weights[x * across.taps + t]! * pixels[(y * width + across.start[x]! + t) * channels + c]!;
        }
        narrow[(y * toWidth + x) * channels + c] = value;
      }
    }
  }
  const down = lineWeights(height, toHeight);
  const line = toWidth * channels;
  const result = new Uint8Array(toHeight * line);
  for (let y = 0; y < toHeight; y++) {
    for (let i = 0; i < line; i++) {
      let value = 0;
      for (let t = 0; t < down.taps; t++)
        value += down.weights[y * down.taps + t]! * narrow[(down.start[y]! + t) * line + i]!;
      result[y * line + i] = Math.floor(value + 0.5);
    }
  }
  return result;
}

function checkSize(size: readonly [number, number]): void {
  if (!size.every((pixels) => Number.isInteger(pixels) && pixels >= 1)) {
    throw new OptionError(`size: expected a height and width in whole pixels from 1 on, got ${size.join('×')}.`);
  }
}

/** All images of the set at another size (see {@link resizeImage}). */
export function resizeSet(set: ImageSet, size: readonly [number, number]): ImageSet {
  checkSize(size);
  checkPixels(set);
  const from = imageBytes(set);
  const imageShape = [size[0], size[1], set.imageShape[2]] as const;
  const to = imageShape[0] * imageShape[1] * imageShape[2];
  const pixels = new Uint8Array(set.labels.length * to);
  for (let i = 0; i < set.labels.length; i++) {
    pixels.set(resizeImage(set.pixels.subarray(i * from, (i + 1) * from), set.imageShape, size), i * to);
  }
  return { ...set, pixels, imageShape };
}

/** A one-channel set as three equal channels; a set that has three stays as it is. */
export function toRgb(set: ImageSet): ImageSet {
  checkPixels(set);
  if (set.imageShape[2] === 3) return set;
  const pixels = new Uint8Array(set.pixels.length * 3);
  for (let i = 0; i < set.pixels.length; i++) pixels.fill(set.pixels[i]!, 3 * i, 3 * i + 3);
  const triple = ([value = 0]: readonly number[]) => [value, value, value];
  return {
    ...set,
    pixels,
    imageShape: [set.imageShape[0], set.imageShape[1], 3],
    normalisation: { mean: triple(set.normalisation.mean), std: triple(set.normalisation.std) },
  };
}

import { IMAGENET_NORMALISATION, type Normalisation } from '../dataset.js';

/** Shares of red, green and blue in the luminance (ITU-R BT.601), as Pillow and torchvision take them. */
export const LUMA: readonly [number, number, number] = [0.299, 0.587, 0.114];

/** The luminance of every pixel, in Pillow's integer arithmetic. @param rgb interleaved bytes */
export function greyOf(rgb: Uint8Array): Uint8Array {
  const grey = new Uint8Array(rgb.length / 3);
  for (let i = 0; i < grey.length; i++) {
    grey[i] = (rgb[3 * i]! * 19595 + rgb[3 * i + 1]! * 38470 + rgb[3 * i + 2]! * 7471 + 0x8000) >>> 16;
  }
  return grey;
}

/** Mean and deviation of red, green and blue, weighted as the luminance weighs them. */
export function greyNormalisation({ mean, std }: Normalisation): Normalisation {
  const weighted = (values: readonly number[]): number => values.reduce((sum, value, c) => sum + LUMA[c]! * value, 0);
  return { mean: [weighted(mean)], std: [weighted(std)] };
}

/** What images are normalised with where nothing else is known: ImageNet's mean and deviation, or those of its luminance. */
export const usualNormalisation = (channels: 1 | 3): Normalisation =>
  channels === 1 ? greyNormalisation(IMAGENET_NORMALISATION) : IMAGENET_NORMALISATION;

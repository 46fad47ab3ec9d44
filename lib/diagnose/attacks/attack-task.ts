import type { WhiteBox } from './white-box.js';

/** Some images to be attacked together. */
export interface AttackTask {
  readonly whiteBox: WhiteBox;
  /** Clean pixel values 0–1, image after image. */
  readonly clean: Float32Array;
  /** Numbers per image: height · width · channels. */
  readonly size: number;
  /** True class per image. */
  readonly labels: Int32Array;
  /** Class that they shall be taken for; null: any other than their own. */
  readonly target: number | null;
  /** Largest change per channel in pixel values 0–1 (L∞), or the longest one (L2, one entry repeated). */
  readonly limits: readonly number[];
  readonly seed: number;
  /** Positions in the set, which random choices hang on. */
  readonly positions: Int32Array;
  /** To be called often with the share of the work that is done, 0–1: reports it, lets others work, and may throw an InterruptedError. */
  readonly pause: (share: number) => Promise<void>;
}

export const imageOf = (pixels: Float32Array, image: number, size: number): Float32Array =>
  pixels.subarray(image * size, (image + 1) * size);

/** The chosen images of `pixels`, one after the other. */
export function gatherImages(pixels: Float32Array, images: readonly number[], size: number): Float32Array {
  if (images.length * size === pixels.length) return pixels;
  const result = new Float32Array(images.length * size);
  images.forEach((image, i) => result.set(imageOf(pixels, image, size), i * size));
  return result;
}

/** Class of the highest logit of a row; of equals the first. */
export function predictedClass(logits: Float32Array, row: number, classes: number): number {
  let best = 0;
  for (let c = 1; c < classes; c++) if (logits[row * classes + c] > logits[row * classes + best]) best = c;
  return best;
}

/**
 * By how much the attack has succeeded: the target's logit above the highest other one, or, without a target, the highest
 * other one above the label's. Negative while it has not.
 * @returns also the class whose logit is the highest other one
 */
export function attackMargin(
  logits: Float32Array,
  row: number,
  classes: number,
  label: number,
  target: number | null,
): { margin: number; rival: number } {
  const own = target ?? label;
  let rival = own === 0 ? 1 : 0;
  for (let c = 0; c < classes; c++) {
    if (c !== own && logits[row * classes + c] > logits[row * classes + rival]) rival = c;
  }
  const difference = logits[row * classes + rival] - logits[row * classes + own];
  return { margin: target === null ? difference : -difference, rival };
}

/** Whether a prediction is what the attack wants. */
export const succeeds = (predicted: number, label: number, target: number | null): boolean =>
  target === null ? predicted !== label : predicted === target;

import type { ImageSet } from '../../datasets/dataset.js';
import type { SettingsOf } from './options.js';

/** The part of an attack's settings that says how far it may go. */
export type BudgetSettings = Pick<SettingsOf<'fgsm'>, 'budget' | 'norm' | 'units'>;

/** Largest change of a value of each channel, in pixel values 0–1. */
export function channelBudgets({ budget, units }: BudgetSettings, { imageShape, normalisation }: ImageSet): number[] {
  return Array.from({ length: imageShape[2] }, (_, c) =>
    units === 'normalised' ? budget * normalisation.std[c] : budget,
  );
}

/** The pixel values 0–1 of bytes, as float32. */
export const pixelValues = (bytes: Uint8Array): Float32Array => Float32Array.from(bytes, (byte) => byte / 255);

/**
 * Brings one image back to at most `limits[channel]` from the clean one in every value, and into 0–1; holds exactly for
 * the float32 values that it leaves.
 */
export function projectLinf(image: Float32Array, clean: Float32Array, limits: readonly number[]): void {
  for (let i = 0; i < image.length; i++) {
    const limit = limits[i % limits.length];
    const low = Math.max(0, clean[i] - limit);
    const high = Math.min(1, clean[i] + limit);
    image[i] = Math.min(high, Math.max(low, image[i]));
    // float32 may have rounded across the limit; one unit in the last place of a number below 1 is at most 2^-24.
    if (Math.abs(image[i] - clean[i]) > limit) image[i] -= Math.sign(image[i] - clean[i]) * 2 ** -24;
  }
}

/** Brings one image back to at most the L2 distance `limit` from the clean one, and into 0–1. */
export function projectL2(image: Float32Array, clean: Float32Array, limit: number): void {
  clipToRange(image);
  // float32 may round the shortened way across the limit again: a little more is taken off then.
  for (let slack = 0; ; slack = slack === 0 ? 1e-7 : 2 * slack) {
    const length = l2Distance(image, clean);
    if (length <= limit) return;
    const scale = (limit / length) * (1 - Math.min(1, slack));
    for (let i = 0; i < image.length; i++) image[i] = clean[i] + scale * (image[i] - clean[i]);
  }
}

export function clipToRange(image: Float32Array): void {
  for (let i = 0; i < image.length; i++) image[i] = Math.min(1, Math.max(0, image[i]));
}

export function l2Distance(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return Math.sqrt(sum);
}

export function linfDistance(a: Float32Array, b: Float32Array): number {
  let largest = 0;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i] - b[i]));
  return largest;
}

/**
 * The nearest bytes to an image's pixel values that still keep the budget. Of a change below half a grey level nothing is left.
 * @param clean the image's bytes before the attack
 * @param budget null: there is none to keep
 */
export function toBytes(
  image: Float32Array,
  clean: Uint8Array,
  budget: { readonly norm: 'linf' | 'l2'; readonly limits: readonly number[] } | null,
): Uint8Array {
  const changes = Float64Array.from(image, (value, i) => 255 * value - clean[i]);
  let whole = changes.map(Math.round);
  if (budget?.norm === 'linf') {
    const most = budget.limits.map((limit) => Math.floor(255 * limit + 1e-6));
    whole = whole.map((change, i) => Math.min(most[i % most.length], Math.max(-most[i % most.length], change)));
  } else if (budget) {
    // Rounding may have made it longer: a little less of it is rounded then.
    for (let scale = 1; squaredLength(whole) > (255 * budget.limits[0]) ** 2; scale = Math.max(0, scale - 0.02)) {
      whole = changes.map((change) => Math.round(scale * change));
    }
  }
  return Uint8Array.from(whole, (change, i) => clean[i] + change);
}

const squaredLength = (vector: Float64Array): number => vector.reduce((sum, value) => sum + value * value, 0);

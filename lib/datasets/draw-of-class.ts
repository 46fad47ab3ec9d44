import { DataError } from '../errors.js';
import { seedStream } from '../run/mt19937.js';

/**
 * Draws a share of a class's images to test on: at least one, and never all of them.
 * @param count images of the class
 * @param share above 0 and below 1
 * @param where what is drawn from, for messages
 * @param purpose of the drawing, with the class; see `seedStream`
 * @returns positions 0 … count − 1
 * @throws DataError when there is a single image
 */
export function drawOfClass(
  count: number,
  { share, seed, purpose, where }: { share: number; seed: number; purpose: string; where: string },
): ReadonlySet<number> {
  if (count < 2) {
    throw new DataError(`${where}: expected at least 2 images, one to train and one to test on, got ${count}.`);
  }
  const drawn = Math.min(Math.max(Math.round(count * share), 1), count - 1);
  return new Set(seedStream(seed, purpose).permutation(count).subarray(0, drawn));
}

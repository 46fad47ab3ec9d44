import type { MT19937 } from '../../run/mt19937.js';

/** Adds noise that is uniform within ±limit of every channel. */
export function addUniform(image: Float32Array, limits: readonly number[], random: MT19937): void {
  for (let i = 0; i < image.length; i++) image[i] += limits[i % limits.length] * (2 * random.nextDouble() - 1);
}

/** Moves every value by its channel's limit, up or down. */
export function addSigns(image: Float32Array, limits: readonly number[], random: MT19937): void {
  for (let i = 0; i < image.length; i++) image[i] += limits[i % limits.length] * (random.nextDouble() < 0.5 ? -1 : 1);
}

/** Moves an image by `length` (L2) in a direction drawn from all alike. */
export function addDirection(image: Float32Array, length: number, random: MT19937): void {
  const direction = Float64Array.from(image, () => random.nextNormal());
  const scale = length / Math.sqrt(direction.reduce((sum, value) => sum + value * value, 0));
  for (let i = 0; i < image.length; i++) image[i] += scale * direction[i];
}

import type { Normalisation } from '../datasets/dataset.js';

/**
 * For models that take raw bytes 0–255: undoes the division by 255.
 * @example
 * const bytes = { ...test, normalisation: rawByteInputs() }; // for a network that takes 0 to 255
 * await evaluate(strong, bytes);
 */
export const rawByteInputs = (channels = 3): Normalisation => ({
  mean: new Array<number>(channels).fill(0),
  std: new Array<number>(channels).fill(1 / 255),
});

/**
 * For models that take values in 0–1: bytes divided by 255 and nothing else.
 * @example
 * const units = { ...test, normalisation: unitInputs() }; // for a network that takes 0 to 1
 * await evaluate(strong, units);
 */
export const unitInputs = (channels = 3): Normalisation => ({
  mean: new Array<number>(channels).fill(0),
  std: new Array<number>(channels).fill(1),
});

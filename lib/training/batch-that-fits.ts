import * as tf from '../tf.js';

/** Of the 4 GB that the wasm backend can have, what a step of training may take. */
const WASM_BYTES = 2.5e9;
/** Every map is held with its gradient and, around normalisations, with one or two steps between. */
const COPIES = 4;

/**
 * How many images go through a network at once where gradients are taken: as many as wanted, and no more than the backend has
 * memory for. Only the wasm backend has a bound of its own, 4 GB.
 * @param model with images of a known size
 */
export function batchThatFits(model: tf.LayersModel, wanted: number): number {
  if (tf.getBackend() !== 'wasm') return wanted;
  const numbers = model.layers
    .flatMap(({ output }) => output)
    .reduce((total, { shape }) => total + shape.reduce<number>((product, n) => product * (n ?? 1), 1), 0);
  return Math.max(1, Math.min(wanted, Math.floor(WASM_BYTES / (4 * COPIES * numbers))));
}

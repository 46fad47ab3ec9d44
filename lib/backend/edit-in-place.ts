import * as tf from '../tf.js';
import { OneDnnBackend } from './onednn/backend.js';
import { Heap } from './wasm/heap.js';

/**
 * Lets `edit` read and change a float32 tensor's values: in the backend's own memory where it is within reach (onednn, wasm), else in
 * a copy. The tensor must be fresh: no other tensor may share its memory.
 * @param edit gets all values, row-major, not to be kept; it must not call tfjs. It says whether it changed any.
 * @returns a tensor of the changed values where they went into a copy; the caller disposes it. Otherwise nothing.
 */
export function editInPlace(tensor: tf.Tensor, edit: (values: Float32Array) => boolean): tf.Tensor | undefined {
  const backend = tf.backend();
  if (backend instanceof OneDnnBackend) {
    edit(backend.floats(tensor));
    return undefined;
  }
  if (tf.getBackend() === 'wasm') {
    edit(Heap.of(backend).view(tensor) as Float32Array);
    return undefined;
  }
  const copy = tensor.dataSync<'float32'>().slice();
  return edit(copy) ? tf.tensor(copy, tensor.shape) : undefined;
}

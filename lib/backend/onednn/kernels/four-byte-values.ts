import * as tf from '../../../tf.js';
import type { FourByteArray } from '../addon-functions/layout.js';
import type { OneDnnBackend } from '../backend.js';

/** The elements of a non-empty float32 or int32 tensor, not to be kept; null for any other tensor. */
export function fourByteValues(backend: OneDnnBackend, tensor: tf.TensorInfo): FourByteArray | null {
  if (tensor.shape.includes(0)) return null;
  if (tensor.dtype === 'float32') return backend.floats(tensor);
  if (tensor.dtype !== 'int32') return null;
  const { values } = backend.data.get(tensor.dataId);
  return values instanceof Int32Array ? values : null;
}

/** A new tensor of the same type of elements as `like`, of undefined content, with its elements. */
export function newFourByteTensor(
  backend: OneDnnBackend,
  shape: number[],
  like: FourByteArray,
): { out: tf.TensorInfo; values: FourByteArray } {
  if (like instanceof Float32Array) {
    const out = backend.output(shape);
    return { out, values: backend.floats(out) };
  }
  const values = new Int32Array(tf.util.sizeFromShape(shape));
  return { out: backend.makeTensorInfo(shape, 'int32', values), values };
}

import * as tf from '../../../tf.js';
import type { FourByteArray } from '../addon-functions/layout.js';
import type { Kernel } from '../kernel.js';
import { fourByteValues, newFourByteTensor } from './four-byte-values.js';

export const concat: Kernel<{ axis: number }> = (backend, inputs, { axis }) => {
  const given = inputs as unknown as tf.TensorInfo[];
  const [joined] = tf.util.parseAxisParam(axis, given[0].shape);
  const shapes = given.map((t) => t.shape);
  tf.backend_util.assertParamsConsistent(shapes, joined);
  const tensors = given.filter((t) => !t.shape.includes(0));
  if (tensors.length < 2 || tensors.some((t) => t.dtype !== given[0].dtype)) return null;
  const parts: FourByteArray[] = [];
  for (const tensor of tensors) {
    const values = fourByteValues(backend, tensor);
    if (values === null) return null;
    parts.push(values);
  }
  const { out, values } = newFourByteTensor(backend, tf.backend_util.computeOutShape(shapes, joined), parts[0]);
  const rows = tf.util.sizeFromShape(tensors[0].shape.slice(0, joined));
  let start = 0;
  for (const part of parts) {
    const length = part.length / rows;
    backend.addon.copyStrided(Int32Array.of(rows, length, values.length / rows, length, 1, 1), part, 0, values, start);
    start += length;
  }
  return out;
};

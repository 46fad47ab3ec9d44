import * as tf from '../../tf.js';

/** Whether the active backend has a kernel that tfjs does not know of. */
export const hasOwnKernel = (name: string): boolean => tf.getKernel(name, tf.getBackend()) !== undefined;

/** Whether tensors are float32 of one shape, with elements: what the kernels that work element by element take. */
export const areAlike = (first: tf.Tensor, ...others: tf.Tensor[]): boolean =>
  first.size > 0 && [first, ...others].every((t) => t.dtype === 'float32' && tf.util.arraysEqual(t.shape, first.shape));

/** Runs a kernel that gives several tensors. */
export const runOwnKernel = (name: string, inputs: tf.NamedTensorMap, attributes: object): tf.Tensor[] =>
  tf.engine().runKernel(name, inputs, attributes as tf.NamedAttrMap);

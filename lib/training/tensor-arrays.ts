import type { CheckpointArray } from '../run/checkpoint/checkpoint-layout.js';
import * as tf from '../tf.js';

/** Float32 tensors as a checkpoint takes them. The values are the backend's where it hands them out: write them at once. */
export async function arraysOf(tensors: readonly tf.Tensor[]): Promise<CheckpointArray[]> {
  const values = await Promise.all(tensors.map((tensor) => tensor.data<'float32'>()));
  return tensors.map(({ shape }, i) => ({ shape, values: values[i] }));
}

/** What {@link arraysOf} took, as tensors. They are kept and the caller's. */
export function tensorsOf(arrays: readonly CheckpointArray[] = []): tf.Tensor[] {
  return arrays.map(({ values, shape }) => tf.keep(tf.tensor(values as Float32Array, [...shape])));
}

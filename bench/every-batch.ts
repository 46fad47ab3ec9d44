import type * as tf from '../lib/tf.js';

/** Seconds for all batches. */
export async function everyBatch(
  images: readonly tf.Tensor4D[],
  run: (x: tf.Tensor4D) => Promise<void>,
): Promise<number> {
  const start = performance.now();
  for (const x of images) await run(x);
  return (performance.now() - start) / 1000;
}

/** Waits for scores, and disposes them. */
export async function read(scores: tf.Tensor): Promise<void> {
  await scores.data();
  scores.dispose();
}

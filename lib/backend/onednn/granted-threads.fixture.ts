// A program: node granted-threads.fixture.js THREADS [worker]
// Prints the number of threads in use and some sums, computed in the main thread or in a worker.
import { isMainThread, Worker } from 'node:worker_threads';
import * as tf from '../../tf.js';
import { registerOneDnn } from './register.js';

/** What the program prints, as JSON. */
export interface ThreadsAndSums {
  threads: number;
  sums: number[];
}

/** Sums that lose a share when a thread is missing: of a convolution and a product, and of the gradients of both. */
function sums(): number[] {
  const x = tf.randomNormal<tf.Rank.R4>([8, 16, 16, 16], 0, 1, 'float32', 1);
  const filter = tf.randomNormal<tf.Rank.R4>([3, 3, 16, 32], 0, 1, 'float32', 2);
  const weights = tf.randomNormal<tf.Rank.R2>([8192, 64], 0, 0.01, 'float32', 3);
  const loss = (f: tf.Tensor, w: tf.Tensor): tf.Scalar => {
    const features = tf.relu(tf.conv2d(x, f as tf.Tensor4D, 1, 'same')).reshape<tf.Tensor2D>([8, 8192]);
    return tf
      .matMul(features, w as tf.Tensor2D)
      .abs()
      .mean();
  };
  const { value, grads } = tf.valueAndGrads(loss)([filter, weights]);
  return [value, ...grads].map((t) => t.abs().sum().dataSync()[0]);
}

async function printSums(wanted: number): Promise<void> {
  const { threads } = registerOneDnn(wanted);
  await tf.setBackend('onednn');
  const answer: ThreadsAndSums = { threads, sums: sums() };
  console.log(JSON.stringify(answer));
}

const [wanted, where] = process.argv.slice(2);
if (where === 'worker' && isMainThread) new Worker(__filename, { argv: [wanted] });
else if (wanted !== undefined) void printSums(Number(wanted));

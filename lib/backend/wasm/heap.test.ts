import '@tensorflow/tfjs-backend-wasm';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ModulabError } from '../../errors.js';
import * as tf from '../../tf.js';
import { Heap } from './heap.js';

test('more numbers than memory: an error that says what to do, and what is there stays as it is', async () => {
  await tf.setBackend('wasm');
  const heap = Heap.of(tf.backend());
  const kept = tf.tensor1d([1, 2, 3]);
  const takeAll = (): void => heap.withScratch(2 ** 27, takeAll);
  assert.throws(
    takeAll,
    (error: Error) =>
      error instanceof ModulabError && /no memory left for 536870912 more bytes.*batchSize/s.test(error.message),
  );
  assert.deepEqual([...tf.tidy(() => tf.add(kept, tf.ones([3]))).dataSync()], [2, 3, 4]);
  tf.dispose(kept);
});

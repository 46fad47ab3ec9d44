import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InterruptedError } from '../errors.js';
import type { ProgressEvent } from '../run/progress.js';
import { stopAfter } from '../run/stop-after.fixture.js';
import * as tf from '../tf.js';
import { IMAGES_PER_PASS } from './images-at-once.js';
import { passOver } from './pass-over.js';
import { synthetic } from './synthetic.js';

const { test: images } = synthetic({ trainPerClass: 1, testPerClass: 2, size: 16 });

test('all images come once, in the order asked for, and progress counts them', async () => {
  const seen: number[] = [];
  const events: ProgressEvent[] = [];
  const order = [3, 1, 19, 4, 5];
  const tensors = tf.memory().numTensors;
  await passOver(
    images,
    { task: 'look', batchSize: 2, order, onProgress: (event) => events.push(event) },
    (batch, done) => {
      assert.equal(done, seen.length);
      assert.deepEqual(batch.x.shape, [batch.indices.length, 16, 16, 3]);
      seen.push(...batch.indices);
    },
  );
  assert.deepEqual(seen, order);
  const { task, done, total, unit } = events[events.length - 1];
  assert.deepEqual([task, done, total, unit], ['look', 5, 5, 'images']);
  assert.equal(tf.memory().numTensors, tensors);
});

test('a pass is stopped between batches by its signal, or by the call that it is part of, and leaks nothing', async () => {
  const tensors = tf.memory().numTensors;
  const stopped = passOver(
    images,
    { task: 'look', batchSize: 8, signal: stopAfter(2), companion: images },
    () => undefined,
  );
  await assert.rejects(
    stopped,
    (e) => e instanceof InterruptedError && e.message === 'look: stopped after 16 of 20 images.',
  );
  const check = (done: number) => {
    if (done === 8) throw new RangeError('as the outer call says');
  };
  await assert.rejects(
    passOver(images, { task: 'look', batchSize: 8, check }, () => undefined),
    /as the outer call says/,
  );
  const failing = passOver(images, { task: 'look' }, () => Promise.reject(new Error('in the work')));
  await assert.rejects(failing, /in the work/);
  assert.equal(tf.memory().numTensors, tensors);
});

test('the work may end a pass early, and lets others work in between', async () => {
  let turns = 0;
  const count = setInterval(() => turns++, 0);
  let batches = 0;
  await passOver(images, { task: 'look', batchSize: 1 }, async () => {
    await new Promise((resolve) => setTimeout(resolve, 2));
    return ++batches === 5 ? false : undefined;
  });
  clearInterval(count);
  assert.equal(batches, 5);
  assert.ok(turns > 0);
  assert.ok(IMAGES_PER_PASS > 20, 'by default these few images go at once');
  await passOver(images, { task: 'look' }, ({ labels }) => assert.equal(labels.length, 20));
});

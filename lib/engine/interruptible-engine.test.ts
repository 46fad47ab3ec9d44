import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { openBackend } from '../backend/open-backend.js';
import { synthetic } from '../datasets/synthetic.js';
import { toTensor } from '../datasets/tensors.js';
import { InterruptedError } from '../errors.js';
import { simCnn } from '../models/architectures/sim-cnn.js';
import * as tf from '../tf.js';
import { createOptimizer } from '../training/optimizers.js';
import { trainStep } from '../training/train-step.js';
import { interruption, watchFlag } from './interruption.js';

const flag = new Int32Array(new SharedArrayBuffer(8));
/** As the thread that hears of interrupts does. */
const interrupt = () => Atomics.add(flag, 0, 1);

before(async () => {
  await openBackend({ quiet: true });
  watchFlag(flag);
});

type RunKernel = (...given: unknown[]) => unknown;
const engine = tf.engine() as unknown as { runKernelFunc: RunKernel; state: { kernelDepth: number } };

/** Runs with an interrupt before operation number `at`, from 0, parts of others not counted. Gives how many were begun. */
function interruptedAt(at: number, run: () => void): number {
  const { runKernelFunc } = engine;
  let begun = 0;
  engine.runKernelFunc = (...given) => {
    if (engine.state.kernelDepth === 0 && begun++ === at) interrupt();
    return runKernelFunc(...given);
  };
  try {
    run();
  } finally {
    engine.runKernelFunc = runKernelFunc;
  }
  return begun;
}

// The native backend computes the gradients of 10 images in one call, and those of fewer than 8 operation by operation.
for (const images of [10, 7]) {
  test(`an interrupt stops a training step on ${images} images between any two operations, and leaves no tensor`, () => {
    stopsAnywhere(images);
  });
}

function stopsAnywhere(images: number): void {
  const model = simCnn({ width: 1 / 16 });
  const { train } = synthetic({ trainPerClass: 1, testPerClass: 1 });
  const optimizer = createOptimizer({ kind: 'sgd' });
  const x = tf.tidy(() => toTensor(train).slice([0, 0, 0, 0], [images, -1, -1, -1]));
  const step = () => void trainStep(model, x, train.labels.subarray(0, images), optimizer, 0.01);
  const operations = interruptedAt(-1, step);
  assert.ok(operations > (images < 8 ? 50 : 30), `${operations} operations`);
  const before = tf.memory();
  for (let at = 0; at < operations; at += 4) {
    assert.throws(() => interruptedAt(at, step), InterruptedError);
    const { numTensors, numDataBuffers } = tf.memory();
    assert.deepEqual([numTensors, numDataBuffers], [before.numTensors, before.numDataBuffers], `operation ${at}`);
  }
  step();
  assert.equal(tf.memory().numTensors, before.numTensors);
  tf.dispose(x);
  optimizer.dispose();
  model.dispose();
}

test('a call that asks hears of the interrupt without waiting; one that begins later does not', () => {
  const stopped = interruption();
  assert.equal(stopped(), false);
  interrupt();
  assert.equal(stopped(), true);
  assert.equal(interruption()(), false);
  assert.deepEqual(
    tf.tidy(() => Array.from(tf.ones([2]).add(1).dataSync())),
    [2, 2],
  );
});

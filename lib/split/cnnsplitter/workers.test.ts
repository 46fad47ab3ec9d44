import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { before, test } from 'node:test';
import { openBackend } from '../../backend/open-backend.js';
import { splitTrainValidation } from '../../datasets/split-train-validation.js';
import { synthetic } from '../../datasets/synthetic.js';
import { InterruptedError } from '../../errors.js';
import { weakSimCnnCifar } from '../../models/architectures/weak-sim-cnn.js';
import type { Workers } from '../../run/worker-pool.js';
import * as tf from '../../tf.js';
import { split } from '../split.js';

before(async () => {
  await openBackend({ quiet: true });
});

const { validation } = splitTrainValidation(synthetic({ trainPerClass: 25, testPerClass: 1, seed: 8 }).train);
const settings = { preset: 'smoke', population: 6, elites: 2, racing: [{ images: 0.4, keep: 0.5 }], seed: 1 } as const;

test('the result is the same in this thread, on one worker and on three', async () => {
  const strong = weakSimCnnCifar({ width: 1 / 8, seed: 4 });
  const tensors = tf.memory().numTensors;
  const run = async (workers: Workers) => {
    const { modules, history } = await split(strong, validation, { ...settings, workers });
    const selections = Object.values(modules).map(({ selection }) => selection);
    Object.values(modules).forEach(({ model }) => model.dispose());
    return { selections, history: history.map((record) => ({ ...record, seconds: 0 })) };
  };
  const here = await run(0);
  assert.deepEqual(await run(1), here);
  assert.deepEqual(await run(3), here);
  assert.equal(tf.memory().numTensors, tensors);
});

test('an interrupt stops a search on workers', async () => {
  const strong = weakSimCnnCifar({ width: 1 / 8, seed: 4 });
  const stop = new AbortController();
  const running = split(strong, validation, {
    ...settings,
    generations: 10_000,
    workers: 2,
    signal: stop.signal,
    onProgress: ({ done }) => done > 30 && stop.abort(),
  });
  await assert.rejects(running, InterruptedError);
});

test('a process that ran workers ends by itself, and Ctrl-C ends one that runs them', () => {
  const program = path.join(__dirname, 'search-run.fixture.js');
  const done = spawnSync(process.execPath, [program, '', '2'], { timeout: 120_000, killSignal: 'SIGKILL' });
  assert.equal(done.status, 0);
  const stopped = spawnSync(process.execPath, [program, '', '2'], { timeout: 700, killSignal: 'SIGINT' });
  assert.equal(stopped.signal, 'SIGINT');
});

import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { before, test } from 'node:test';
import { openBackend } from '../backend/open-backend.js';
import { splitTrainValidation } from '../datasets/split-train-validation.js';
import { synthetic } from '../datasets/synthetic.js';
import { InterruptedError } from '../errors.js';
import { stopAfter } from '../run/stop-after.fixture.js';
import * as tf from '../tf.js';
import { evaluate } from '../training/evaluate.js';
import { fit } from '../training/fit.js';
import { ARMS } from './arms.js';
import { compareArms, type CompareArmsOptions } from './compare-arms.js';
import type { SimplifyImages } from './simplify-images.js';
import { plainNetwork } from './test-network.fixture.js';

let model: tf.LayersModel;
let images: SimplifyImages & { test: SimplifyImages['train'] };
const run = (more: CompareArmsOptions = {}) =>
  compareArms(model, images, { preset: 'smoke', budgets: [0.6], retrain: { batchSize: 16 }, ...more });

before(async () => {
  await openBackend({ quiet: true });
  const data = synthetic({ trainPerClass: 6, testPerClass: 4, seed: 8 });
  images = { ...splitTrainValidation(data.train), test: data.test };
  model = plainNetwork([8, 8, 12]);
  await fit(model, images.train, { epochs: 4, batchSize: 16, learningRate: 0.02 });
});

test('every arm ends at the same size; rows are of the test images', async () => {
  const tensors = tf.memory().numTensors;
  const rows = await run();
  assert.equal(tf.memory().numTensors, tensors);
  assert.deepEqual(
    rows.map(({ arm }) => arm),
    ARMS.map(({ id }) => id).filter((id) => id !== 'replay'),
  );
  const sizes = new Set(rows.filter(({ budget }) => budget !== null).map(({ macsKept }) => macsKept));
  assert.equal(sizes.size, 1);
  assert.ok([...sizes][0] <= 0.6);
  assert.equal(rows[0].accuracy, (await evaluate(model, images.test)).accuracy);
  const epochs = Object.fromEntries(rows.map((row) => [row.arm, row.epochs]));
  assert.equal(epochs['progressive'], 3);
  assert.equal(epochs['final'], 3);
  assert.ok(epochs['afterRemoval'] > 3);
});

test('decisions are replayed at their own size, once per seed', async () => {
  const decisions = {
    id: 'halves',
    label: 'every second kernel',
    keep: ({ group }: { group: { units: readonly unknown[] } }) =>
      Promise.resolve(Uint8Array.from(group.units, (_, unit) => unit % 2)),
  };
  const rows = await run({ arms: ['replay'], decisions, seeds: [0, 1] });
  assert.deepEqual(
    rows.map(({ budget, seed }) => [budget, seed]),
    [
      [null, 0],
      [null, 1],
    ],
  );
  await assert.rejects(run({ arms: ['replay'] }), /arms: expected some of .* with decisions/);
});

test('an interrupted comparison goes on with the models that are not finished', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'arms-'));
  const options = { arms: ['none', 'final', 'progressive'] as const, checkpoint: folder };
  const whole = await run({ arms: options.arms });
  await assert.rejects(run({ ...options, signal: stopAfter(12) }), InterruptedError);
  const resumed = await run(options);
  const timeless = (rows: typeof whole) => rows.map((row) => ({ ...row, seconds: 0 }));
  assert.deepEqual(timeless(resumed), timeless(whole));
  assert.deepEqual(fs.readdirSync(folder).sort(), ['final-0.6-0.checkpoint', 'progressive-0.6-0.checkpoint']);
  fs.writeFileSync(path.join(folder, 'final-0.6-0.checkpoint.inner-simplification'), 'of another comparison');
  fs.rmSync(path.join(folder, 'final-0.6-0.checkpoint'));
  assert.deepEqual(timeless(await run(options)), timeless(whole));
  assert.equal(fs.readdirSync(folder).length, 2);
  await assert.rejects(
    run({ ...options, imagesPerClass: 2 }),
    /simplification\.settings\.imagesPerClass: \d+ there, 2 now/,
  );
  fs.rmSync(folder, { recursive: true });
});

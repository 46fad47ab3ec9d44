import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { before, test } from 'node:test';
import { openBackend } from '../backend/open-backend.js';
import { splitTrainValidation } from '../datasets/split-train-validation.js';
import { synthetic } from '../datasets/synthetic.js';
import { InterruptedError, OptionError } from '../errors.js';
import { simCnn } from '../models/architectures/sim-cnn.js';
import * as tf from '../tf.js';
import { evaluate } from '../training/evaluate.js';
import { type FrontWay, splitFront } from './split-front.js';
import { summariseFront } from './summarise-front.js';

before(async () => {
  await openBackend({ quiet: true });
});

const data = synthetic({ trainPerClass: 12, testPerClass: 3, seed: 1 });
const { train: search, validation: finish } = splitTrainValidation(data.train, { fraction: 0.5 });
const images = { search, finish, test: data.test };
const network = () => simCnn({ width: 1 / 16, variant: 'gradsplitter', dropout: false, seed: 5 });
const budget: FrontWay = { preset: 'smoke', generations: 0 };

test('a row per way, size and seed, with the repaired modules and the control; no tensor left', async () => {
  const strong = network();
  const { accuracy } = await evaluate(strong, data.test);
  const tensors = tf.memory().numTensors;
  const rows = await splitFront(strong, images, {
    ways: {
      budget: { ...budget, repaired: 'repaired', byLot: 'by lot' },
      'as published': { preset: 'smoke', generations: 1, initialisation: 'sensitivity', imagesPerClass: 2 },
    },
    keeps: [0.8, 0.4],
    seeds: [1, 2],
  });
  assert.equal(tf.memory().numTensors, tensors);
  assert.deepEqual(JSON.parse(JSON.stringify(rows)), rows);
  const expected = [0.8, 0.4].flatMap((keep) => [1, 2].flatMap((seed) => ['budget', 'by lot', 'repaired'].map((way) => [way, keep, seed]))); // prettier-ignore
  const published = [1, 2].map((seed) => ['as published', null, seed]);
  assert.deepEqual(rows.map(({ way, keep, seed }) => [way, keep, seed]), [...expected, ...published]); // prettier-ignore
  for (const row of rows) {
    assert.equal(row.strongAccuracy, accuracy);
    assert.ok(row.composedAccuracy >= 0 && row.composedAccuracy <= 1 && row.seconds > 0);
    if (row.keep !== null) assert.ok(row.kernelsKept <= row.keep + 1e-9 && row.kernelsKept > row.keep - 0.1);
    assert.ok(row.macsKept > 0 && row.macsKept <= 1);
  }
  const points = summariseFront(rows);
  const of = (way: string, keep: number) => points.find((point) => point.way === way && point.keep === keep)!;
  assert.equal(of('by lot', 0.4).kernelsKept.mean, of('budget', 0.4).kernelsKept.mean);
  assert.equal(of('repaired', 0.4).macsKept.mean, of('budget', 0.4).macsKept.mean);
  assert.ok(of('by lot', 0.4).diff.mean > of('budget', 0.4).diff.mean, 'what is drawn by lot has less in common');
  assert.equal(of('budget', 0.4).seeds, 2);
  strong.dispose();
});

test('an interrupted front goes on behind its last row, and ends with the same rows', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'front-'));
  const checkpoint = path.join(folder, 'front.json');
  const strong = network();
  const options = { ways: { budget }, keeps: [0.8, 0.4] };
  const stop = new AbortController();
  const interrupted = splitFront(strong, images, {
    ...options,
    checkpoint,
    signal: stop.signal,
    onProgress: ({ task, done }) => task === 'front' && done === 1 && stop.abort(),
  });
  await assert.rejects(interrupted, InterruptedError);
  const went: number[] = [];
  const rows = await splitFront(strong, images, {
    ...options,
    checkpoint,
    onProgress: ({ task, done }) => void (task === 'front' && went.push(done)),
  });
  assert.equal(went[0], 2);
  const whole = await splitFront(strong, images, options);
  const timeless = (list: typeof rows) => list.map((row) => ({ ...row, seconds: 0 }));
  assert.deepEqual(timeless(rows), timeless(whole));
  await assert.rejects(splitFront(strong, images, { ...options, keeps: [0.8, 0.5], checkpoint }), OptionError);
  fs.rmSync(folder, { recursive: true });
  strong.dispose();
});

test('ways without a name of their own are refused', async () => {
  const strong = network();
  await assert.rejects(splitFront(strong, images, { ways: {} }), /at least one.*got none/);
  const ways = { a: { ...budget, byLot: 'b' }, b: budget };
  await assert.rejects(splitFront(strong, images, { ways }), /'b' twice/);
  strong.dispose();
});

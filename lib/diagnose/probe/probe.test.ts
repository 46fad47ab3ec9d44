import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { openBackend } from '../../backend/open-backend.js';
import type { ImageSet } from '../../datasets/dataset.js';
import { InterruptedError, ModelError, OptionError } from '../../errors.js';
import { stopAfter } from '../../run/stop-after.fixture.js';
import * as tf from '../../tf.js';
import { evaluate } from '../../training/evaluate.js';
import { smallImages, trainedNetwork } from '../attacks/attacked-networks.fixture.js';
import { leastConfident } from './least-confident.js';
import { probe, PUBLISHED_PROBE_ATTACK } from './probe.js';
import { PUBLISHED_PROBE } from './published-readings.js';

let images: ImageSet;
let network: tf.LayersModel;

before(async () => {
  await openBackend({ prefer: 'wasm', quiet: true });
  const { train, test: held } = smallImages(8);
  images = held;
  network = await trainedNetwork(train);
});

test('without noise all is as it was, under much of it predictions are lost, and nothing leaks', async () => {
  const tensors = tf.memory().numTensors;
  const noise = [0, 0.01, 1000];
  const options = { noise, relative: true, draws: 3, seed: 1 };
  const result = await probe(network, images, options);
  assert.equal(tf.memory().numTensors, tensors);
  assert.equal(result.layer, 'conv_c');
  assert.ok(result.mapDeviation > 0);
  const { normalStaysRight, adversarialToTrueClass, adversarialToSameWrongClass } = result;
  assert.deepEqual(
    [normalStaysRight, adversarialToTrueClass, adversarialToSameWrongClass].map(({ mean }) => mean[0]),
    [1, 0, 1],
  );
  assert.ok(normalStaysRight.mean[1] > 0.9 && normalStaysRight.mean[2] < 0.6);
  assert.equal(result.images.normal, Math.round((await evaluate(network, images)).accuracy * 32));
  assert.equal(normalStaysRight.deviation[0], 0);
  assert.deepEqual(await probe(network, images, options), result);
  const smaller = await probe(network, images, { ...options, batchSize: 5 });
  noise.forEach((_, s) => assert.ok(Math.abs(smaller.normalStaysRight.mean[s] - normalStaysRight.mean[s]) < 0.05));
});

test('relative noise is the map’s own in units of its deviation', async () => {
  const relative = await probe(network, images, { noise: [0, 1], relative: true, draws: 2, seed: 1 });
  const noise = [0, relative.mapDeviation];
  const absolute = await probe(network, images, { noise, draws: 2, seed: 1 });
  assert.deepEqual(absolute.normalStaysRight, relative.normalStaysRight);
});

test('the authors’ setting: one large sign step on the least confident images, any layer', async () => {
  const result = await probe(network, images, {
    ...{ layer: 'conv_b', noise: [0, 0.5], draws: 1, attack: PUBLISHED_PROBE_ATTACK, leastConfidentPerClass: 2 },
  });
  assert.equal(result.layer, 'conv_b');
  assert.ok(result.images.adversarial <= 8 && result.images.normal > 8);
  assert.deepEqual(result.normalStaysRight.deviation, [0, 0]);
  const chosen = await leastConfident(network, images, 2, {});
  assert.ok(chosen.length <= 8 && chosen.every((position, i) => i === 0 || position > chosen[i - 1]));
});

test('the readings of the authors’ figure are complete', () => {
  const { noise, ...curves } = PUBLISHED_PROBE;
  for (const values of Object.values(curves) as number[][]) assert.equal(values.length, noise.length);
});

test('bad options, a missing layer, an attack without success and an interrupt are told apart', async () => {
  await assert.rejects(probe(network, images, { noise: [0.1, 0.2] }), OptionError);
  await assert.rejects(probe(network, images, { noise: [0, 2, 1] }), /growing numbers from 0 on/);
  await assert.rejects(probe(network, images, { draws: 0 }), /draws: expected a whole number/);
  await assert.rejects(probe(network, images, { leastConfidentPerClass: 0.5 }), OptionError);
  await assert.rejects(probe(network, images, { layer: 'conv_z' }), ModelError);
  await assert.rejects(
    probe(network, images, { attack: { method: 'fgsm', budget: 0 }, noise: [0, 1] }),
    /the attack succeeded on no image/,
  );
  const tensors = tf.memory().numTensors;
  await assert.rejects(
    probe(network, images, { noise: [0, 1], batchSize: 8, signal: stopAfter(12) }),
    InterruptedError,
  );
  assert.equal(tf.memory().numTensors, tensors);
});

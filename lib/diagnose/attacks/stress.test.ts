import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { before, test } from 'node:test';
import { openBackend } from '../../backend/open-backend.js';
import type { ImageSet } from '../../datasets/dataset.js';
import { DataError, InterruptedError, OptionError } from '../../errors.js';
import { unitInputs } from '../../models/input-ranges.js';
import { stopAfter } from '../../run/stop-after.fixture.js';
import * as tf from '../../tf.js';
import { evaluate } from '../../training/evaluate.js';
import { attack } from './attack.js';
import { linearModel, smallImages, trainedNetwork } from './attacked-networks.fixture.js';
import { stress } from './stress.js';

let images: ImageSet;
let network: tf.LayersModel;
const budgets = [2 / 255, 6 / 255, 0.1];

before(async () => {
  await openBackend({ prefer: 'wasm', quiet: true });
  const { train, test: held } = smallImages(8);
  images = held;
  network = await trainedNetwork(train);
});

test('accuracy falls with the strength, from the clean accuracy on, and less under noise', async () => {
  const tensors = tf.memory().numTensors;
  const events: string[] = [];
  const result = await stress({ network, 'the same': { model: network } }, images, {
    ...{ method: 'pgd', steps: 4, budgets, seed: 1 },
    onProgress: ({ done, total }) => events.push(`${done}/${total}`),
  });
  assert.equal(tf.memory().numTensors, tensors);
  assert.deepEqual(result.budgets, [0, ...budgets]);
  const [{ accuracy, noiseAccuracy }, same] = result.curves;
  assert.deepEqual(same.accuracy, accuracy);
  assert.equal(accuracy[0], (await evaluate(network, images)).accuracy);
  accuracy.forEach((share, i) => assert.ok(i === 0 || share <= accuracy[i - 1]));
  assert.ok(
    noiseAccuracy![0] === accuracy[0] && noiseAccuracy![2] > accuracy[2],
    JSON.stringify({ noiseAccuracy, accuracy }),
  );
  assert.equal(events[events.length - 1], `${2 * 6 * 32}/${2 * 6 * 32}`);
});

test('FGSM’s points are attacks of their own; DeepFool’s are the share of the images with a larger distance', async () => {
  const fgsm = await stress({ network }, images, { method: 'fgsm', budgets, control: false });
  const single = await attack(network, images, { method: 'fgsm', budget: budgets[1] });
  assert.equal(fgsm.curves[0].accuracy[2], single.outcome.accuracy);
  assert.equal(fgsm.curves[0].noiseAccuracy, null);
  const shortest = await attack(network, images, { method: 'deepfool' });
  const curve = await stress({ network }, images, { method: 'deepfool', budgets: [0.1, 0.3, 3], control: false });
  const expected = [0.1, 0.3, 3].map(
    (budget) => Array.from(shortest.l2).filter((l2, i) => shortest.attacked[i] === 1 && l2 > budget).length / 32,
  );
  curve.curves[0].accuracy.slice(1).forEach((share, i) => assert.ok(Math.abs(share - expected[i]) < 1e-9));
});

test('a model may have a normalisation of its own', async () => {
  const { model } = linearModel(images);
  const own = { ...images, normalisation: unitInputs() };
  const options = { method: 'fgsm', budgets: [0.02], control: false } as const;
  const [alone, beside] = [
    await stress({ model }, own, options),
    await stress({ model: { model, normalisation: unitInputs() } }, images, options),
  ];
  assert.deepEqual(alone.curves, beside.curves);
});

test('an interrupted measurement goes on from its checkpoint with the same result', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'stress-'));
  const checkpoint = path.join(folder, 'stress.json');
  const options = { method: 'pgd', steps: 3, budgets, seed: 2, batchSize: 16 } as const;
  const whole = await stress({ network }, images, options);
  await assert.rejects(
    stress({ network }, images, { ...options, checkpoint, signal: stopAfter(14) }),
    InterruptedError,
  );
  assert.ok(fs.existsSync(checkpoint));
  assert.deepEqual(await stress({ network }, images, { ...options, checkpoint }), whole);
  assert.deepEqual(fs.readdirSync(folder), ['stress.json']);
  await assert.rejects(stress({ network }, images, { ...options, seed: 3, checkpoint }), OptionError);
  fs.rmSync(checkpoint);
  fs.writeFileSync(`${checkpoint}.inner-attack`, 'of another measurement');
  assert.deepEqual(await stress({ network }, images, { ...options, checkpoint }), whole);
  fs.writeFileSync(checkpoint, 'nonsense');
  await assert.rejects(stress({ network }, images, { ...options, checkpoint }), DataError);
  fs.rmSync(folder, { recursive: true });
});

test('budgets that do not grow and empty comparisons are refused', async () => {
  await assert.rejects(stress({}, images, { method: 'fgsm', budgets }), /at least one model/);
  for (const wrong of [[], [0], [0.1, 0.1], [0.2, 0.1], [NaN]]) {
    await assert.rejects(stress({ network }, images, { method: 'fgsm', budgets: wrong }), /growing numbers above 0/);
  }
});

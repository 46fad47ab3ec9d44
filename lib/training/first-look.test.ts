import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { ImageSet } from '../datasets/dataset.js';
import { OptionError } from '../errors.js';
import type { OpeningReport } from '../models/opening/opening-report.js';
import * as tf from '../tf.js';
import { firstLook } from './first-look.js';

before(() => tf.setBackend('cpu'));

const set: ImageSet = {
  pixels: Uint8Array.of(250, 250, 250, 250, 250, 250, 0, 0, 0),
  labels: Int32Array.of(1, 1, 0),
  imageShape: [1, 1, 3],
  classNames: ['night', 'day'],
  normalisation: { mean: [0, 0, 0], std: [1, 1, 1] },
};

/** Logits: ten times the brightness against 5. */
function brightness(): tf.LayersModel {
  const model = tf.sequential({
    layers: [
      tf.layers.flatten({ inputShape: [2, 2, 3] }),
      tf.layers.dense({ units: 2, kernelInitializer: 'zeros', biasInitializer: 'zeros' }),
    ],
  });
  const kernel = Float32Array.from({ length: 24 }, (_, i) => (i % 2) * (10 / 12));
  tf.tidy(() => model.setWeights([tf.tensor2d(kernel, [12, 2]), tf.tensor1d([5, 0])]));
  return model;
}

test('one image of each class in turn, resized, with the guess by the model’s own names', async () => {
  const model = brightness();
  const loaded = { model, report: { imageShape: [2, 2, 3] } as unknown as OpeningReport, normalisation: null, classNames: ['dark', 'bright'] }; // prettier-ignore
  const look = await firstLook(loaded, set, { count: 2 });
  assert.deepEqual(Array.from(look.images.labels), [0, 1]);
  assert.deepEqual(look.images.imageShape, [2, 2, 3]);
  assert.deepEqual(
    look.guesses.map(({ className }) => className),
    ['dark', 'bright'],
  );
  assert.ok(Math.abs(look.guesses[0].probability - 1 / (1 + Math.exp(-5))) < 1e-6);
  const all = await firstLook(loaded, set);
  assert.deepEqual(Array.from(all.images.labels), [0, 1, 1]);
  await assert.rejects(firstLook(loaded, set, { count: 0 }), OptionError);
  model.dispose();
});

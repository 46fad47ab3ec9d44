import assert from 'node:assert/strict';
import path from 'node:path';
import { before, test } from 'node:test';
import { computesBfloat16 } from '../backend/inference-plan.js';
import { openBackend } from '../backend/open-backend.js';
import { loadDataset } from '../datasets/load.js';
import { OptionError } from '../errors.js';
import { resNet20 } from '../models/architectures/res-net-cifar.js';
import { loadModel } from '../models/load-model.js';
import * as tf from '../tf.js';
import { evaluate, predictScores } from './evaluate.js';

before(async () => {
  await openBackend({ quiet: true });
});

const { MODULAB_MODELS: models, MODULAB_DATA: data } = process.env;
const skip = models && data ? false : 'needs MODULAB_MODELS and MODULAB_DATA (folders of weights and of images)';
const IMAGES = 5000;

for (const file of ['akamaster-cifar10-resnet20.safetensors', 'dans-cifar10-resnet20.safetensors']) {
  test(`${file}: bf16 changes accuracy on ${IMAGES} test images by 0.1 points at most`, { skip }, async (t) => {
    if (!computesBfloat16()) return t.skip('the processor does not multiply bfloat16 numbers');
    const { model, normalisation } = await loadModel(path.join(models!, file));
    const { test: images } = await loadDataset('cifar10', { dir: data, limit: { train: 1, test: IMAGES } });
    assert.equal(images.labels.length, IMAGES);
    const set = { ...images, normalisation: normalisation! };
    const [exact, rough] = [await evaluate(model, set), await evaluate(model, set, { precision: 'bf16' })];
    t.diagnostic(`${100 * exact.accuracy} % in float32, ${100 * rough.accuracy} % in bfloat16`);
    assert.ok(exact.accuracy > 0.9);
    assert.ok(Math.abs(exact.accuracy - rough.accuracy) <= 0.001 + 1e-9);
    model.dispose();
  });
}

test('scores in bf16 are those of float32 to some hundredths, and differ', async (t) => {
  if (!computesBfloat16()) return t.skip('the processor does not multiply bfloat16 numbers');
  const { test: images } = await loadDataset('synthetic', { trainPerClass: 1, testPerClass: 3, seed: 1 });
  const model = resNet20({ width: 0.5, seed: 1 });
  const [exact, rough] = [
    await predictScores(model, images),
    await predictScores(model, images, { precision: 'bf16' }),
  ];
  const largest = Math.max(...exact.scores.map(Math.abs));
  const worst = Math.max(...exact.scores.map((score, i) => Math.abs(score - rough.scores[i])));
  assert.ok(worst > 0 && worst < 0.05 * largest, `${worst} of ${largest}`);
  model.dispose();
});

test('a classifier that computes in its own way refuses bf16', async () => {
  const { test: images } = await loadDataset('synthetic', { trainPerClass: 1, testPerClass: 1, seed: 1 });
  const classifier = {
    classNames: images.classNames,
    predict: (x: tf.Tensor4D) => tf.zeros<tf.Rank.R2>([x.shape[0], 10]),
  };
  await assert.rejects(evaluate(classifier, images, { precision: 'bf16' }), OptionError);
});

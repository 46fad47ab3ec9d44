import assert from 'node:assert/strict';
import path from 'node:path';
import { before, test } from 'node:test';
import { openBackend } from '../backend/open-backend.js';
import { loadDataset } from '../datasets/load.js';
import { splitTrainValidation } from '../datasets/split-train-validation.js';
import { synthetic } from '../datasets/synthetic.js';
import { InterruptedError, OptionError } from '../errors.js';
import { weakSimCnnCifar } from '../models/architectures/weak-sim-cnn.js';
import { loadModel } from '../models/load-model.js';
import { stopAfter } from '../run/stop-after.fixture.js';
import * as tf from '../tf.js';
import { fit } from '../training/fit.js';
import { causalCheck } from './causal-check.js';
import { diagnose } from './diagnose.js';

before(async () => {
  await openBackend({ quiet: true });
});

test('in a trained network the relevant kernels hurt their class more than random ones', async (t) => {
  const data = synthetic({ trainPerClass: 40, testPerClass: 10, seed: 1 });
  const model = weakSimCnnCifar({ width: 1 / 4, seed: 1 });
  await fit(model, data.train, { epochs: 10, batchSize: 50, learningRate: 0.03, seed: 1 });
  const { relevance } = await diagnose(model, data.train, { imagesPerClass: 20, selection: 'all' });
  const tensors = tf.memory().numTensors;
  const found = await causalCheck(model, relevance[0], data.test, { draws: 2, seed: 1 });
  assert.equal(tf.memory().numTensors, tensors);
  const { meanDrop, rows, stronger } = found;
  t.diagnostic(`loss of accuracy: relevant ${meanDrop.relevant.toFixed(3)}, random ${meanDrop.random.toFixed(3)}; ${stronger} of ${rows.length} classes`); // prettier-ignore
  assert.ok(meanDrop.relevant > meanDrop.random + 0.05);
  assert.ok(stronger > rows.length / 2);
  assert.deepEqual(await causalCheck(model, relevance[0], data.test, { draws: 2, seed: 1, batchSize: 64 }), found);
  await assert.rejects(
    causalCheck(model, relevance[0], data.test, { batchSize: 40, signal: stopAfter(1) }),
    InterruptedError,
  );
  await assert.rejects(causalCheck(model, relevance[0], data.test, { draws: 0 }), OptionError);
  const narrow = { ...relevance[0], kernels: 3, mask: relevance[0].mask.map((row) => row.slice(0, 3)) };
  await assert.rejects(causalCheck(model, narrow, data.test), /expected kernels for 10 classes of the 16 kernels/);
});

const [data, models] = [process.env.MODULAB_DATA, process.env.MODULAB_MODELS];
const skip = data && models ? false : 'MODULAB_DATA and MODULAB_MODELS are not set';

test('the same on photographs, in the last layer of a trained ResNet-20', { skip }, async (t) => {
  const { test: photographs } = await loadDataset('cifar10', { limit: 600 });
  const { model } = await loadModel(path.join(models!, 'akamaster-cifar10-resnet20.safetensors'));
  const { train: seen, validation: held } = splitTrainValidation(photographs, { seed: 1 });
  const { relevance } = await diagnose(model, seen, { imagesPerClass: 20 });
  const { meanDrop, rows, stronger } = await causalCheck(model, relevance[0], held, { draws: 2, seed: 1 });
  t.diagnostic(`loss of accuracy: relevant ${meanDrop.relevant.toFixed(3)}, random ${meanDrop.random.toFixed(3)}; ${stronger} of ${rows.length} classes`); // prettier-ignore
  assert.ok(meanDrop.relevant > meanDrop.random + 0.1);
  assert.ok(stronger >= 0.8 * rows.length);
});

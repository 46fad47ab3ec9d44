import '@tensorflow/tfjs-backend-wasm';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { before, test } from 'node:test';
import { batches } from '../datasets/batches.js';
import type { ImageSet, Normalisation } from '../datasets/dataset.js';
import { loadDataset } from '../datasets/load.js';
import type { StoredDatasetName } from '../datasets/stored/stored-sets.js';
import * as tf from '../tf.js';
import { countParameters } from './count-parameters.js';
import { rawByteInputs, unitInputs } from './input-ranges.js';
import { loadModel } from './load-model.js';

/** Published weights on real images: a wrong layout, padding or normalisation shows here at once. */
const { MODULAB_MODELS: models, MODULAB_DATA: data } = process.env;
const skip = models && data ? false : 'needs MODULAB_MODELS and MODULAB_DATA (folders of weights and of images)';

interface Reference {
  file: string;
  /** First digits of the file's SHA-256. */
  digest?: string;
  set: StoredDatasetName;
  parameters: number;
  /** How many of the first test images to take, and how many of them are classified correctly. */
  images: number;
  correct: number;
  /** For files that do not say how their images are to be normalised. */
  normalisation?: Normalisation;
  name?: string;
}

// The h5's 78,666 include 480 running means and variances. Full counts of the ResNets: 4571, 4626 and 4613 of 5,000, 1375 of 2,000. The larger nets run over fewer images here to save time.
const references: Reference[] = [
  {
    file: 'akamaster-cifar10-resnet20.safetensors',
    digest: '6adef7a3',
    name: 'akamaster-cifar10-resnet20',
    set: 'cifar10',
    parameters: 269_722,
    images: 5000,
    correct: 4571,
  },
  {
    file: 'akamaster-cifar10-resnet32.safetensors',
    digest: '8497970f',
    set: 'cifar10',
    parameters: 464_154,
    images: 500,
    correct: 466,
  },
  {
    file: 'dans-cifar10-resnet20.safetensors',
    digest: 'de4fc8a9',
    name: 'dans-cifar10-resnet20',
    set: 'cifar10',
    parameters: 272_474,
    images: 500,
    correct: 461,
  },
  {
    file: 'dans-cifar100-resnet20.safetensors',
    digest: 'c0bc28a4',
    name: 'dans-cifar100-resnet20',
    set: 'cifar100',
    parameters: 278_324,
    images: 500,
    correct: 350,
  },
  {
    file: 'pretrainedResnet.h5',
    digest: '5f938a8e',
    set: 'cifar10',
    parameters: 78_666 - 480,
    images: 5000,
    correct: 4347,
    normalisation: rawByteInputs(),
  },
  {
    file: 'tfjs/zz632893783-cifar10/model.json',
    set: 'cifar10',
    parameters: 145_578,
    images: 5000,
    correct: 3442,
    normalisation: unitInputs(),
  },
  {
    file: 'tfjs/zzhang18-mnist-num/model.json',
    set: 'mnist',
    parameters: 138_506,
    images: 10_000,
    correct: 9916,
    normalisation: unitInputs(1),
  },
];

const testSets = new Map<StoredDatasetName, Promise<ImageSet>>();
function testSet(name: StoredDatasetName): Promise<ImageSet> {
  let set = testSets.get(name);
  if (!set) {
    set = loadDataset(name, { dir: data, limit: { train: 1 } }).then((dataset) => dataset.test);
    testSets.set(name, set);
  }
  return set;
}

before(() => tf.setBackend('wasm'));
for (const reference of references) {
  test(
    `${reference.file}: reference logits and ${reference.correct} of ${reference.images} images`,
    { skip },
    async () => {
      const { model, normalisation, source } = await loadModel(path.join(models!, reference.file));
      assert.ok(source.sha256.startsWith(reference.digest ?? ''), source.sha256);
      assert.equal(countParameters(model).parameters, reference.parameters);
      assert.equal(normalisation === null, reference.normalisation !== undefined);
      const set = { ...(await testSet(reference.set)), normalisation: (normalisation ?? reference.normalisation)! };
      const numTensors = tf.memory().numTensors;
      let correct = 0;
      const order = Int32Array.from({ length: reference.images }, (_, i) => i);
      for (const { x, labels, indices } of batches(set, { batchSize: 250, order })) {
        const scores = model.predict(x, { batchSize: 250 }) as tf.Tensor2D;
        if (indices[0] === 0 && reference.name) checkLogits(scores, reference.name);
        const predictions = tf.tidy(() => tf.argMax(scores, 1).dataSync());
        labels.forEach((label, i) => (correct += Number(predictions[i] === label)));
        tf.dispose([x, scores]);
      }
      assert.equal(tf.memory().numTensors, numTensors);
      assert.ok(Math.abs(correct - reference.correct) <= 2, `${correct} correct instead of ${reference.correct}`);
      model.dispose();
    },
  );
}

/** Compares with the logits PyTorch gives for the first five images. */
function checkLogits(scores: tf.Tensor2D, name: string): void {
  const expected = JSON.parse(fs.readFileSync(path.join(models!, 'expected.json'), 'utf8')) as {
    name: string;
    logits_first5_small_test: number[][];
  }[];
  const rows = expected.find((entry) => entry.name === name)!.logits_first5_small_test;
  const got = scores.arraySync();
  const worst = Math.max(...rows.flatMap((row, i) => row.map((v, j) => Math.abs(v - got[i][j]))));
  assert.equal(rows.length, 5);
  assert.ok(worst < 1e-3, `logits differ by up to ${worst}`);
}

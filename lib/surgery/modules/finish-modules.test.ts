import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { before, test } from 'node:test';
import { openBackend } from '../../backend/open-backend.js';
import type { ImageSet } from '../../datasets/dataset.js';
import { synthetic } from '../../datasets/synthetic.js';
import { toTensor } from '../../datasets/tensors.js';
import { InterruptedError } from '../../errors.js';
import { resCnn } from '../../models/architectures/res-cnn.js';
import * as tf from '../../tf.js';
import { changedBatchNorms, reestimateBatchNorm } from './batch-norm-moments.js';
import { createExtractor } from './extract.js';
import { finishModules } from './finish-modules.js';
import { fullSelection, type KernelSelection } from '../trace/kernel-selection.js';
import { loadModule, saveModule } from './module-file.js';
import type { Module } from './module.js';
import { moduleScores } from './module-scores.js';
import { randomiseWeights, randomSelection, relativeDifference } from '../trace/test-models.fixture.js';
import { traceModel } from '../trace/trace.js';

let strong: tf.LayersModel;
let images: ImageSet;

before(async () => {
  await openBackend({ quiet: true });
  strong = randomiseWeights(resCnn({ width: 1 / 16, variant: 'gradsplitter' }), 3);
  images = synthetic({ trainPerClass: 4, testPerClass: 1, seed: 4 }).train;
});

function modulesOf(selections: readonly KernelSelection[]): Module[] {
  const extractor = createExtractor(strong);
  return selections.map((selection, classIndex) => ({
    targetClass: images.classNames[classIndex],
    classIndex,
    classNames: images.classNames,
    selection,
    model: extractor.extract(selection),
    provenance: { method: 'test', seed: 0, options: {}, keptRatio: 1 },
  }));
}

const selectionsOf = (share: number) =>
  images.classNames.map((_, c) => randomSelection(traceModel(strong), share, 10 + c));
const dispose = (modules: readonly Module[]) => modules.forEach(({ model }) => model.dispose());

test('only what lies behind a layer that lost an input changes', () => {
  const trace = traceModel(strong);
  const whole = fullSelection(trace);
  assert.deepEqual(changedBatchNorms(trace, whole), new Set());
  const all = trace.layers.filter(({ className }) => className === 'BatchNormalization').map(({ name }) => name);
  const convs = trace.convLayers.map(({ name }) => name);
  const last = trace.groups[trace.groups.length - 1];
  const without = { ...whole, [last.id]: whole[last.id].map((bit, i) => (i === 0 ? 0 : bit)) };
  const changed = changedBatchNorms(trace, without);
  assert.ok(changed.size < 3 && changed.size > 0, [...changed].join());
  const first = { ...whole, [convs[0]]: whole[convs[0]].map((bit, i) => (i === 0 ? 0 : bit)) };
  assert.equal(changedBatchNorms(trace, first).size, all.length - 1);
});

test('moments are those of the maps on the images, whatever the batches; untouched layers keep theirs', async () => {
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({ inputShape: [32, 32, 3], filters: 3, kernelSize: 3 }),
      tf.layers.batchNormalization({ name: 'bn', scale: false }),
      tf.layers.reLU(),
      tf.layers.batchNormalization({ name: 'other' }),
      tf.layers.globalAveragePooling2d({}),
      tf.layers.dense({ units: 10 }),
    ],
  });
  const tensors = tf.memory().numTensors;
  const untouched = model
    .getLayer('other')
    .getWeights()
    .map((w) => w.arraySync());
  await reestimateBatchNorm([{ model, layers: new Set(['bn']) }], images, { batchSize: 7 });
  const expected = tf.tidy(() => {
    const { mean, variance } = tf.moments(model.layers[0].apply(toTensor(images)) as tf.Tensor, [0, 1, 2]);
    return [mean.dataSync(), variance.dataSync()];
  });
  const [, mean, variance] = model.getLayer('bn').getWeights();
  assert.ok(relativeDifference(mean.dataSync(), expected[0]) < 1e-4);
  assert.ok(relativeDifference(variance.dataSync(), expected[1]) < 1e-4);
  assert.deepEqual(model.getLayer('other').getWeights().map((w) => w.arraySync()), untouched); // prettier-ignore
  assert.equal(tf.memory().numTensors, tensors);
  model.dispose();
});

test('finished modules say what was done to them, and are the same after saving and loading', async () => {
  const tensors = tf.memory().numTensors;
  const cut = modulesOf(selectionsOf(0.7));
  const steps = { batchNorm: true, scaleAndBias: true };
  const { modules, report } = await finishModules(cut, traceModel(strong), images, steps);
  assert.equal(report.images, images.labels.length);
  assert.ok(report.batchNorms > 0 && report.scaleAndBias !== null);
  for (const { provenance } of modules) {
    assert.match(
      provenance.departures!.join('; '),
      /batch normalisations estimated anew on 40 images.*logit scaled by/,
    );
  }
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'modulab-'));
  await saveModule(modules[2], folder);
  const loaded = await loadModule(folder);
  assert.deepEqual(loaded.provenance, modules[2].provenance);
  const [before, after] = await Promise.all([modules[2], loaded].map((module) => moduleScores([module], images)));
  assert.deepEqual(after, before);
  dispose([...modules, loaded]);
  assert.equal(tf.memory().numTensors, tensors);
});

test('nothing is done where nothing is asked for or nothing was cut', async () => {
  const trace = traceModel(strong);
  const cut = modulesOf(selectionsOf(0.7));
  const none = await finishModules(cut, trace, images, { batchNorm: false, scaleAndBias: false });
  assert.deepEqual(none.report, { images: 40, batchNorms: 0, scaleAndBias: null });
  none.modules.forEach((module, i) => assert.equal(module, cut[i]));
  const whole = modulesOf(images.classNames.map(() => fullSelection(trace)));
  const { report } = await finishModules(whole, trace, images, { batchNorm: true, scaleAndBias: false });
  assert.equal(report.batchNorms, 0);
  dispose([...cut, ...whole]);
});

test('when it is stopped the modules are as they were, and no tensor is left behind', async () => {
  const cut = modulesOf(selectionsOf(0.7));
  const tensors = tf.memory().numTensors;
  const before = await moduleScores(cut, images);
  let checks = 0;
  const check = () => {
    if (++checks === 3) throw new InterruptedError('stop');
  };
  const steps = { batchNorm: true, scaleAndBias: true };
  await assert.rejects(
    finishModules(cut, traceModel(strong), images, steps, { batchSize: 10, check }),
    InterruptedError,
  );
  assert.equal(tf.memory().numTensors, tensors);
  assert.deepEqual(await moduleScores(cut, images), before);
  dispose(cut);
});

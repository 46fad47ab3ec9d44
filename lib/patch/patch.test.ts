import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { before, test } from 'node:test';
import { openBackend } from '../backend/open-backend.js';
import type { ImageSet } from '../datasets/dataset.js';
import { keepClasses } from '../datasets/subset.js';
import { synthetic } from '../datasets/synthetic.js';
import { toTensor } from '../datasets/tensors.js';
import { InterruptedError, ModelError, OptionError } from '../errors.js';
import { asOneModel } from '../export/one-model.js';
import { resNetCifar } from '../models/architectures/res-net-cifar.js';
import { weakSimCnnCifar } from '../models/architectures/weak-sim-cnn.js';
import { split } from '../split/split.js';
import { KernelModule } from '../surgery/modules/kernel-module.js';
import { loadModule, saveModule } from '../surgery/modules/module-file.js';
import { moduleMargins } from '../surgery/nodes/module-margins.js';
import { fullSelection } from '../surgery/trace/kernel-selection.js';
import { UnknownLayer } from '../surgery/trace/test-models.fixture.js';
import { traceModel } from '../surgery/trace/trace.js';
import * as tf from '../tf.js';
import { patch } from './patch.js';

let images: ImageSet;
let weak: tf.LayersModel;
let donor: KernelModule;

before(async () => {
  await openBackend({ quiet: true });
  images = synthetic({ trainPerClass: 1, testPerClass: 12, seed: 6 }).test;
  weak = weakSimCnnCifar({ width: 1 / 8, seed: 1 });
  const model = weakSimCnnCifar({ width: 1 / 8, seed: 2 });
  donor = new KernelModule({
    targetClass: images.classNames[3],
    classIndex: 3,
    classNames: images.classNames,
    selection: fullSelection(traceModel(model)),
    model,
    provenance: { method: 'none', seed: 0, options: {}, keptRatio: 1 },
  });
});

test('the target column is the scaled module logit, the others are softmax probabilities, nothing is clipped', async () => {
  const patched = await patch(weak, donor, { classNames: images.classNames, calibrationImages: images });
  const x = toTensor(images);
  const scores = patched.predict(x).arraySync();
  const p = tf.softmax(weak.predict(x) as tf.Tensor2D).arraySync();
  const logits = (donor.model.predict(x) as tf.Tensor2D).arraySync().map((row) => row[3]);
  const own = logits.filter((_, i) => images.labels[i] === 3);
  const [low, high] = [Math.min(...own), Math.max(...own)];
  scores.forEach((row, i) =>
    row.forEach((score, c) => {
      const expected = c === 3 ? (logits[i] - low) / (high - low) : p[i][c];
      assert.ok(Math.abs(score - expected) < 1e-4, `image ${i}, class ${c}: ${score} is not ${expected}`);
    }),
  );
  const column = scores.map((row) => row[3]);
  assert.ok(Math.min(...column) < 0 || Math.max(...column) > 1, 'some image lies outside the calibrated range');
  patched.dispose();
});

test('a class can have another place in the weak model', async () => {
  const order = [3, 1, 0].map((c) => images.classNames[c]);
  const three = weakSimCnnCifar({ width: 1 / 8, classes: 3, seed: 5 });
  const patched = await patch(three, donor, { classNames: order, calibrationImages: images });
  const x = toTensor(keepClasses(images, order));
  const column = patched.predict(x).slice([0, 0], [-1, 1]).dataSync();
  const logits = (donor.model.predict(x) as tf.Tensor2D).arraySync().map((row) => row[3]);
  const { calibration } = patched;
  assert.ok(calibration.rule === 'minMax');
  const { low, high } = calibration;
  column.forEach((v, i) => assert.ok(Math.abs(v - (logits[i] - low) / (high - low)) < 1e-4));
  patched.dispose();
});

test('the learned rule gives probabilities and takes the module into account', async () => {
  const patched = await patch(weak, donor, {
    classNames: images.classNames,
    calibrationImages: images,
    calibration: 'learned',
  });
  assert.ok(patched.calibration.rule === 'learned' && patched.calibration.module !== 0);
  const x = toTensor(images);
  for (const row of patched.predict(x).arraySync()) {
    assert.ok(Math.abs(row.reduce((a, b) => a + b) - 1) < 1e-5);
  }
  patched.dispose();
});

test('a module with a head is patched in with its own score', async () => {
  const head = tf.sequential({
    layers: [
      tf.layers.reLU({ inputShape: [10] }),
      tf.layers.dense({ units: 1, activation: 'sigmoid', kernelInitializer: 'ones' }),
    ],
  });
  const withHead = donor.with({ head });
  const x = toTensor(images);
  const raw = (head.predict(donor.model.predict(x) as tf.Tensor) as tf.Tensor2D).dataSync();
  const options = { classNames: images.classNames, calibrationImages: images };
  const patched = await patch(weak, withHead, { ...options, calibration: 'sigmoid' });
  const column = patched.predict(x).slice([0, 3], [-1, 1]).dataSync();
  column.forEach((v, i) => assert.ok(Math.abs(v - raw[i]) < 1e-5, `${v} is not ${raw[i]}`));
  patched.dispose();
});

test('weak model and module can want their images normalised differently', async () => {
  const other = { mean: [0.2, 0.3, 0.4], std: [0.5, 0.4, 0.3] };
  const options = { classNames: images.classNames, calibration: 'sigmoid' as const };
  const same = await patch(weak, donor, { ...options, calibrationImages: images });
  const shifted = await patch(weak, donor, {
    ...options,
    calibrationImages: { ...images, normalisation: other },
    normalisations: { weak: other, module: images.normalisation },
  });
  const column = (scores: tf.Tensor2D) => scores.slice([0, 3], [-1, 1]).dataSync();
  const expected = column(same.predict(toTensor(images)));
  const got = column(shifted.predict(toTensor({ ...images, normalisation: other })));
  got.forEach((v, i) => assert.ok(Math.abs(v - expected[i]) < 1e-4, `${v} is not ${expected[i]}`));
  same.dispose();
  shifted.dispose();
});

test('patching and predicting leave no tensor behind', async () => {
  const x = toTensor(images);
  const before = tf.memory().numTensors;
  const patched = await patch(weak, donor, { classNames: images.classNames, calibrationImages: images });
  patched.predict(x).dispose();
  patched.dispose();
  const learned = await patch(weak, donor, {
    classNames: images.classNames,
    calibrationImages: images,
    calibration: 'learned',
  });
  learned.predict(x).dispose();
  learned.dispose();
  assert.equal(tf.memory().numTensors, before);
  const none = keepClasses(images, [0, 1], { relabel: false });
  await assert.rejects(patch(weak, donor, { classNames: images.classNames, calibrationImages: none }), /got 0/);
  assert.equal(tf.memory().numTensors, before);
});

test('a module of nodes is patched in with its margin', async () => {
  const network = resNetCifar(8, { width: 0.25, classes: 10, seed: 3 });
  const { modules } = await split(network, images, { method: 'decompose', preset: 'smoke' });
  const module = modules[images.classNames[3]];
  const patched = await patch(weak, module, { classNames: images.classNames, calibrationImages: images });
  const x = toTensor(images);
  const margins = moduleMargins(network, module, x);
  const own = margins.filter((_, i) => images.labels[i] === 3);
  const [low, high] = [Math.min(...own), Math.max(...own)];
  const column = patched.predict(x).slice([0, 3], [-1, 1]).dataSync();
  column.forEach((v, i) => assert.ok(Math.abs(v - (margins[i] - low) / (high - low)) < 1e-3, `${i}: ${v}`));
  patched.dispose();
  assert.throws(
    () => asOneModel(module),
    (e) => e instanceof ModelError && /one of nodes, whose score is not made by layers/.test(e.message),
  );
});

test('patching reports its progress and can be stopped', async () => {
  const options = { classNames: images.classNames, calibrationImages: images, batchSize: 4 };
  const before = tf.memory().numTensors;
  const seen: number[] = [];
  const patched = await patch(weak, donor, { ...options, onProgress: ({ done }) => seen.push(done) });
  assert.equal(seen.at(-1), 12);
  patched.dispose();
  await assert.rejects(patch(weak, donor, { ...options, signal: AbortSignal.abort() }), InterruptedError);
  assert.equal(tf.memory().numTensors, before);
});

test('a weak model that surgery does not know can be patched, one of another image size not', async () => {
  const layers = (size: number) => [
    tf.layers.conv2d({ inputShape: [size, size, 3], filters: 2, kernelSize: 5, strides: 4 }),
    new UnknownLayer(),
    tf.layers.flatten(),
    tf.layers.dense({ units: 10 }),
  ];
  const options = { classNames: images.classNames, calibrationImages: images };
  const patched = await patch(tf.sequential({ layers: layers(32) }), donor, options);
  assert.equal(patched.predict(toTensor(images)).shape[1], 10);
  patched.dispose();
  await assert.rejects(
    patch(tf.sequential({ layers: layers(48) }), donor, options),
    /images of 48×48×3, the module of 32×32×3/,
  );
});

test('classes that are missing on either side are named', async () => {
  const options = { classNames: images.classNames, calibrationImages: images };
  await assert.rejects(patch(weak, donor, { ...options, targetClass: 'zebra' }), /'zebra' is not there/);
  await assert.rejects(patch(weak, donor, { ...options, classNames: images.classNames.slice(0, 5) }), OptionError);
});

test('a module can be saved and loaded, and is not overwritten by accident', async () => {
  const folder = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'modulab-')), 'm');
  await saveModule(donor, folder);
  const loaded = (await loadModule(folder)) as KernelModule;
  assert.deepEqual({ ...loaded, model: null }, { ...donor, classNames: [...donor.classNames], model: null });
  const x = toTensor(images);
  assert.deepEqual((loaded.model.predict(x) as tf.Tensor).dataSync(), (donor.model.predict(x) as tf.Tensor).dataSync());
  await assert.rejects(saveModule(donor, folder), /there is a module already/);
  await saveModule(donor, folder, { overwrite: true });
  fs.writeFileSync(path.join(folder, 'module.json'), '{"format":"other","classNames":[]}');
  await assert.rejects(
    loadModule(folder),
    (e) => e instanceof ModelError && e.message.includes("expected format 'modulab module 1'"),
  );
});

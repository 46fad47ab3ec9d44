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
import { fullSelection, type KernelSelection } from '../trace/kernel-selection.js';
import { randomiseWeights, randomSelection, relativeDifference } from '../trace/test-models.fixture.js';
import { traceModel } from '../trace/trace.js';
import { changedBatchNorms, reestimateBatchNorm } from './batch-norm-moments.js';
import { createExtractor } from './extract.js';
import { finishModules } from './finish-modules.js';
import { KernelModule } from './kernel-module.js';
import { loadModule, saveModule } from './module-file.js';
import { moduleScores } from './module-scores.js';

let strong: tf.LayersModel;
let images: ImageSet;

before(async () => {
  await openBackend({ quiet: true });
  strong = randomiseWeights(resCnn({ width: 1 / 16, variant: 'gradsplitter' }), 3);
  images = synthetic({ trainPerClass: 4, testPerClass: 1, seed: 4 }).train;
});

function modulesOf(selections: readonly KernelSelection[]): KernelModule[] {
  const extractor = createExtractor(strong);
  return selections.map(
    (selection, classIndex) =>
      new KernelModule({
        targetClass: images.classNames[classIndex],
        classIndex,
        classNames: images.classNames,
        selection,
        model: extractor.extract(selection),
        provenance: { method: 'test', seed: 0, options: {}, keptRatio: 1 },
      }),
  );
}

const selectionsOf = (share: number) =>
  images.classNames.map((_, c) => randomSelection(traceModel(strong), share, 10 + c));
const dispose = (modules: readonly KernelModule[]) => modules.forEach(({ model }) => model.dispose());

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

test("moving moments move by how the maps differ from the whole network's, whatever the batches", async () => {
  const { layers } = tf;
  const whole = randomiseWeights(
    tf.sequential({
      layers: [
        layers.conv2d({ name: 'c0', inputShape: [32, 32, 3], filters: 4, kernelSize: 3 }),
        layers.batchNormalization({ name: 'bn0' }),
        layers.reLU(),
        layers.conv2d({ name: 'c1', filters: 3, kernelSize: 3 }),
        layers.batchNormalization({ name: 'bn1', scale: false }),
        layers.globalAveragePooling2d({}),
        layers.dense({ units: 10 }),
      ],
    }),
    5,
  );
  const selection = { ...fullSelection(traceModel(whole)), c0: Uint8Array.of(1, 0, 0, 1), c1: Uint8Array.of(1, 0, 1) };
  const extractor = createExtractor(whole);
  const model = extractor.extract(selection);
  const tensors = tf.memory().numTensors;
  const moments = (m: tf.LayersModel, layer: string) =>
    m.getLayer(layer).getWeights().slice(-2).map((w) => Array.from(w.dataSync<'float32'>())); // prettier-ignore
  const [kept0, kept1] = [moments(model, 'bn0'), moments(model, 'bn1')];
  const onImages = (m: tf.LayersModel) =>
    tf.tidy(() => {
      const map = m.layers
        .slice(
          0,
          m.layers.findIndex(({ name }) => name === 'bn1'),
        )
        .filter((layer) => layer.getClassName() !== 'InputLayer')
        .reduce((x, layer) => layer.apply(x) as tf.Tensor, toTensor(images) as tf.Tensor);
      const { mean, variance } = tf.moments(map, [0, 1, 2]);
      return [mean, variance].map((values) => Array.from(values.dataSync<'float32'>()));
    });
  const [cut, before] = [onImages(model), onImages(whole).map((values) => [values[0], values[2]])];
  const [changed] = await reestimateBatchNorm(whole, [{ model, selection }], images, { batchSize: 7 });
  assert.deepEqual([...changed], ['bn1']);
  assert.deepEqual(moments(model, 'bn0'), kept0);
  const [mean, variance] = moments(model, 'bn1');
  assert.ok(relativeDifference(mean, kept1[0].map((m, c) => m + cut[0][c] - before[0][c])) < 1e-3); // prettier-ignore
  assert.ok(relativeDifference(variance, kept1[1].map((v, c) => (v * cut[1][c]) / before[1][c])) < 0.01); // prettier-ignore
  assert.notDeepEqual(mean, kept1[0]);
  assert.equal(tf.memory().numTensors, tensors);
  whole.dispose();
  model.dispose();
});

test('finished modules say what was done to them, and are the same after saving and loading', async () => {
  const tensors = tf.memory().numTensors;
  const cut = modulesOf(selectionsOf(0.7));
  const steps = { batchNorm: true, fitTo: 'labels' } as const;
  const { modules, report } = await finishModules(cut, strong, images, steps);
  assert.equal(report.images, images.labels.length);
  assert.ok(report.batchNorms > 0 && report.scaleAndBias !== null);
  for (const { provenance } of modules) {
    assert.match(
      provenance.departures!.join('; '),
      /moments of \d+ batch normalisations adapted on 40 images.*logit scaled by/,
    );
  }
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'modulab-'));
  await saveModule(modules[2], folder);
  const loaded = (await loadModule(folder)) as KernelModule;
  assert.deepEqual(loaded.provenance, modules[2].provenance);
  const [before, after] = await Promise.all([modules[2], loaded].map((module) => moduleScores([module], images)));
  assert.deepEqual(after, before);
  dispose([...modules, loaded]);
  assert.equal(tf.memory().numTensors, tensors);
});

test('refitted to logits the modules come nearer to those of the whole network, on other images too', async () => {
  const [known, others] = [1, 2].map((seed) => synthetic({ trainPerClass: 30, testPerClass: 1, seed }).train);
  const tensors = tf.memory().numTensors;
  const missing = async (modules: readonly KernelModule[]) => {
    const scores = await moduleScores(modules, others);
    const wanted = tf.tidy(() => (strong.predict(toTensor(others)) as tf.Tensor).dataSync<'float32'>());
    return scores.reduce((sum, score, i) => sum + (score - wanted[i]) ** 2, 0) / scores.length;
  };
  const cut = modulesOf(selectionsOf(0.8));
  const before = await missing(cut);
  const { modules, report } = await finishModules(cut, strong, known, { batchNorm: false, fitTo: 'logits' });
  const after = await missing(modules);
  assert.equal(report.fittedTo, 'logits');
  assert.match(modules[0].provenance.departures!.join(), /last layer refitted to the whole network's logits on 300 /);
  assert.ok(after < before / 2, `${before} → ${after}`);
  dispose(modules);
  assert.equal(tf.memory().numTensors, tensors);
});

test('logits are fitted to where the whole network knows all images or it is asked for, and images are enough', async () => {
  const many = synthetic({ trainPerClass: 30, testPerClass: 1, seed: 1 }).train;
  const answers = tf.tidy(() => (strong.predict(toTensor(many)) as tf.Tensor).argMax(1).dataSync<'int32'>());
  const known = { ...many, labels: Int32Array.from(answers) };
  const fittedTo = async (set: ImageSet, fitTo: 'auto' | 'logits') => {
    const cut = modulesOf(selectionsOf(0.7));
    const { modules, report } = await finishModules(cut, strong, set, { batchNorm: false, fitTo });
    dispose(modules);
    return report.fittedTo;
  };
  assert.equal(await fittedTo(many, 'auto'), 'labels');
  assert.equal(await fittedTo(known, 'auto'), 'logits');
  assert.equal(await fittedTo(many, 'logits'), 'logits');
  assert.equal(await fittedTo(images, 'logits'), 'labels'); // 40 images are too few for the features of the last layer
});

test('nothing is done where nothing is asked for or nothing was cut', async () => {
  const trace = traceModel(strong);
  const cut = modulesOf(selectionsOf(0.7));
  const none = await finishModules(cut, strong, images, { batchNorm: false, fitTo: null });
  assert.deepEqual(none.report, { images: 40, batchNorms: 0, fittedTo: null, scaleAndBias: null });
  none.modules.forEach((module, i) => assert.equal(module, cut[i]));
  const whole = modulesOf(images.classNames.map(() => fullSelection(trace)));
  const { report } = await finishModules(whole, strong, images, { batchNorm: true, fitTo: null });
  assert.equal(report.batchNorms, 0);
  dispose([...cut, ...whole]);
});

test('modules of some classes only, or out of order, and a network of probabilities are refused', async () => {
  const cut = modulesOf(selectionsOf(0.7));
  const steps = { batchNorm: false, fitTo: 'labels' } as const;
  await assert.rejects(finishModules(cut.slice(0, 5), strong, images, steps), /a module for every class/);
  await assert.rejects(finishModules([...cut].reverse(), strong, images, steps), /in their order/);
  const inputs = tf.input({ shape: [32, 32, 3] });
  const outputs = tf.layers.softmax().apply(strong.apply(inputs)) as tf.SymbolicTensor;
  await assert.rejects(finishModules(cut, tf.model({ inputs, outputs }), images, steps), /expected the logits/);
  dispose(cut);
});

test('when it is stopped the modules are as they were, and no tensor is left behind', async () => {
  const cut = modulesOf(selectionsOf(0.7));
  const tensors = tf.memory().numTensors;
  const before = await moduleScores(cut, images);
  let checks = 0;
  const check = () => {
    if (++checks === 3) throw new InterruptedError('stop');
  };
  const steps = { batchNorm: true, fitTo: 'labels' } as const;
  await assert.rejects(finishModules(cut, strong, images, steps, { batchSize: 10, check }), InterruptedError);
  assert.equal(tf.memory().numTensors, tensors);
  assert.deepEqual(await moduleScores(cut, images), before);
  dispose(cut);
});

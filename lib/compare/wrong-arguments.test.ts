/** What is no model, no images, no function: an error of ours that names the argument, from every method, and no tensor left. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { openBackend } from '../backend/open-backend.js';
import { composeModules } from '../compose/composed-model.js';
import { keepClasses } from '../datasets/subset.js';
import { synthetic } from '../datasets/synthetic.js';
import { stress } from '../diagnose/attacks/stress.js';
import { diagnose } from '../diagnose/diagnose.js';
import { ModulabError } from '../errors.js';
import { balancedAccuracy } from '../metrics/summaries.js';
import { compareArms } from '../simplify/compare-arms.js';
import { simplify } from '../simplify/simplify.js';
import { split } from '../split/split.js';
import { KernelModule } from '../surgery/modules/kernel-module.js';
import * as tf from '../tf.js';
import { evaluate, predictScores } from '../training/evaluate.js';
import { fit } from '../training/fit.js';
import { treat } from '../treat/treat.js';

before(() => openBackend({ quiet: true }));

const { train, test: held } = synthetic({ trainPerClass: 2, testPerClass: 2, size: 16 });
const sets = { train, validation: held, test: held };

function network(classes = 10, size = 16): tf.LayersModel {
  return tf.sequential({
    name: 'network',
    layers: [
      tf.layers.conv2d({ inputShape: [size, size, 3], name: 'c0', filters: 2, kernelSize: 3, activation: 'relu' }),
      tf.layers.globalAveragePooling2d({ name: 'pool' }),
      tf.layers.dense({ name: 'd', units: classes }),
    ],
  });
}

/** Refused with a message that has these words, and with as many tensors as before. */
async function refuses(call: () => unknown, message: RegExp): Promise<void> {
  const tensors = tf.memory().numTensors;
  await assert.rejects(
    new Promise((resolve) => resolve(call())),
    (error: Error) => error instanceof ModulabError && message.test(error.message),
    String(message),
  );
  assert.equal(tf.memory().numTensors, tensors, String(message));
}

const METHODS: Readonly<Record<string, (model: tf.LayersModel, images: typeof train, all: typeof sets) => unknown>> = {
  evaluate: (model, images) => evaluate(model, images),
  predictScores: (model, images) => predictScores(model, images),
  diagnose: (model, images) => diagnose(model, images),
  fit: (model, images) => fit(model, images, { epochs: 1 }),
  split: (model, images) => split(model, images, { preset: 'smoke' }),
  simplify: (model, _, all) => simplify(model, all, { preset: 'smoke' }),
  treat: (model, _, all) => treat(model, all, { relevantKernels: [] as never }),
  compareArms: (model, _, all) => compareArms(model, all, { preset: 'smoke' }),
};
const NOTHING = undefined as never;

for (const [name, call] of Object.entries(METHODS)) {
  test(`${name}: no model, one that has been disposed, no images`, async () => {
    const disposed = network();
    disposed.dispose();
    const model = network();
    await refuses(() => call(NOTHING, train, sets), /model: expected a tf\.LayersModel.*got undefined/);
    await refuses(() => call(disposed, train, sets), /model 'network' has been disposed/);
    await refuses(() => call(model, NOTHING, NOTHING), /images: expected .*, got undefined/);
    await refuses(() => call(model, {} as never, {} as never), /images: expected a set of images/);
    model.dispose();
  });
}

test('images of one class', async () => {
  const [name = ''] = train.classNames;
  const one = keepClasses(train, [name], { relabel: true });
  const model = network(1);
  const message = /expected images of at least two classes, got 1 \('circle'\)/;
  for (const method of ['evaluate', 'diagnose', 'fit', 'split']) await refuses(() => METHODS[method](model, one, sets), message); // prettier-ignore
  const both = { train: one, validation: one };
  await refuses(() => split(model, both, { method: 'gradsplitter', preset: 'smoke' }), message);
  model.dispose();
});

test('what watches and stops a call, where it is kept, and what is left to do', async () => {
  const model = network();
  const wrong = { onProgress: 3 as never };
  await refuses(() => fit(model, train, { epochs: 1, ...wrong }), /onProgress: expected a function/);
  await refuses(() => evaluate(model, train, wrong), /onProgress: expected a function/);
  await refuses(() => fit(model, train, { epochs: 1, signal: 3 as never }), /signal: expected an AbortSignal/);
  await refuses(() => fit(model, train, { epochs: 1, checkpoint: '' }), /checkpoint: expected the path of a file/);
  await refuses(() => compareArms(model, sets, { checkpoint: '' }), /checkpoint: expected a path, got ''/);
  await refuses(() => fit(model, train, { epochs: 1, frozen: ['c0', 'd'] }), /at least one layer with weights to be trained/); // prettier-ignore
  for (const [option, value] of Object.entries({ seeds: [], budgets: [], arms: [] })) {
    await refuses(
      () => compareArms(model, sets, { [option]: value }),
      new RegExp(`${option}: expected .*at least one`),
    );
  }
  await refuses(() => stress({ model }, held, NOTHING), /budgets: expected growing numbers above 0, got undefined/);
  await refuses(() => stress(NOTHING, held, NOTHING), /models: expected models by their names/);
  await refuses(() => synthetic({ trainPerClass: 1e9 }), /trainPerClass to be at most \d+, .* got 1000000000/);
  await refuses(() => balancedAccuracy(NOTHING), /balancedAccuracy: expected a report of at least one image/);
  await refuses(() => balancedAccuracy({ perClass: [] } as never), /at least one image/);
  model.dispose();
});

test('modules of images of two sizes are not composed', async () => {
  const provenance = { method: 'test', seed: 0, options: {}, keptRatio: 1 };
  const modules = [8, 9].map((size, i) => {
    const classNames = ['a', 'b'];
    const about = { targetClass: classNames[i], classIndex: i, classNames, selection: {}, provenance };
    return new KernelModule({ ...about, model: network(2, size) });
  });
  await refuses(() => composeModules(modules), /images of one size, got 8×8×3 \('a'\) and 9×9×3 \('b'\)/);
  await refuses(() => composeModules(NOTHING), /composeModules: expected modules/);
  for (const module of modules) module.dispose();
});

import '@tensorflow/tfjs-backend-cpu';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { before, test } from 'node:test';
import { ModelError } from '../../errors.js';
import { simCnn } from '../../models/architectures/sim-cnn.js';
import * as tf from '../../tf.js';
import { fullSelection } from '../trace/kernel-selection.js';
import { traceModel } from '../trace/trace.js';
import { KernelModule } from './kernel-module.js';
import { loadModule, saveModule } from './module-file.js';

before(async () => {
  await tf.setBackend('cpu');
});

test('a damaged module.json is refused with a ModelError that names it, and leaves no model behind', async (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'module-file-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const model = simCnn({ width: 0.125 });
  const classNames = Array.from({ length: 10 }, (_, c) => `class ${c}`);
  const selection = fullSelection(traceModel(model));
  const provenance = { method: 'test', seed: 0, options: {}, keptRatio: 1 };
  const file = await saveModule(
    new KernelModule({ targetClass: 'class 3', classIndex: 3, classNames, selection, model, provenance }),
    folder,
  );
  const written = JSON.parse(fs.readFileSync(file, 'utf8')) as Record<string, unknown>;
  const loaded = (await loadModule(folder)) as KernelModule;
  assert.deepEqual(loaded.selection, selection);
  loaded.model.dispose();

  const [first = ''] = Object.keys(selection);
  const tensors = tf.memory().numTensors;
  const damaged: [unknown, RegExp][] = [
    [null, /expected format 'modulab module 1' or .*, found null/],
    [[], /expected format/],
    [{ ...written, format: 'other' }, /found "other"/],
    [{ ...written, classNames: 'cat' }, /expected classNames to be a list, found "cat"/],
    [{ ...written, classIndex: 4 }, /classIndex 4 is 'class 4', not the target class 'class 3'/],
    [{ ...written, classNames: ['a', 7] }, /expected classNames to be a list of names/],
    [{ ...written, classIndex: 'x' }, /expected classIndex to be one of the classes, found "x"/],
    [{ ...written, targetClass: undefined }, /expected targetClass to be the name of a class, found undefined/],
    [{ ...written, provenance: undefined }, /expected provenance to be an object, found undefined/],
    [
      { ...written, provenance: { ...provenance, keptRatio: 7 } },
      /provenance\.keptRatio to be a number from 0 to 1, found 7/,
    ],
    [
      { ...written, selection: { conv0: { kernels: 1e9, kept: [] } } },
      /layer 'conv0': expected at most 1048576 kernels/,
    ],
    [
      { ...written, selection: { ...(written.selection as object), [first]: { kernels: 64, kept: [0] } } },
      /the model beside it is that of another module: its layer '.*' has \d+ kernels, the selection keeps 1/,
    ],
    [{ ...written, classNames: [...classNames, 'one more'] }, /it puts out 10 values for 11 classes/],
    [{ ...written, selection: undefined }, /Kernel selection: expected an object of layers/],
    [{ ...written, selection: { conv0: { kernels: 2, kept: [2] } } }, /layer 'conv0': kept kernels must be/],
  ];
  for (const [json, message] of damaged) {
    fs.writeFileSync(file, JSON.stringify(json));
    await assert.rejects(
      loadModule(folder),
      (error) => error instanceof ModelError && error.message.startsWith(file) && message.test(error.message),
    );
  }
  assert.equal(tf.memory().numTensors, tensors);
  model.dispose();
});

test('a module with a head keeps it', async (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'module-file-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const model = simCnn({ width: 0.125, classes: 3 });
  const head = tf.sequential({
    layers: [
      tf.layers.reLU({ inputShape: [3] }),
      tf.layers.dense({ units: 1, activation: 'sigmoid', kernelInitializer: tf.initializers.constant({ value: 0.5 }) }),
    ],
  });
  const about = { targetClass: 'b', classIndex: 1, classNames: ['a', 'b', 'c'] };
  const provenance = { method: 'test', seed: 0, options: {}, keptRatio: 1 };
  const selection = fullSelection(traceModel(model));
  const module = new KernelModule({ ...about, selection, model, head, provenance });
  await saveModule(module, folder);
  const loaded = (await loadModule(folder)) as KernelModule;
  assert.deepEqual({ ...loaded, model: 0, head: 0 }, { ...module, model: 0, head: 0 });
  const x = tf.randomNormal<tf.Rank.R4>([4, 32, 32, 3], 0, 1, 'float32', 1);
  const [before, after] = [module, loaded].map((m) => {
    const score = m.open();
    const y = score.predict(x);
    assert.deepEqual(y.shape, [4, 1]);
    const values = y.dataSync();
    y.dispose();
    score.dispose();
    return values;
  });
  assert.deepEqual(after, before);
  assert.ok(before.every((v) => v >= 0.5 && v < 1));
  fs.rmSync(path.join(folder, 'head'), { recursive: true });
  const tensors = tf.memory().numTensors;
  await assert.rejects(loadModule(folder), ModelError);
  assert.equal(tf.memory().numTensors, tensors);
  tf.dispose(x);
  for (const m of [model, head, loaded.model, loaded.head!]) m.dispose();
});

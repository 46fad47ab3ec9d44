import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { before, test } from 'node:test';
import { ModelError, OptionError } from '../errors.js';
import * as tf from '../tf.js';
import { inceCnn } from './architectures/ince-cnn.js';
import { resCnn } from './architectures/res-cnn.js';
import { resNetCifar } from './architectures/res-net-cifar.js';
import { simCnn } from './architectures/sim-cnn.js';
import { loadModel } from './load-model.js';
import { saveModel } from './save-model.js';
import { temporaryFolder } from './weight-files.fixture.js';

before(() => tf.setBackend('cpu'));
const folder = temporaryFolder();
const small = { width: 0.0625, seed: 3 };

for (const model of [
  resNetCifar(8, { width: 0.25, seed: 3 }),
  resNetCifar(8, { width: 0.25, seed: 3, shortcut: 'projection', batchNorm: false }),
  simCnn({ ...small, variant: 'gradsplitter' }),
  resCnn(small),
  inceCnn(small),
]) {
  test(`${model.name} comes back bit for bit`, async () => {
    const target = path.join(folder, `${model.name}-${model.layers.length}`);
    const numTensors = tf.memory().numTensors;
    const file = await saveModel(model, target, {
      normalisation: { mean: [0.5, 0.4, 0.3], std: [0.1, 0.2, 0.3] },
      classNames: Array.from({ length: 10 }, (_, i) => `class ${i}`),
    });
    assert.equal(tf.memory().numTensors, numTensors);
    const loaded = await loadModel(file);
    assert.deepEqual(loaded.normalisation, { mean: [0.5, 0.4, 0.3], std: [0.1, 0.2, 0.3] });
    assert.equal(loaded.classNames?.[9], 'class 9');
    assert.deepEqual(
      loaded.model.layers.map((layer) => [layer.name, layer.getClassName()]),
      model.layers.map((layer) => [layer.name, layer.getClassName()]),
    );
    model.weights.forEach((weight, i) => {
      assert.equal(loaded.model.weights[i].originalName, weight.originalName);
      assert.deepEqual(loaded.model.weights[i].read().dataSync(), weight.read().dataSync());
    });
    const x = tf.randomNormal<tf.Rank.R4>([2, 32, 32, 3], 0, 1, 'float32', 1);
    const outputs = [model, loaded.model].map((m) => tf.tidy(() => (m.predict(x) as tf.Tensor).dataSync()));
    assert.deepEqual(outputs[1], outputs[0]);
    x.dispose();
    loaded.model.dispose();
    assert.equal(tf.memory().numTensors, numTensors);
  });
}

test('in float16 the file is half as large, and weights come back rounded', async () => {
  const model = resCnn({ ...small, variant: 'gradsplitter' });
  const [whole, half] = [path.join(folder, 'whole'), path.join(folder, 'half')];
  await saveModel(model, whole);
  const file = await saveModel(model, half, { precision: 'float16' });
  const bytes = (of: string) =>
    fs.statSync(
      path.join(
        of,
        fs.readdirSync(of).find((name) => name.endsWith('.bin'))!,
      ),
    ).size;
  assert.equal(2 * bytes(half), bytes(whole));
  const loaded = await loadModel(file);
  model.weights.forEach((weight, i) => {
    const [before, after] = [weight, loaded.model.weights[i]].map((each) => each.read().dataSync<'float32'>());
    before.forEach((value, k) => assert.ok(Math.abs(value - after[k]) <= Math.abs(value) * 2 ** -11 + 2 ** -25));
  });
  loaded.model.dispose();
  await assert.rejects(saveModel(model, half, { overwrite: true, precision: 'int8' as 'float16' }), OptionError);
  model.dispose();
});

test('a model already there is kept unless overwriting is asked for, and other files always', async () => {
  const target = path.join(folder, 'twice');
  const first = resNetCifar(8, { width: 0.25, seed: 1 });
  const second = resNetCifar(8, { width: 0.25, seed: 2 });
  const file = await saveModel(first, target);
  const saved = fs.readFileSync(file);
  fs.writeFileSync(path.join(target, 'notes.txt'), 'kept');
  await assert.rejects(
    saveModel(second, target),
    (error) => error instanceof ModelError && /overwrite: true/.test(error.message),
  );
  assert.deepEqual(fs.readFileSync(file), saved);
  await saveModel(second, target, { overwrite: true });
  const names = fs.readdirSync(target).sort();
  assert.equal(names.length, 3, names.join());
  assert.equal(fs.readFileSync(path.join(target, 'notes.txt'), 'utf8'), 'kept');
  const { model } = await loadModel(file);
  assert.deepEqual(model.weights[0].read().dataSync(), second.weights[0].read().dataSync());
});

test('models with nested models and with a layer used twice come back', async () => {
  const input = tf.input({ shape: [4] });
  const shared = tf.layers.dense({ units: 4, name: 'shared' });
  const once = shared.apply(input) as tf.SymbolicTensor;
  const twice = shared.apply(once) as tf.SymbolicTensor;
  const innerInput = tf.input({ shape: [4] });
  const inner = tf.model({
    inputs: innerInput,
    outputs: tf.layers.dense({ units: 3 }).apply(innerInput) as tf.SymbolicTensor,
  });
  const sum = tf.layers.add().apply([once, twice]) as tf.SymbolicTensor;
  const outputs = tf.layers.softmax().apply(inner.apply(sum)) as tf.SymbolicTensor;
  const model = tf.model({ inputs: input, outputs });
  const { model: loaded } = await loadModel(await saveModel(model, path.join(folder, 'nested')));
  const x = tf.tensor2d([[1, 2, 3, 4]]);
  assert.deepEqual((loaded.predict(x) as tf.Tensor).dataSync(), (model.predict(x) as tf.Tensor).dataSync());
});

test('class names must be one per output; a folder that cannot be written is named', async () => {
  const model = resNetCifar(8, { width: 0.25, weights: 'zeros' });
  await assert.rejects(saveModel(model, path.join(folder, 'x'), { classNames: ['a'] }), OptionError);
  assert.equal(fs.existsSync(path.join(folder, 'x')), false);
  fs.writeFileSync(path.join(folder, 'file'), '');
  await assert.rejects(
    saveModel(model, path.join(folder, 'file')),
    (error: Error) => error instanceof ModelError && error.message.includes('model.json'),
  );
});

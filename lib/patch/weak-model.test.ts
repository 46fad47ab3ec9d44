import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { before, test } from 'node:test';
import { openBackend } from '../backend/open-backend.js';
import { InterruptedError, OptionError } from '../errors.js';
import { countParameters } from '../models/count-parameters.js';
import { stopAfter } from '../run/stop-after.fixture.js';
import * as tf from '../tf.js';
import { loadPatchData, type PatchData, type WeakTask } from './patch-data.js';
import { publishedWeakEpoch } from './published-weak-epochs.js';
import { weakModel, type WeakModelOptions } from './weak-model.js';
import { buildWeakNetwork, weakRecipe } from './weak-recipe.js';

let data: PatchData;
let task: WeakTask;
const recipe = { width: 1 / 16, epochs: 4, batchSize: 16 };
const cache = () => fs.mkdtempSync(path.join(os.tmpdir(), 'modulab-weak-'));

before(async () => {
  await openBackend({ quiet: true });
  data = await loadPatchData('synthetic', { perClass: { train: 30, test: 2 } });
  task = data.weakTask(data.targetClasses[0]);
});

const train = (options: Partial<WeakModelOptions>) =>
  weakModel(data, task, { kind: 'simple', network: 'simcnn', preset: 'smoke', recipe, seed: 3, ...options });
const weightsOf = (model: tf.LayersModel) => model.getWeights().map((w) => Array.from(w.dataSync()));

test('the published recipes', () => {
  const which = { network: 'rescnn', data: 'cifar', target: 4 } as const;
  const simple = weakRecipe('paper', { ...which, kind: 'simple' });
  assert.deepEqual([simple.take, simple.augment], [76, { flip: true, crop: 4 }]);
  const under = weakRecipe('paper', { ...which, kind: 'underfitting' });
  assert.deepEqual([under.take, under.augment, under.optimizer], [67, undefined, { kind: 'sgd', momentum: 0, weightDecay: 0 }]); // prettier-ignore
  assert.equal(publishedWeakEpoch('simcnn', 'svhn', 'underfitting', 1), 15);
  assert.equal(publishedWeakEpoch('simcnn', 'synthetic', 'simple', 0), null);
  const parameters = (kind: 'simple' | 'overfitting', of: 'cifar' | 'svhn') => {
    const model = buildWeakNetwork(weakRecipe('paper', { ...which, data: of, kind }), 10, 0);
    const { parameters: total } = countParameters(model);
    const layers = model.layers.map((layer) => layer.getClassName());
    model.dispose();
    return [total, layers.includes('Dropout')];
  };
  assert.deepEqual(parameters('simple', 'cifar'), [153_546, true]);
  assert.deepEqual(parameters('overfitting', 'cifar'), [16_010_122, false]);
});

test('a second call takes the model from the cache, and other seeds or recipes do not', async () => {
  const folder = cache();
  const first = await train({ cache: folder });
  const second = await train({ cache: folder });
  assert.deepEqual([first.fromCache, second.fromCache, second.epoch], [false, true, first.epoch]);
  assert.deepEqual(weightsOf(second.model), weightsOf(first.model));
  const others = [{ seed: 4 }, { recipe: { ...recipe, learningRate: 0.02 } }, { network: 'rescnn' as const }];
  for (const other of others) assert.equal((await train({ cache: folder, ...other })).fromCache, false);
  assert.equal(fs.readdirSync(folder).length, 4);
});

test('a damaged entry is trained again, with a line that says so', async () => {
  const folder = cache();
  const first = await train({ cache: folder });
  const entry = path.join(folder, fs.readdirSync(folder)[0]);
  const weights = path.join(
    entry,
    fs.readdirSync(entry).find((name) => name.endsWith('.bin'))!,
  );
  const damages = [
    () => fs.truncateSync(weights, 100),
    () => fs.writeFileSync(weights, fs.readFileSync(weights).fill(1, 40, 44)),
    () => fs.writeFileSync(path.join(entry, 'weak-model.json'), '{"format'),
    () => fs.rmSync(path.join(entry, 'model.json')),
  ];
  for (const damage of damages) {
    damage();
    const lines: string[] = [];
    const again = await train({ cache: folder, log: (line) => lines.push(line) });
    assert.equal(again.fromCache, false);
    assert.match(lines.join(), /cached weak model cannot be used .* trained again/);
    assert.deepEqual(weightsOf(again.model), weightsOf(first.model));
  }
});

test('the underfitting model is the overfitting one at half of its epoch', async () => {
  const folder = cache();
  const over = await train({ kind: 'overfitting', cache: folder });
  const under = await train({ kind: 'underfitting', cache: folder });
  assert.equal(under.epoch, Math.max(1, Math.floor(over.epoch / 2)));
  assert.equal(fs.readdirSync(folder).length, 2);
  const uncached = await train({ kind: 'underfitting', cache: false });
  assert.deepEqual(weightsOf(uncached.model), weightsOf(under.model));
});

test('an interrupted training goes on, and nothing leaks', async () => {
  const folder = cache();
  const whole = await train({ cache: false });
  const tensors = tf.memory().numTensors;
  await assert.rejects(train({ cache: folder, signal: stopAfter(7) }), InterruptedError);
  assert.equal(tf.memory().numTensors, tensors);
  const rest = await train({ cache: folder });
  assert.deepEqual(weightsOf(rest.model), weightsOf(whole.model));
  rest.model.dispose();
  assert.equal(tf.memory().numTensors, tensors);
  const [entry] = fs.readdirSync(folder);
  assert.ok(!fs.readdirSync(path.join(folder, entry)).some((name) => name.endsWith('.checkpoint')));
});

test('a damaged checkpoint starts the training over, with a line that says so', async () => {
  const folder = cache();
  await assert.rejects(train({ cache: folder, signal: stopAfter(7) }), InterruptedError);
  const [entry] = fs.readdirSync(folder);
  fs.writeFileSync(path.join(folder, entry, 'training.checkpoint'), 'damaged');
  const lines: string[] = [];
  const trained = await train({ cache: folder, log: (line) => lines.push(line) });
  assert.match(lines.join(), /training starts over/);
  assert.deepEqual(weightsOf(trained.model), weightsOf((await train({ cache: false })).model));
});

test('options that make no sense are refused', async () => {
  await assert.rejects(train({ kind: 'sleepy' as 'simple' }), OptionError);
  await assert.rejects(train({ preset: 'huge' as 'paper' }), OptionError);
  await assert.rejects(train({ recipe: { take: 101 }, cache: false }), /from 1 to 4/);
});

import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { before, test } from 'node:test';
import { openBackend } from '../../backend/open-backend.js';
import { ModelError } from '../../errors.js';
import { resNetCifar } from '../../models/architectures/res-net-cifar.js';
import { modelDigest } from '../../models/model-digest.js';
import { saveModel } from '../../models/save-model.js';
import * as tf from '../../tf.js';
import {
  bitMembers,
  bitsetOf,
  complementBits,
  countBits,
  emptyBitset,
  fullBitset,
  isSubset,
  subtractBits,
} from '../graph/bitset.js';
import type { Module } from '../modules/module.js';
import { loadModule, saveModule } from '../modules/module-file.js';
import { openModules } from '../modules/open-modules.js';
import { randomImages, randomiseWeights, relativeDifference } from '../trace/test-models.fixture.js';
import { marginsOf, moduleMargins, openNodeModule } from './module-margins.js';
import { NodeModule } from './node-module.js';
import type { NodeModuleParts } from './node-module-parts.js';
import { createNodeNetwork } from './node-network.js';

before(async () => {
  await openBackend({ quiet: true });
});

const CLASSES = ['a', 'b', 'c'];
const toy = (seed = 1) => randomiseWeights(resNetCifar(8, { width: 0.25, classes: 3, inputShape: [8, 8, 3] }), seed);

function moduleOf(modelId: string, masks: Partial<NodeModuleParts> = {}): NodeModuleParts {
  return {
    modelId,
    classIndex: 1,
    classNames: CLASSES,
    convMasks: [],
    addMasks: [],
    denseMasks: [],
    outW: Float32Array.from({ length: 32 }, (_, i) => Math.sin(i)),
    outB: Float32Array.of(0.5, -0.25),
    provenance: {
      method: 'decompose',
      datasetId: 'none',
      nPos: 1,
      nNegPerClass: 1,
      positiveFilter: null,
      delta: 0.5,
      variant: 'MC',
      addPolicy: 'literal',
      blnRule: 'prose',
      biRule: 'perSource',
    },
    ...masks,
  };
}

test('bitsets: members, complement, subset', () => {
  const set = bitsetOf(11, [0, 7, 8, 10]);
  assert.deepEqual([...bitMembers(set)], [0, 7, 8, 10]);
  assert.deepEqual([...bitMembers(complementBits(set))], [1, 2, 3, 4, 5, 6, 9]);
  assert.equal(countBits(fullBitset(11)), 11);
  assert.equal(countBits(subtractBits(fullBitset(11), set)), 7);
  assert.ok(isSubset(set, fullBitset(11)) && isSubset(emptyBitset(11), set) && !isSubset(fullBitset(11), set));
});

test('a node network without masks is the model, and its points are the convolutions and additions', () => {
  const model = toy();
  const x = randomImages([3, 8, 8, 3], 1);
  const tensors = tf.memory().numTensors;
  const network = createNodeNetwork(model);
  const seen: string[] = [];
  const features = network.run(x, ({ layer, shape }, map) => {
    assert.deepEqual(map.shape, [3, ...shape]);
    seen.push(layer);
  });
  const logits = network.logits(features);
  const expected = tf.tidy(() => (model.predict(x) as tf.Tensor2D).dataSync<'float32'>());
  assert.ok(relativeDifference(logits.dataSync<'float32'>(), expected) < 1e-5);
  assert.deepEqual(
    network.points.map(({ layer, reluFed }) => `${layer}${reluFed ? '' : ' (branch)'}`),
    [
      ...['conv0', 'conv1', 'conv2 (branch)', 'add2', 'conv3', 'conv4 (branch)', 'add4'],
      ...['conv5', 'conv6 (branch)', 'add6'],
    ],
  );
  assert.deepEqual(
    seen,
    network.points.map(({ layer }) => layer),
  );
  tf.dispose([features, logits]);
  network.dispose();
  assert.equal(tf.memory().numTensors, tensors);
  model.dispose();
  x.dispose();
});

test('masks set nodes to 0 after the folded batch norm, before ReLU and addition', () => {
  const model = toy();
  const x = randomImages([2, 8, 8, 3], 2);
  const network = createNodeNetwork(model);
  const masks = {
    convMasks: [
      { layer: 'conv2', shape: [8, 8, 4] as const, inactive: bitsetOf(256, [0, 5, 255]) },
      { layer: 'conv3', shape: [4, 4, 8] as const, inactive: fullBitset(128) },
    ],
    addMasks: [{ layer: 'add6', shape: [2, 2, 16] as const, inactive: bitsetOf(64, [0, 16, 32, 48]) }],
  };
  const module = moduleOf(network.modelId, masks);
  const forward = openNodeModule(network, module);
  const expected = tf.tidy(() => {
    // By hand through the model's own layers.
    const maskFor = (layer: string) => [...masks.convMasks, ...masks.addMasks].find((mask) => mask.layer === layer);
    const values = new Map<string, tf.Tensor>();
    let features: tf.Tensor = x;
    for (const { name, inputs, layer } of network.graph) {
      if (inputs.length === 0) {
        values.set(name, x);
        continue;
      }
      const given = inputs.map((input) => values.get(input)!);
      if (name === 'fc0') features = given[0];
      let y = layer.apply(given.length === 1 ? given[0] : given) as tf.Tensor;
      const mask = maskFor(name.replace(/^bn/, 'conv'));
      if (mask && !name.startsWith('conv')) {
        const keep = new Float32Array(mask.inactive.length).fill(1);
        for (const i of bitMembers(mask.inactive)) keep[i] = 0;
        y = tf.mul(y, tf.tensor(keep, [1, ...mask.shape]));
      }
      values.set(name, y);
    }
    return features.dataSync<'float32'>();
  });
  const features = tf.tidy(() => forward.features(x).dataSync<'float32'>());
  assert.ok(relativeDifference(features, expected) < 1e-5);
  for (let i = 0; i < 2; i++) assert.equal(features[16 * i], 0);
  assert.deepEqual([...forward.margins(x)], [...marginsOf(module, features)]);
  assert.deepEqual([...moduleMargins(model, module, x)], [...forward.margins(x)]);
  forward.dispose();

  const other = toy(2);
  assert.throws(
    () => moduleMargins(other, module, x),
    (error) => error instanceof ModelError && /belongs to the model/.test(error.message),
  );
  const narrow = { ...masks.convMasks[0], inactive: emptyBitset(8) };
  assert.throws(() => openNodeModule(network, { ...module, convMasks: [narrow] }), /has 8 nodes, the network 256/);
  network.dispose();
  tf.dispose(x);
  model.dispose();
  other.dispose();
});

const someMasks = (): Partial<NodeModuleParts> => ({
  convMasks: [{ layer: 'conv0', shape: [8, 8, 4], inactive: bitsetOf(256, [1, 17, 200]) }],
  addMasks: [{ layer: 'add6', shape: [2, 2, 16], inactive: bitsetOf(64, [3]) }],
});
test('modules survive saving with their network, which is kept once; damage is named', async (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'node-module-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const model = toy();
  const x = randomImages([3, 8, 8, 3], 1);
  const [first, second] = [someMasks(), {}].map(
    (masks, classIndex) =>
    new NodeModule(model, { ...moduleOf(modelDigest(model), masks), classIndex }), // prettier-ignore
  );
  const [one, two] = ['one', 'two'].map((name) => path.join(folder, name));
  const file = await saveModule(first, one);
  await saveModule(second, two);
  const tensors = tf.memory().numTensors;
  assert.equal(fs.readdirSync(folder).filter((name) => name.startsWith('network-')).length, 1);
  const scoresOf = (module: Module) => {
    const open = module.open();
    const scores = tf.tidy(() => open.predict(x).dataSync<'float32'>());
    open.dispose();
    return scores;
  };
  const loaded = (await Promise.all([loadModule(one), loadModule(two)])) as NodeModule[];
  assert.equal(loaded[0].network, loaded[1].network);
  assert.deepEqual(
    loaded.map(({ parts }) => parts),
    [first, second].map(({ parts }) => parts),
  );
  assert.deepEqual(loaded.map(scoresOf), [first, second].map(scoresOf));
  // another way of computing it, which rounds differently on some processors
  const margins = moduleMargins(model, first, x);
  scoresOf(loaded[0]).forEach((score, i) => assert.ok(Math.abs(score - margins[i]) < 1e-5, `${score}, ${margins[i]}`));
  // the one that is left keeps the network; what was trained on is not lent again
  loaded[0].dispose();
  assert.deepEqual(scoresOf(loaded[1]), scoresOf(second));
  randomiseWeights(loaded[1].network, 9);
  const fresh = (await loadModule(file)) as NodeModule;
  assert.notEqual(fresh.network, loaded[1].network);
  assert.deepEqual(scoresOf(fresh), scoresOf(first));
  fresh.dispose();
  loaded[1].dispose();
  await new Promise(setImmediate);
  assert.equal(tf.memory().numTensors, tensors);

  await assert.rejects(saveModule(first, one), /there is a module already/);
  const [{ layer, shape }] = first.convMasks;
  const other = { ...first.parts, classIndex: 2, convMasks: [{ layer, shape, inactive: bitsetOf(256, [5]) }] };
  await saveModule(new NodeModule(model, other), one, { overwrite: true });
  const again = await loadModule(file);
  assert.equal(again.classIndex, 2);
  again.dispose();
  assert.equal(fs.readdirSync(one).length, 2);
  const foreign = new NodeModule(toy(2), first.parts);
  await assert.rejects(saveModule(foreign, path.join(folder, 'three')), /belongs to the model/);

  const written = JSON.parse(fs.readFileSync(file, 'utf8')) as Record<string, unknown>;
  const refused = (message: RegExp) =>
    assert.rejects(loadModule(one), (error) => error instanceof ModelError && message.test(error.message));
  const damaged: [Record<string, unknown>, RegExp][] = [
    [{ format: 'other' }, /expected format 'modulab module 1' or 'modulab node module 1' or .*found "other"/],
    [{ classIndex: 3 }, /classIndex: expected one of the classes, found 3/],
    [{ masks: [{ kind: 'conv', layer: 'a', shape: [1] }] }, /masks: expected a list/],
    [{ features: 15 }, /expected \d+ bytes of digest/],
    [{ data: { file: '../../x', sha256: '' } }, /data: expected/],
    [{ network: { folder: '../../x', digest: '' } }, /network: expected/],
  ];
  for (const [change, message] of damaged) {
    fs.writeFileSync(file, JSON.stringify({ ...written, ...change }));
    await refused(message);
  }
  fs.writeFileSync(file, JSON.stringify(written));
  const network = path.join(folder, (written['network'] as { folder: string }).folder);
  await saveModel(toy(2), network, { overwrite: true });
  await refused(/expected the network of digest/);
  fs.rmSync(network, { recursive: true });
  await refused(/the module's network is missing; expected it in .*network-/);
  tf.dispose(x);
});

test('a file of an earlier version, which keeps no network, is loaded with it', async (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'node-module-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const model = toy();
  const module = new NodeModule(model, moduleOf(modelDigest(model), someMasks()));
  const file = await saveModule(module, path.join(folder, 'new'));
  const { network, ...rest } = JSON.parse(fs.readFileSync(file, 'utf8')) as Record<string, unknown>;
  const { method, ...provenance } = rest['provenance'] as Record<string, unknown>;
  assert.ok(network && method === 'decompose');
  fs.cpSync(path.dirname(file), path.join(folder, 'old'), { recursive: true });
  fs.rmSync(path.join(folder, 'old', 'module.json'));
  const description = { ...rest, provenance, format: 'modulab decomposed module 1' };
  fs.writeFileSync(path.join(folder, 'old', 'decomposed-module.json'), JSON.stringify(description));
  await assert.rejects(loadModule(path.join(folder, 'old')), /saved without its network .* pass it as \{ network \}/);
  const loaded = (await loadModule(path.join(folder, 'old'), { network: model })) as NodeModule;
  assert.deepEqual(loaded.parts, module.parts);
  await assert.rejects(loadModule(path.join(folder, 'old'), { network: toy(2) }), /belongs to the model/);
});

test('opened together, modules of one network and others keep their places', () => {
  const [model, other] = [toy(), toy(2)];
  const modules = [model, other, model].map(
    (network, classIndex) =>
    new NodeModule(network, { ...moduleOf(modelDigest(network), someMasks()), classIndex, outB: Float32Array.of(classIndex, 0) }), // prettier-ignore
  );
  const x = randomImages([4, 8, 8, 3], 3);
  const tensors = tf.memory().numTensors;
  const opened = openModules(modules);
  const scores = tf.tidy(() => opened.predict(x).arraySync());
  const alone = modules.map((module) => [...moduleMargins(module.network, module, x)]);
  scores.forEach((row, i) => row.forEach((score, m) => assert.ok(Math.abs(score - alone[m][i]) < 1e-4)));
  assert.ok(Math.abs(alone[0][0] - alone[1][0]) > 1e-3);
  opened.dispose();
  assert.equal(tf.memory().numTensors, tensors);
  tf.dispose(x);
});

test('networks that the method cannot take are refused by layer', () => {
  const { layers } = tf;
  const build = (activation: 'relu' | 'elu', output: 'linear' | 'softmax') =>
    tf.sequential({
      layers: [
        layers.conv2d({ name: 'c', filters: 2, kernelSize: 3, inputShape: [5, 5, 1], activation }),
        layers.flatten(),
        layers.dense({ name: 'out', units: 3, activation: output }),
      ],
    });
  assert.throws(() => createNodeNetwork(build('elu', 'linear')), /Layer 'c' \(Conv2D\): expected ReLU .* found 'elu'/);
  assert.throws(() => createNodeNetwork(build('relu', 'softmax')), /Layer 'out' .*asLogits/);
  const sick = build('relu', 'linear');
  sick.layers[0].setWeights([tf.fill([3, 3, 1, 2], NaN), tf.zeros([2])]);
  assert.throws(() => createNodeNetwork(sick), /Layer 'c': it has weights that are not finite/);
  const headless = tf.sequential({
    layers: [layers.conv2d({ filters: 3, kernelSize: 5, inputShape: [5, 5, 1] }), layers.flatten({ name: 'flat' })],
  });
  assert.throws(() => createNodeNetwork(headless), /expected a dense layer that puts out the logits .* 'flat'/);
});

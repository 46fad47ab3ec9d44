import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { before, test } from 'node:test';
import { openBackend } from '../../backend/open-backend.js';
import { ModelError } from '../../errors.js';
import { resNetCifar } from '../../models/architectures/res-net-cifar.js';
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
import { marginsOf, moduleMargins, openNodeModule } from './module-margins.js';
import { createNodeNetwork } from './node-network.js';
import { loadDecomposedModule, saveDecomposedModule } from './node-module-file.js';
import type { DecomposedModule } from './node-module.js';
import { randomImages, randomiseWeights, relativeDifference } from '../trace/test-models.fixture.js';

before(async () => {
  await openBackend({ quiet: true });
});

const CLASSES = ['a', 'b', 'c'];
const toy = (seed = 1) => randomiseWeights(resNetCifar(8, { width: 0.25, classes: 3, inputShape: [8, 8, 3] }), seed);

function moduleOf(modelId: string, masks: Partial<DecomposedModule> = {}): DecomposedModule {
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

test('a module survives saving; nothing is overwritten unasked and damage is named', (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'decomposed-module-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const module = moduleOf('digest', {
    convMasks: [{ layer: 'conv0', shape: [3, 3, 2], inactive: bitsetOf(18, [1, 17]) }],
    addMasks: [{ layer: 'add2', shape: [1, 1, 4], inactive: bitsetOf(4, [3]) }],
    denseMasks: [{ layer: 'fc0', inactive: bitsetOf(9, [8]) }],
  });
  const file = saveDecomposedModule(module, folder);
  assert.deepEqual(loadDecomposedModule(folder), module);
  assert.throws(() => saveDecomposedModule(module, folder), /there is a module already/);
  saveDecomposedModule({ ...module, classIndex: 2, denseMasks: [] }, folder, { overwrite: true });
  assert.equal(loadDecomposedModule(file).classIndex, 2);
  assert.equal(fs.readdirSync(folder).length, 2);

  const written = JSON.parse(fs.readFileSync(file, 'utf8')) as Record<string, unknown>;
  const damaged: [Record<string, unknown>, RegExp][] = [
    [{ format: 'other' }, /format: expected/],
    [{ classIndex: 3 }, /classIndex: expected one of the classes, found 3/],
    [{ masks: [{ kind: 'conv', layer: 'a', shape: [1] }] }, /masks: expected a list/],
    [{ features: 15 }, /expected \d+ bytes of digest/],
    [{ data: { file: '../../x', sha256: '' } }, /data: expected/],
  ];
  for (const [change, message] of damaged) {
    fs.writeFileSync(file, JSON.stringify({ ...written, ...change }));
    assert.throws(
      () => loadDecomposedModule(folder),
      (error) => error instanceof ModelError && message.test(error.message),
    );
  }
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

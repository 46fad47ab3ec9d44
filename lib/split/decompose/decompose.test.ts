import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { before, test } from 'node:test';
import { openBackend } from '../../backend/open-backend.js';
import { composeDecomposed } from '../../compose/compose-decomposed.js';
import { firstPerClass, subset } from '../../datasets/subset.js';
import { toTensor } from '../../datasets/tensors.js';
import { DataError, InterruptedError, ModelError, OptionError } from '../../errors.js';
import { resNetCifar } from '../../models/architectures/res-net-cifar.js';
import { simCnn } from '../../models/architectures/sim-cnn.js';
import { MT19937 } from '../../run/mt19937.js';
import { stopAfter } from '../../run/stop-after.fixture.js';
import { countBits, hasBit, isSubset } from '../../surgery/graph/bitset.js';
import { marginsOf, openNodeModule } from '../../surgery/nodes/module-margins.js';
import type { AddPolicy, NodeModuleParts } from '../../surgery/nodes/node-module-parts.js';
import { createNodeNetwork, type NodeNetwork } from '../../surgery/nodes/node-network.js';
import { randomImages, randomiseWeights, relativeDifference } from '../../surgery/trace/test-models.fixture.js';
import * as tf from '../../tf.js';
import { evaluate } from '../../training/evaluate.js';
import { split } from '../split.js';
import { channelOutput } from './channelling.js';
import { cutDecomposed } from './cut-modules.js';
import { inactiveNodes } from './inactive-nodes.js';
import { noiseSet } from './random-images.fixture.js';

const SHAPE: [number, number, number] = [8, 8, 3];
const resNet = (seed: number, options = {}) =>
  randomiseWeights(resNetCifar(8, { width: 0.25, classes: 4, inputShape: SHAPE, ...options }), seed);
const images = noiseSet(4, 20, SHAPE);
let strong: tf.LayersModel;

before(async () => {
  await openBackend({ quiet: true });
  strong = resNet(1);
});

/** Class indices from the highest score to the lowest, of equals the first one first. */
const ranking = (scores: ArrayLike<number>) =>
  Array.from(scores, (_, c) => c).sort((a, b) => scores[b] - scores[a] || a - b);

test("without masks the ranking by margin is the model's, whatever the network (spec decompose §0.5, §10.1)", () => {
  const { layers } = tf;
  const dense = tf.sequential({
    layers: [
      layers.conv2d({ filters: 4, kernelSize: 3, inputShape: SHAPE, activation: 'relu' }),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.flatten(),
      layers.dense({ units: 12, activation: 'relu' }),
      layers.dense({ units: 10 }),
    ],
  });
  const networks = [
    ...[1, 2, 3].map((seed) => resNet(seed, { classes: 10 })),
    resNet(4, { classes: 7, shortcut: 'projection', batchNorm: false }),
    randomiseWeights(dense, 5),
    randomiseWeights(simCnn({ width: 1 / 16, classes: 10 }), 6),
  ];
  for (const model of networks) {
    const [, height, width, channels] = model.inputs[0].shape as number[];
    const network = createNodeNetwork(model);
    const x = randomImages([40, height, width, channels], 7);
    const expected = tf.tidy(() => (model.predict(x) as tf.Tensor2D).arraySync());
    const features = tf.tidy(() => network.run(x).dataSync<'float32'>());
    const margins = Array.from({ length: network.classes }, (_, c) => {
      const output = channelOutput(network.outputWeights, network.outputBias, c);
      return marginsOf(output as NodeModuleParts, features);
    });
    expected.forEach((logits, i) => {
      const own = margins.map((column) => column[i]);
      assert.deepEqual(ranking(own).slice(0, 5), ranking(logits).slice(0, 5));
      const mean = logits.reduce((sum, z) => sum + z, 0) / logits.length;
      const n = logits.length;
      assert.ok(relativeDifference(own, logits.map((z) => (n / (n - 1)) * (z - mean))) < 1e-4); // prettier-ignore
    });
    network.dispose();
    model.dispose();
    x.dispose();
  }
});

/** Algorithm 1 as printed: a list of inactive nodes per layer that every further image shortens. */
function sequential(network: NodeNetwork, rows: readonly number[], inactive: Map<string, number[]>): void {
  for (const row of rows) {
    const x = toTensor(images, [row]);
    network
      .run(x, ({ layer, nodes }, map) => {
        const values = map.dataSync();
        const before = inactive.get(layer) ?? [...Array(nodes).keys()];
        inactive.set(layer, before.filter((i) => values[i] <= 0)); // prettier-ignore
      })
      .dispose();
    x.dispose();
  }
}

test('bitsets find what the sequential algorithm finds, in any order of the images (§10.4)', async () => {
  const { activity } = await split(strong, images, { method: 'decompose', nPos: 7, nNegPerClass: 3 });
  const network = createNodeNetwork(strong);
  const rng = new MT19937(2);
  inactiveNodes(activity).forEach(({ ci, ti }, c) => {
    const of = (k: number, count: number) =>
      [...images.labels.keys()].filter((i) => images.labels[i] === k).slice(0, count);
    const shuffled = (rows: number[]) => [...rng.permutation(rows.length)].map((i) => rows[i]);
    const lists = new Map<string, number[]>();
    sequential(network, shuffled(of(c, 7)), lists);
    for (const [layer, list] of lists) assert.deepEqual([...ci[layer].bytes], [...bytesOf(list, ci[layer].length)]);
    sequential(network, shuffled([0, 1, 2, 3].filter((k) => k !== c).flatMap((k) => of(k, 3))), lists);
    for (const [layer, list] of lists) {
      assert.deepEqual([...ti[layer].bytes], [...bytesOf(list, ti[layer].length)]);
      assert.ok(isSubset(ti[layer], ci[layer]));
    }
  });
  network.dispose();
});

function bytesOf(members: readonly number[], length: number): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(length / 8));
  for (const i of members) bytes[i >> 3] |= 1 << (i & 7);
  return bytes;
}

test('more images never make more nodes inactive (§10.4)', async () => {
  const found = [];
  for (const nPos of [2, 5, 12]) {
    const { activity, activeCi, activeTi } = await split(strong, images, { method: 'decompose', nPos });
    assert.ok(activeCi < activeTi);
    found.push(inactiveNodes(activity));
  }
  for (const [few, more] of [
    [found[0], found[1]],
    [found[1], found[2]],
  ]) {
    few.forEach(({ ti }, c) => {
      for (const layer of Object.keys(ti)) assert.ok(isSubset(more[c].ti[layer], ti[layer]));
    });
  }
});

test('on every observed image a module of reluFedOnly or postAdd puts out the logits of the model (§10.5)', async () => {
  const { modules, activity } = await split(strong, images, {
    method: 'decompose',
    variant: 'MC',
    nPos: 9,
    nNegPerClass: 3,
  });
  const network = createNodeNetwork(strong);
  const policies: AddPolicy[] = ['reluFedOnly', 'postAdd', 'literal'];
  const changed = policies.map((addPolicy) => {
    const cut = cutDecomposed(strong, activity, { addPolicy, variant: 'MC' });
    if (addPolicy === 'reluFedOnly') assert.deepEqual(cut.modules, modules);
    let largest = 0;
    images.classNames.forEach((name, c) => {
      const used = [...firstPerClass(images, 9)].filter((i) => images.labels[i] === c);
      used.push(...firstPerClass(images, 3).filter((i) => images.labels[i] !== c));
      const x = toTensor(images, used);
      const module = openNodeModule(network, cut.modules[name]);
      const [own, whole] = [module.features(x), network.run(x)].map((features) =>
        tf.tidy(() => network.logits(features).dataSync<'float32'>()),
      );
      largest = Math.max(largest, relativeDifference(own, whole));
      module.dispose();
      x.dispose();
    });
    return largest;
  });
  assert.deepEqual(changed.slice(0, 2), [0, 0]);
  assert.ok(changed[2] > 1e-3, 'a masked summand is lost');
  network.dispose();
});

test('what a policy masks, and the counted nodes', async () => {
  const { activity } = await split(strong, images, { method: 'decompose', nPos: 5 });
  const layersOf = (addPolicy: AddPolicy) => {
    const { modules } = cutDecomposed(strong, activity, { addPolicy });
    const { convMasks, addMasks } = modules['class 0'];
    return [...convMasks, ...addMasks].map(({ layer }) => layer);
  };
  assert.deepEqual(layersOf('reluFedOnly'), ['conv0', 'conv1', 'conv3', 'conv5']);
  assert.deepEqual(layersOf('postAdd'), ['conv0', 'conv1', 'conv3', 'conv5', 'add2', 'add4', 'add6']);
  assert.deepEqual(
    layersOf('literal'),
    [0, 1, 2, 3, 4, 5, 6].map((i) => `conv${i}`),
  );
  const nodes = 3 * 8 * 8 * 4 + 2 * 4 * 4 * 8 + 2 * 2 * 2 * 16;
  for (const addPolicy of ['literal', 'reluFedOnly'] as const) {
    const cut = cutDecomposed(strong, activity, { addPolicy, variant: 'MC' });
    for (const own of cut.nodes) {
      const { convMasks } = cut.modules[own.className];
      const masked = convMasks.reduce((sum, { inactive }) => sum + countBits(inactive), 0);
      assert.equal(own.masked.conv, masked);
      assert.ok(Math.abs(own.jiNodes - (1 - masked / nodes)) < 1e-12);
      if (addPolicy === 'literal') assert.equal(own.jiNodes, own.activeTi);
    }
  }
});

test('jiFse is the set formula of the dense predecessor, with distinct weights that are not 0 (§10.11)', async () => {
  const { nodes, activity } = await split(strong, images, { method: 'decompose', nPos: 5 });
  const { convMasks } = cutDecomposed(strong, activity).modules['class 1'];
  const model: number[] = [];
  const module: number[] = [];
  for (const { layer, nodes: count } of createNodeNetwork(strong).points.filter(({ kind }) => kind === 'conv')) {
    const mask = convMasks.find((other) => other.layer === layer);
    for (let i = 0; i < count; i++) {
      model.push(model.length + 1);
      module.push(mask && hasBit(mask.inactive, i) ? 0 : model.length);
    }
  }
  const common = new Set(module);
  const intersection = new Set(model.filter((value) => common.has(value))).size;
  assert.ok(Math.abs(nodes[1].jiFse - intersection / (model.length + module.length - intersection)) < 1e-12);
});

test('folding the batch norm changes logits by less than 1e-4 (§10.10)', () => {
  const network = createNodeNetwork(strong);
  const x = randomImages([8, ...SHAPE], 3);
  const [own, whole] = tf.tidy(() => [
    network.logits(network.run(x)).dataSync<'float32'>(),
    (strong.predict(x) as tf.Tensor2D).dataSync<'float32'>(),
  ]);
  assert.ok(own.every((value, i) => Math.abs(value - whole[i]) < 1e-4));
  network.dispose();
  x.dispose();
});

test('the filter counts only confident positives, and says when there are none', async () => {
  const options = { method: 'decompose', preset: 'smoke', nPos: 6, nNegPerClass: 2 } as const;
  const few = subset(images, firstPerClass(images, 20));
  const all = await split(strong, few, options);
  const none = await split(strong, few, { ...options, positiveFilter: 0 });
  assert.deepEqual(none.activity.classes, all.activity.classes);
  assert.deepEqual(none.modules['class 0'].provenance.positiveFilter, 0);
  await assert.rejects(
    split(strong, few, { ...options, positiveFilter: 1 - 1e-12 }),
    (error) => error instanceof OptionError && /positiveFilter: the model gives no image of/.test(error.message),
  );
});

test('a split that was interrupted ends with the same modules, and leaves no tensor behind', async (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'decompose-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const checkpoint = path.join(folder, 'observed');
  const options = { method: 'decompose', preset: 'smoke', nPos: 8 } as const;
  const whole = await split(strong, images, options);
  const tensors = tf.memory().numTensors;
  await assert.rejects(
    split(strong, images, { ...options, checkpoint, signal: stopAfter(2) }),
    (error) =>
      error instanceof InterruptedError && /after 2 of 4 classes; the next call with checkpoint/.test(error.message),
  );
  assert.equal(tf.memory().numTensors, tensors);
  const events: number[] = [];
  const resumed = await split(strong, images, {
    ...options,
    checkpoint,
    onProgress: ({ doneHere }) => events.push(doneHere),
  });
  assert.deepEqual(resumed, whole);
  assert.equal(events.at(-1), 16);
  // Ready for another policy, without an image.
  const other = await split(strong, images, { ...options, checkpoint, addPolicy: 'literal', signal: stopAfter(0) });
  assert.deepEqual(other.activity, whole.activity);
  await assert.rejects(split(strong, images, { ...options, checkpoint, nPos: 9 }), /nPos: 8 there, 9 now/);
  fs.writeFileSync(checkpoint, fs.readFileSync(checkpoint).subarray(0, -1));
  await assert.rejects(split(strong, images, { ...options, checkpoint }), DataError);
  fs.writeFileSync(checkpoint, 'something else');
  await assert.rejects(split(strong, images, { ...options, checkpoint }), /is no checkpoint/);
  assert.equal(tf.memory().numTensors, tensors);
});

test('bad options, images and models are refused', async () => {
  const rejects = (options: object, message: RegExp) =>
    assert.rejects(split(strong, images, { method: 'decompose', ...options }), (error) => error instanceof OptionError && message.test(error.message)); // prettier-ignore
  await rejects({ preset: 'huge' }, /preset: expected one of smoke, laptop, paper, got 'huge'/);
  await rejects({ variant: 'MC-X' }, /variant: expected one of/);
  await rejects({ addPolicy: 'none' }, /addPolicy: expected one of/);
  await rejects({ nPos: 0 }, /nPos: expected a whole number from 1 on, got 0/);
  await rejects({ delta: -1 }, /delta: expected a positive number/);
  await rejects({ positiveFilter: 1 }, /positiveFilter: expected null or a probability below 1/);
  const without = subset(images, [...images.labels.keys()].filter((i) => images.labels[i] !== 2)); // prettier-ignore
  await assert.rejects(split(strong, without, { method: 'decompose' }), /the class 'class 2' has no image/);
  await assert.rejects(
    split(strong, { train: images, validation: images } as never, { method: 'decompose' }),
    /'decompose' takes one set: pass the training images/,
  );
  const overflowing = resNet(2);
  const conv = overflowing.getLayer('conv3');
  conv.setWeights(conv.getWeights().map((weight) => tf.mul(weight, 1e38)));
  await assert.rejects(split(overflowing, images, { method: 'decompose', nPos: 2 }), ModelError);
  overflowing.dispose();
});

test('scores on held-out images are those of the modules side by side; without such images there are none', async () => {
  const others = noiseSet(4, 3, SHAPE, 91);
  const { modules, heldOut } = await split(strong, images, { method: 'decompose', nPos: 5, heldOutImages: others });
  const composed = composeDecomposed({ model: strong, modules }, { classNames: others.classNames });
  const { accuracy } = await evaluate(composed, others);
  composed.dispose();
  assert.deepEqual(heldOut, {
    images: others.labels.length,
    strongAccuracy: (await evaluate(strong, others)).accuracy,
    composedAccuracy: accuracy,
  });
  assert.equal((await split(strong, images, { method: 'decompose', nPos: 5 })).heldOut, null);
});

test('scores and modules follow the labels where names are numbers in another order, or a word that objects know', async () => {
  const count = { method: 'decompose', nPos: 2, addPolicy: 'literal' } as const;
  const named = async (classNames: string[]) => {
    const set = { ...images, classNames };
    const { modules, heldOut } = await split(strong, set, { ...count, heldOutImages: set });
    assert.equal(Object.keys(modules).length, classNames.length);
    return heldOut!.composedAccuracy;
  };
  const usual = await named(['a', 'b', 'c', 'd']);
  assert.equal(await named(['1', '10', '2', '3']), usual);
  assert.equal(await named(['__proto__', 'b', 'toString', 'd']), usual);
});

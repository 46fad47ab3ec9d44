import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { openBackend } from '../backend/open-backend.js';
import { ModelError, OptionError } from '../errors.js';
import { measureCost } from '../metrics/measure-cost.js';
import { topKAccuracy } from '../metrics/top-k.js';
import { resNetCifar } from '../models/architectures/res-net-cifar.js';
import { KernelModule } from '../surgery/modules/kernel-module.js';
import { openNodeModule } from '../surgery/nodes/module-margins.js';
import { NodeModule } from '../surgery/nodes/node-module.js';
import { createNodeNetwork, type NodePoint } from '../surgery/nodes/node-network.js';
import { randomImages, randomiseWeights } from '../surgery/trace/test-models.fixture.js';
import * as tf from '../tf.js';
import { evaluate } from '../training/evaluate.js';
import { composeDecomposed } from './compose-decomposed.js';
import { type ComposedModel, composeModules } from './composed-model.js';
import { decideByMargin, decideByVote, floatProbability } from './margin-decision.js';
import { randomModules } from './reuse/random-modules.fixture.js';

before(async () => {
  await openBackend({ quiet: true });
});

const resNet = (classes: number, seed: number) =>
  randomiseWeights(resNetCifar(8, { width: 0.25, classes, inputShape: [8, 8, 3] }), seed);

/** Two dense layers behind convolutions that a pool, a ReLU and two readers follow. */
function denseNet(seed: number): tf.LayersModel {
  const { layers } = tf;
  const image = tf.input({ shape: [8, 8, 3] });
  const apply = (x: tf.SymbolicTensor, ...list: tf.layers.Layer[]) =>
    list.reduce((y, layer) => layer.apply(y) as tf.SymbolicTensor, x);
  const stem = apply(image, layers.conv2d({ name: 'stem', filters: 4, kernelSize: 3, activation: 'relu' }));
  const left = apply(stem, layers.conv2d({ name: 'left', filters: 4, kernelSize: 1 }), layers.reLU({ name: 'cut' }));
  const joined = layers.concatenate({ name: 'joined' }).apply([stem, left]) as tf.SymbolicTensor;
  const y = apply(
    joined,
    layers.conv2d({ name: 'pooled', filters: 3, kernelSize: 3 }),
    layers.averagePooling2d({ name: 'pool', poolSize: 2 }),
    layers.flatten({ name: 'flat' }),
    layers.dense({ name: 'hidden', units: 12, activation: 'relu' }),
    layers.dense({ name: 'out', units: 5 }),
  );
  return randomiseWeights(tf.model({ inputs: image, outputs: y }), seed);
}

const topOf = (row: ArrayLike<number>, k: number) =>
  Array.from(row, (value, c) => ({ value, c }))
    .sort((a, b) => b.value - a.value || a.c - b.c)
    .slice(0, k)
    .map(({ c }) => c);

test('modules without masks rank the classes as the network does, on random networks', () => {
  for (const [seed, build] of [resNet.bind(null, 10), denseNet, resNet.bind(null, 2)].entries()) {
    const model = build(seed);
    const x = randomImages([30, 8, 8, 3], seed);
    const tensors = tf.memory().numTensors;
    const composed = composeDecomposed({ model, modules: randomModules(model) });
    const logits = tf.tidy(() => (model.predict(x) as tf.Tensor2D).arraySync());
    const margins = composed.margins(x);
    const classes = composed.classNames.length;
    logits.forEach((row, i) => {
      const own = margins.subarray(i * classes, (i + 1) * classes);
      assert.deepEqual(topOf(own, 5), topOf(row, 5), `network ${seed}, image ${i}`);
      const mean = row.reduce((sum, z) => sum + z, 0) / classes;
      row.forEach((z, c) => assert.ok(Math.abs(own[c] - ((z - mean) * classes) / (classes - 1)) < 1e-4));
    });
    assert.deepEqual(composed.sharing, { images: 30, modules: classes, passes: 30, intactShare: 1, passesPerImage: 1 });
    composed.dispose();
    assert.equal(tf.memory().numTensors, tensors);
    tf.dispose(x);
    model.dispose();
  }
});

const POLICIES: Record<string, (point: NodePoint) => boolean> = {
  reluFedOnly: ({ kind, reluFed }) => kind !== 'add' && reluFed,
  postAdd: ({ reluFed }) => reluFed,
  literal: ({ kind }) => kind !== 'add',
};

for (const [policy, masked] of Object.entries(POLICIES)) {
  test(`shared passes are the passes of one module after the other: ${policy}`, () => {
    const networks = [() => resNet(4, 3), () => denseNet(4), () => resNet(40, 5)];
    for (const [n, build] of networks.entries()) {
      const model = build();
      const x = randomImages([12, 8, 8, 3], n);
      const modules = randomModules(model, { share: 0.003, masked, seed: n });
      const tensors = tf.memory().numTensors;
      const composed = composeDecomposed({ model, modules });
      const margins = composed.margins(x);
      const network = createNodeNetwork(model);
      const naive = modules.map((module) => {
        const forward = openNodeModule(network, module);
        const own = forward.margins(x);
        forward.dispose();
        return own;
      });
      network.dispose();
      for (let i = 0; i < 12; i++) {
        const own = margins.subarray(i * modules.length, (i + 1) * modules.length);
        const expected = naive.map((m) => m[i]);
        assert.equal(decideByMargin(own), decideByMargin(expected), `network ${n}, image ${i}`);
        expected.forEach((margin, c) => assert.ok(Math.abs(own[c] - margin) < 1e-4 * (1 + Math.abs(margin))));
      }
      // control: masks make a difference, and some but not all passes are shared
      const whole = composeDecomposed({ model, modules: randomModules(model) });
      const intact = whole.margins(x);
      assert.ok(
        margins.some((margin, i) => Math.abs(margin - intact[i]) > 1e-3),
        `network ${n}: masks change nothing`,
      );
      const { passes, images } = composed.sharing;
      assert.ok(passes > images && passes < images * (modules.length + 1), `network ${n}: ${passes} passes`);
      composed.dispose();
      whole.dispose();
      assert.equal(tf.memory().numTensors, tensors);
      tf.dispose(x);
      model.dispose();
    }
  });
}

test('composed as modules of any kind they share the passes of their network', async () => {
  const model = resNet(6, 7);
  const x = randomImages([10, 8, 8, 3], 7);
  const parts = randomModules(model, { share: 0.003, masked: POLICIES['reluFedOnly'], seed: 7 });
  const modules = parts.map((own) => new NodeModule(model, own));
  const tensors = tf.memory().numTensors;
  const [composed, expected] = [composeModules(modules), composeDecomposed({ model, modules: parts })];
  const scoresOf = ({ predict }: Pick<ComposedModel, 'predict'>) => tf.tidy(() => predict(x).dataSync<'float32'>());
  const macsOf = async (own: Pick<ComposedModel, 'predict'>) =>
    (await measureCost(() => Promise.resolve(scoresOf(own)))).cost.macs;
  assert.deepEqual(composed.classNames, expected.classNames);
  assert.deepEqual(scoresOf(composed), scoresOf(expected));
  assert.equal(await macsOf(composed), await macsOf(expected));
  const alone = modules[0].open();
  assert.ok((await macsOf(composed)) < 0.8 * 6 * (await macsOf(alone)), 'nothing is shared');
  alone.dispose();
  composed.dispose();
  expected.dispose();
  assert.equal(tf.memory().numTensors, tensors);
  const other = new KernelModule({
    ...{ targetClass: 'other', classIndex: 0, classNames: ['other'], selection: {}, model },
    provenance: { method: 'test', seed: 0, options: {}, keptRatio: 1 },
  });
  assert.throws(
    () => composeModules([...modules, other]),
    (e) => e instanceof OptionError && /6 of 7 put out a margin, 1 of 7 put out a logit/.test(e.message),
  );
  tf.dispose(x);
  model.dispose();
});

test('voting with two columns is the highest margin; float32 probabilities tie where margins do not', () => {
  const random = randomImages([1, 1, 500, 10], 3).dataSync<'float32'>();
  let ties = 0;
  for (let i = 0; i < 500; i++) {
    const margins = Array.from(random.subarray(10 * i, 10 * i + 10), (m) => 3 * m);
    assert.equal(decideByVote(margins), decideByMargin(margins));
    assert.equal(decideByVote(margins.map((m) => m - 20)), decideByMargin(margins));
    const sure = margins.map((m) => m + 25);
    if (decideByVote(sure, 'floatProbability') !== decideByMargin(sure)) ties++;
  }
  assert.ok(ties > 300, `${ties} of 500 decided wrongly by probability`);
  assert.deepEqual([20, 25].map(floatProbability), [1, 1]);
  assert.equal(decideByMargin([20, 25]), 1);
  assert.equal(decideByVote([20, 25]), 1);
  assert.equal(decideByVote([20, 25], 'floatProbability'), 0);
  assert.equal(decideByVote([-1, 0, -2], 'floatProbability'), 1);
  assert.ok(Math.abs(floatProbability(-1) - 1 / (1 + Math.E)) < 1e-7);
});

test('top k: of equal scores the lower class ranks first', () => {
  const scores = [1, 3, 3, 0, 5, 5, 5, 5];
  assert.equal(topKAccuracy(scores, [2, 0], 4, 1), 0.5);
  assert.equal(topKAccuracy(scores, [2, 3], 4, 2), 0.5);
  assert.equal(topKAccuracy(scores, [2, 3], 4, 4), 1);
  assert.throws(() => topKAccuracy(scores, [0], 4, 1), OptionError);
});

test('a composition of two networks with an order, names and normalisations of its own', async () => {
  const [first, second] = [resNet(4, 1), resNet(4, 2)];
  const modules = [first, second].map((model) => randomModules(model));
  const [plain, other] = [
    { mean: [0, 0, 0], std: [1, 1, 1] },
    { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] },
  ];
  const classNames = ['new', 'class 0', 'class 1', 'class 3'];
  const composed = composeDecomposed(
    [
      { model: first, modules: [0, 1, 3].map((c) => modules[0][c]) },
      { model: second, modules: [modules[1][2]], normalisation: other, rename: { 'class 2': 'new' } },
    ],
    { inputs: plain, classNames },
  );
  const x = randomImages([6, 8, 8, 3], 4);
  const margins = composed.margins(x);
  const alone = [first, second].map((model, i) => composeDecomposed({ model, modules: modules[i] }));
  const y = tf.tidy(() => tf.div<tf.Tensor4D>(tf.sub(x, 0.5), 0.25));
  const [a, b] = [alone[0].margins(x), alone[1].margins(y)];
  for (let i = 0; i < 6; i++) {
    const expected = [b[4 * i + 2], a[4 * i], a[4 * i + 1], a[4 * i + 3]];
    expected.forEach((margin, c) => assert.ok(Math.abs(margins[4 * i + c] - margin) < 1e-4));
  }
  const pixels = new Uint8Array(6 * 192).map((_, i) => (i * 37) % 256);
  const set = {
    pixels,
    labels: Int32Array.of(0, 1, 2, 3, 0, 1),
    imageShape: [8, 8, 3] as const,
    classNames,
    normalisation: plain,
  };
  assert.equal((await evaluate(composed, set)).images, 6);
  const byProbability = composeDecomposed({ model: first, modules: modules[0] }, { scores: 'floatProbabilities' });
  const scores = tf.tidy(() => byProbability.predict(x).dataSync<'float32'>());
  assert.deepEqual([...scores], [...a].map(floatProbability));

  const option = (
    part: Parameters<typeof composeDecomposed>[0],
    options: Parameters<typeof composeDecomposed>[1],
    message: RegExp,
  ) =>
    assert.throws(
      () => composeDecomposed(part, options),
      (e) => e instanceof OptionError && message.test(e.message),
    );
  const part = { model: first, modules: modules[0] };
  option([], {}, /at least one module/);
  option([part, { model: second, modules: modules[1] }], {}, /two modules have the class 'class 0'/);
  option(part, { classNames: ['class 0'] }, /expected the modules' classes class 0/);
  option({ ...part, normalisation: other }, {}, /pass `inputs`/);
  option(part, { scores: 'votes' as 'margins' }, /scores: expected 'margins'/);
  assert.throws(
    () => composeDecomposed({ model: second, modules: modules[0] }),
    (e) => e instanceof ModelError && /belongs to the model/.test(e.message),
  );
  [composed, byProbability, ...alone].forEach((model) => model.dispose());
  tf.dispose([x, y]);
  first.dispose();
  second.dispose();
});

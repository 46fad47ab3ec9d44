import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { openBackend } from '../../backend/open-backend.js';
import { splitTrainValidation } from '../../datasets/split-train-validation.js';
import { synthetic } from '../../datasets/synthetic.js';
import { DataError, InterruptedError, OptionError } from '../../errors.js';
import { resNetCifar } from '../../models/architectures/res-net-cifar.js';
import { stopAfter } from '../../run/stop-after.fixture.js';
import * as tf from '../../tf.js';
import type { SimplifyOptions } from '../options.js';
import { simplify } from '../simplify.js';
import type { SimplifyImages } from '../simplify-images.js';
import { plainNetwork } from '../test-network.fixture.js';
import { byEye, type ByEyeOptions } from './by-eye.js';
import type { KernelDecision } from './decision.js';
import { readDecisions, writeDecision } from './decision-file.js';
import { decisions } from './decisions.js';
import { reduction } from './gallery-maps.js';
import { formatKept, parseKept } from './kept-list.js';
import { kernelGallery } from './kernel-gallery.js';
import { OpenGallery } from './open-gallery.js';
import { scriptedDesigner } from './scripted-designer.fixture.js';
import { similarKernels } from './similar-kernels.js';

let model: tf.LayersModel;
let images: SimplifyImages;
let folder: string;
let files = 0;
const quick: SimplifyOptions = { preset: 'smoke', retrain: { batchSize: 16 }, layers: ['conv1', 'conv2', 'conv3'] };
const fresh = () => path.join(folder, `decisions-${files++}`);
const even = scriptedDesigner(({ units }) => Array.from({ length: units / 2 }, (_, i) => 2 * i));

before(async () => {
  await openBackend({ quiet: true });
  images = splitTrainValidation(synthetic({ trainPerClass: 5, testPerClass: 1, seed: 8 }).train);
  model = plainNetwork([8, 8, 12]);
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'by-eye-'));
});
after(() => fs.rmSync(folder, { recursive: true }));

test('kept kernels as text and back', () => {
  assert.equal(formatKept([0, 1, 2, 5, 7, 8]), '0-2,5,7-8');
  assert.deepEqual(parseKept('0-2, 5 ,7-8', 9), [0, 1, 2, 5, 7, 8]);
  assert.deepEqual(parseKept([4, 1], 9), [1, 4]);
  for (const bad of ['', '9', '3-1', '0-9', '1,1', '-1', '1;2', 'x', [], [9], [1.5], [1, 1], ['1'], null, {}, '1e1']) {
    assert.throws(() => parseKept(bad, 9), OptionError, JSON.stringify(bad));
  }
});

describe('a gallery', () => {
  test('has the maps of every kernel, on its own scale, with scores, and leaks nothing', async () => {
    const tensors = tf.memory().numTensors;
    const criterion = ['weightL1', 'meanActivation'] as const;
    const gallery = await kernelGallery(model, 'conv2', images.train, {
      classes: ['star', 0],
      imagesPerClass: 1,
      criterion,
    });
    assert.equal(tf.memory().numTensors, tensors);
    assert.deepEqual(
      gallery.images.map(({ className }) => className),
      ['star', images.train.classNames[0]],
    );
    for (const [i, { position }] of gallery.images.entries()) {
      const pixels = images.train.pixels.subarray(position * 3072, (position + 1) * 3072);
      assert.deepEqual(gallery.inputs.pixels.subarray(i * 3072, (i + 1) * 3072), pixels);
    }
    assert.equal(gallery.readout, 'relu2');
    assert.equal(gallery.maps.values.length, 8 * 2 * 16 * 16);
    assert.deepEqual(
      gallery.scores.map(({ id, values }) => [id, values.length]),
      [
        ['weightL1', 8],
        ['meanActivation', 8],
      ],
    );
    // Against the model itself: kernel 3, second image.
    const expected = tf.tidy(() => {
      const { mean, std } = images.train.normalisation;
      const from = gallery.images[1].position * 3072;
      const bytes = Float32Array.from(images.train.pixels.subarray(from, from + 3072));
      const x = tf.div(tf.sub(tf.div(tf.tensor4d(bytes, [1, 32, 32, 3]), 255), [...mean]), [...std]);
      const until = tf.model({ inputs: model.inputs, outputs: model.getLayer('relu2').output });
      const map = until.predict(x) as tf.Tensor4D;
      return tf.slice(map, [0, 0, 0, 3], [1, 16, 16, 1]).dataSync<'float32'>();
    });
    const [low, high] = [gallery.maps.low[3], gallery.maps.high[3]];
    const own = gallery.maps.values.subarray((3 * 2 + 1) * 256, (3 * 2 + 2) * 256);
    own.forEach((value, i) =>
      assert.ok(Math.abs(low + (value / 255) * (high - low) - expected[i]) <= 0.003 * (high - low) + 1e-5),
    );
  });

  test('maps are made smaller only as far as needed', () => {
    assert.equal(reduction(32, 32, 320), 1);
    assert.equal(reduction(32, 32, 640), 2);
    assert.equal(reduction(224, 224, 64 * 20), 14);
    assert.equal(reduction(4, 4, 1e6), 1);
  });

  test('of tied layers shows the sums that tie them', async () => {
    const net = resNetCifar(8, { width: 1 / 4, seed: 1 });
    const gallery = await kernelGallery(net, 'conv2', images.train, { imagesPerClass: 1, criterion: 'weightL1' });
    assert.equal(gallery.layers[0], gallery.layer);
    assert.ok(gallery.layers.includes('conv2') && gallery.layers.length > 1);
    assert.equal(gallery.hasMap.length, gallery.units);
    net.dispose();
  });

  test('finds near-duplicates; a flat kernel has none', () => {
    const values = Uint8Array.from([0, 9, 0, 200, 0, 20, 0, 255, 7, 7, 7, 7, 90, 0, 10, 0]);
    const similar = similarKernels({ values, low: [0, 0, 0, 0] });
    assert.equal(similar[0]!.unit, 1);
    assert.ok(similar[0]!.correlation > 0.99);
    assert.equal(similar[2], null);
  });

  test('refuses what the model and the images do not have', async () => {
    const bad = (layer: string, options: object, message: RegExp) =>
      assert.rejects(kernelGallery(model, layer, images.train, options), { name: 'OptionError', message });
    await bad('conv9', {}, /no convolution layer 'conv9'; it has conv1, conv2/);
    await bad('conv1', { classes: ['unicorn'] }, /no class "unicorn"/);
    await bad('conv1', { criterion: 'beauty' }, /criterion: expected some of weightL1/);
    await bad('conv1', { imagesPerClass: 0 }, /imagesPerClass/);
    await assert.rejects(kernelGallery(model, 'conv1', images.train, { signal: stopAfter(0) }), InterruptedError);
  });
});

describe('an open gallery', () => {
  const open = async (options = {}, show = even.show) => {
    const gallery = await kernelGallery(model, 'conv1', images.train, { imagesPerClass: 1, criterion: 'weightL1' });
    return OpenGallery.open(gallery, show, 'g.decide', options);
  };
  const nobody = () => undefined;

  test('waits for the page; the decision says what was seen, and becomes a file', async () => {
    const file = path.join(folder, 'conv1.json');
    const opened = await open({ file, user: 'someone' }, ({ asks }) => {
      const body = JSON.stringify({ token: asks!.endpoint.token, kept: [0, 3], reason: ' noise ' });
      const headers = { 'Content-Type': 'application/json' };
      setTimeout(() => void fetch(asks!.endpoint.url, { method: 'POST', body, headers }), 20);
    });
    const decision = await opened.decision({ timeLimit: 10 });
    assert.deepEqual(
      [decision.kept, decision.dropped],
      [
        [0, 3],
        [1, 2, 4, 5, 6, 7],
      ],
    );
    assert.deepEqual([decision.user, decision.reason, decision.layer], ['someone', 'noise', 'conv1']);
    assert.deepEqual(decision.seenImages, opened.gallery.images);
    assert.deepEqual(readDecisions(file), [decision]);
    assert.throws(() => opened.decide('0'), /is decided already/);
    // There is a file now: nobody is asked, unless again.
    const replayed = await open({ file }, ({ asks }) => assert.equal(asks, null));
    assert.deepEqual(await replayed.decision(), decision);
    const again = await open({ file, ask: 'again' }, nobody);
    again.decide('0-1', 'second thoughts');
    assert.deepEqual(readDecisions(file)[0].kept, [0, 1]);
  });

  test('gives up after the time limit or an interruption, and can be waited for again', async () => {
    const opened = await open({}, nobody);
    await assert.rejects(
      opened.decision({ timeLimit: 0.1 }),
      /Nobody has decided on 'conv1' within 0.1 s.*g\.decide\('0-3,5'/,
    );
    await assert.rejects(opened.decision({ signal: stopAfter(1) }), InterruptedError);
    assert.throws(() => opened.decide('77'), /kept: expected at least one of the kernels 0 to 7/);
    opened.decide('1-2');
    assert.deepEqual((await opened.decision()).kept, [1, 2]);
    const closed = await open({}, nobody);
    closed.dispose();
    await assert.rejects(closed.decision(), /closed undecided/);
  });

  test('with nobody to ask needs a file that fits', async () => {
    const file = path.join(folder, 'other.json');
    await assert.rejects(open({ file, ask: 'never' }), /nobody is to be asked .* is not there/);
    const decision = (await open()).decision();
    writeDecision(file, { ...(await decision), modelDigest: 'of another' });
    await assert.rejects(open({ file }), /other weights/);
    assert.equal((await (await open({ file, otherWeights: true })).decision()).modelDigest, 'of another');
    assert.throws(() => writeDecision(file, { ...example }), /is there already/);
  });
});

const example: KernelDecision = {
  format: 'modulab kernel decision 1',
  layer: 'conv1',
  layers: ['conv1'],
  units: 3,
  kept: [0, 2],
  dropped: [1],
  user: '',
  time: '2026-01-01T00:00:00.000Z',
  reason: '<b>',
  seenImages: [],
  imagesDigest: '',
  modelDigest: '',
};

test('files that are no decisions are named, with what is wrong', () => {
  const at = fresh();
  fs.mkdirSync(at);
  assert.throws(() => readDecisions(at), /holds no decision file/);
  assert.throws(() => readDecisions(path.join(at, 'none.json')), DataError);
  const file = path.join(at, 'a.json');
  const wrong = (change: object, message: RegExp) => {
    fs.writeFileSync(file, JSON.stringify({ ...example, ...change }));
    assert.throws(() => readDecisions(at), { name: 'DataError', message });
  };
  wrong({ format: 'other' }, /a\.json'.*its format is "other"/);
  wrong({ kept: [2, 0] }, /'kept' is no ascending list/);
  wrong({ kept: [0] }, /not each of the 3 kernels once/);
  wrong({ kept: [], dropped: [0, 1, 2] }, /'kept' is empty/);
  wrong({ units: 0 }, /'units'/);
  wrong({ layers: ['x'] }, /'layers'/);
  wrong({ seenImages: [{ position: 'a' }] }, /'seenImages'/);
  wrong({ reason: 5 }, /'reason' is no text/);
  fs.writeFileSync(file, '{');
  assert.throws(() => readDecisions(at), /is no JSON/);
  assert.throws(() => decisions([example, example]), /two of them are about layer 'conv1'/);
});

describe('a person as the criterion', () => {
  const run = (criterion: SimplifyOptions['criterion'], more: SimplifyOptions = {}, of = model) =>
    simplify(of, images, { ...quick, criterion, ...more });
  const eye = (options: Partial<ByEyeOptions> & { folder: string }) =>
    byEye({ show: even.show, imagesPerClass: 1, criterion: 'weightL1', ...options });

  test('decides on every layer after the one before is simplified; files replay to the same lists', async () => {
    const at = fresh();
    const asked = even.seen.length;
    const first = await run(eye({ folder: at }));
    assert.deepEqual(
      first.stages.map(({ layer, kept }) => [layer, kept]),
      [
        ['conv1', [0, 2, 4, 6]],
        ['conv2', [0, 2, 4, 6]],
        ['conv3', [0, 2, 4, 6, 8, 10]],
      ],
    );
    assert.deepEqual(
      even.seen.slice(asked).map(({ gallery, asks }) => [gallery.layer, asks !== null]),
      [
        ['conv1', true],
        ['conv2', true],
        ['conv3', true],
      ],
    );
    assert.deepEqual(fs.readdirSync(at).sort(), ['conv1.json', 'conv2.json', 'conv3.json']);
    const lists = (result: { stages: readonly { kept: readonly number[] }[] }) =>
      JSON.stringify(result.stages.map(({ kept }) => kept));
    const replayed = await run(decisions(readDecisions(at)), { seed: 5 });
    assert.equal(lists(replayed), lists(first));
    const shown = await run(eye({ folder: at, ask: 'never' }));
    assert.equal(lists(shown), lists(first));
    assert.ok(even.seen.slice(-3).every(({ asks, decision }) => asks === null && decision !== null));
    for (const result of [first, replayed, shown]) result.model.dispose();
  });

  test('stopped half-way it goes on from the decision files', async () => {
    const at = fresh();
    const tensors = tf.memory().numTensors;
    const onlyFirst = {
      ...even,
      show: (view: Parameters<typeof even.show>[0]) => view.gallery.layer === 'conv1' && even.show(view),
    };
    const half = eye({ folder: at, show: onlyFirst.show, timeLimit: 0.1 });
    await assert.rejects(run(half), /Nobody has decided on 'conv2' within 0.1 s.*eye\.decide/);
    assert.equal(tf.memory().numTensors, tensors);
    assert.deepEqual(fs.readdirSync(at), ['conv1.json']);
    half.decide('1-3', 'by hand');
    const result = await run(eye({ folder: at }));
    assert.deepEqual(
      result.stages.map(({ kept }) => kept),
      [
        [0, 2, 4, 6],
        [1, 2, 3],
        [0, 2, 4, 6, 8, 10],
      ],
    );
    result.model.dispose();
    assert.throws(() => eye({ folder: at }).decide('0'), /no gallery was shown yet/);
  });

  test('decisions about other layers, widths or weights are refused', async () => {
    const at = fresh();
    (await run(eye({ folder: at }))).model.dispose();
    const made = readDecisions(at);
    await assert.rejects(run(decisions(made.slice(1))), /none is about layer 'conv1', only about conv2, conv3/);
    const partly = await run(decisions(made.slice(1), { undecided: 'keep' }));
    assert.equal(partly.stages[0].kept.length, 8);
    const wide = plainNetwork([12, 8, 12]);
    await assert.rejects(run(decisions(made), {}, wide), /is of 8 kernels; the layer has 12/);
    const retrained = plainNetwork([8, 8, 12]);
    const bias = retrained.getLayer('conv1').getWeights()[1];
    tf.tidy(() =>
      retrained.getLayer('conv1').setWeights([retrained.getLayer('conv1').getWeights()[0], tf.add(bias, 1)]),
    );
    await assert.rejects(run(decisions(made), {}, retrained), /was made on a model with other weights/);
    const other = await run(decisions(made, { otherWeights: true }), {}, retrained);
    assert.deepEqual(other.stages[0].kept, [0, 2, 4, 6]);
    for (const used of [partly.model, wide, retrained, other.model]) used.dispose();
  });
});

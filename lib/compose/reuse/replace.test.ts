import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { before, test } from 'node:test';
import { openBackend } from '../../backend/open-backend.js';
import { firstPerClass, keepClasses, subset } from '../../datasets/subset.js';
import { synthetic } from '../../datasets/synthetic.js';
import { toTensor } from '../../datasets/tensors.js';
import { InterruptedError, OptionError } from '../../errors.js';
import { balancedAccuracy } from '../../metrics/summaries.js';
import { taskScore } from '../../metrics/task-score.js';
import { weakSimCnnCifar } from '../../models/architectures/weak-sim-cnn.js';
import { moduleMargins } from '../../surgery/nodes/module-margins.js';
import * as tf from '../../tf.js';
import { evaluate } from '../../training/evaluate.js';
import { confusedPair, mostConfusedPair, pairImages } from './confused-pair.js';
import { toyNetwork } from './modular-network.fixture.js';
import type { ModularNetwork } from './modular-network.js';
import { replaceAcross } from './replace-across.js';
import { replaceWithin } from './replace-within.js';
import type { ReuseImages } from './reuse-options.js';

const data = synthetic({ trainPerClass: 8, testPerClass: 5, size: 16, seed: 1 });
const shapes: ReuseImages = {
  name: 'shapes',
  train: keepClasses(data.train, ['circle', 'ellipse', 'square', 'diamond', 'triangle', 'star'], { relabel: true }),
  test: keepClasses(data.test, ['circle', 'ellipse', 'square', 'diamond', 'triangle', 'star'], { relabel: true }),
};
const rings: ReuseImages = {
  name: 'rings',
  train: keepClasses(data.train, ['ring', 'crescent'], { relabel: true }),
  test: subset(keepClasses(data.test, ['ring', 'crescent'], { relabel: true }), [0, 1, 2, 3, 4, 5]),
};
let recipient: ModularNetwork;
let donor: ModularNetwork;
let foreign: ModularNetwork;

before(async () => {
  await openBackend({ quiet: true });
  recipient = await toyNetwork(shapes.train, 1);
  donor = await toyNetwork(shapes.train, 2);
  foreign = await toyNetwork(rings.train, 3);
});

/** Margins of several modules, [images · modules], the naive way. */
function naive(parts: readonly (readonly [ModularNetwork, string])[], set: ReuseImages['test']): number[] {
  const columns = parts.map(([{ model, modules, normalisation }, name]) => {
    const x = toTensor({ ...set, normalisation });
    const margins = moduleMargins(model, modules[name], x);
    x.dispose();
    return margins;
  });
  return [...set.labels].flatMap((_, i) => columns.map((column) => column[i]));
}

test('within: one module at a time, on all classes', async () => {
  const tensors = tf.memory().numTensors;
  const result = await replaceWithin(recipient, donor, shapes);
  assert.equal(tf.memory().numTensors, tensors);
  const { classNames, labels } = shapes.test;
  const own = classNames.map((name) => [recipient, name] as const);
  assert.deepEqual(result.composed, taskScore(naive(own, shapes.test), labels, classNames));
  const model = await evaluate(recipient.model, { ...shapes.test, normalisation: recipient.normalisation });
  assert.equal(result.model.accuracy, model.accuracy);
  assert.ok(Math.abs(result.model.balancedAccuracy - balancedAccuracy(model)) < 1e-12);
  const mixed = own.map(([, name]) => [name === 'star' ? donor : recipient, name] as const);
  assert.equal(result.rows[5].className, 'star');
  assert.deepEqual(result.rows[5].replaced, taskScore(naive(mixed, shapes.test), labels, classNames));
  const same = await replaceWithin(recipient, recipient, shapes);
  for (const row of same.rows) assert.deepEqual([row.replaced, row.unmasked], [same.composed, same.model]);
  await assert.rejects(replaceWithin(recipient, foreign, shapes), /the classes of toy 1/);
});

test('across: the foreign class stands in the place of the old one', async () => {
  const sides = [
    { network: recipient, images: shapes, classes: ['square', 'star'] },
    { network: foreign, images: rings, classes: ['crescent'] },
  ] as const;
  const rows = await replaceAcross(...sides);
  assert.deepEqual(rows.map(({ replaced, place }) => `${replaced} ${place}`), ['square 2', 'star 5']); // prettier-ignore
  const [{ modules, updated }] = rows;
  const names = ['circle', 'ellipse', 'crescent', 'diamond', 'triangle', 'star'];
  assert.deepEqual([modules.classNames, modules.images], [names, 5 * 5 + 3]);
  const columns = names.map((name) => [name === 'crescent' ? foreign : recipient, name] as const);
  const own = keepClasses(shapes.test, names.filter((name) => name !== 'crescent')); // prettier-ignore
  const other = keepClasses(rings.test, ['crescent'], { relabel: true });
  const scores = [...naive(columns, own), ...naive(columns, other)];
  const labels = [...Array.from(own.labels, (l) => names.indexOf(shapes.test.classNames[l])), ...other.labels.map(() => 2)]; // prettier-ignore
  assert.deepEqual(modules, taskScore(scores, labels, names));
  const mean = modules.recall.reduce<number>((sum, recall) => sum + recall! / 6, 0);
  assert.ok(Math.abs(modules.balancedAccuracy - mean) < 1e-12);
  assert.equal(updated!.score.images, modules.images);
  assert.equal((await replaceAcross(...sides, { update: false }))[0].updated, null);
});

test('across: interrupted between rows it goes on, with baseline and update', async () => {
  const checkpoint = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'modulab-replace-')), 'rows.json');
  const scratch = {
    network: 'tiny',
    build: (classes: number, seed: number, inputShape: readonly [number, number, number]) =>
      weakSimCnnCifar({ width: 1 / 8, classes, seed, inputShape }),
    epochs: 1,
    batchSize: 16,
  };
  const run = (options: Parameters<typeof replaceAcross>[2]) =>
    replaceAcross(
      { network: recipient, images: shapes, classes: ['square', 'star'] },
      { network: foreign, images: rings, classes: ['ring'] },
      { scratch, seed: 2, ...options },
    );
  const stop = new AbortController();
  await assert.rejects(
    run({ checkpoint, signal: stop.signal, onProgress: (event) => event.unit === 'replacements' && stop.abort() }),
    InterruptedError,
  );
  const rows = await run({ checkpoint });
  const timeless = (value: unknown) => JSON.stringify(value, (key, part: unknown) => (key === 'seconds' ? 0 : part));
  assert.equal(timeless(rows), timeless(await run({})));
  assert.equal(rows[0].scratch!.classNames[2], 'ring');
});

test('a foreign class of a known name is refused', async () => {
  await assert.rejects(
    replaceAcross({ network: recipient, images: shapes, classes: ['star'] }, { network: donor, images: shapes, classes: ['star'] }), // prettier-ignore
    OptionError,
  );
});

test('the most confused pair of a report', () => {
  const perClass = [10, 20, 5].map((support) => ({ support }));
  const confusion = [[9, 1, 0], [6, 14, 0], [0, 1, 4]]; // prettier-ignore
  const report = { classNames: ['a', 'b', 'c'], confusion, perClass } as never;
  assert.deepEqual(mostConfusedPair(report), { victim: 'b', taker: 'a', share: 0.3 });
  assert.throws(() => mostConfusedPair({ ...(report as object), confusion: [[1, 0, 0], [0, 1, 0], [0, 0, 1]] } as never), OptionError); // prettier-ignore
});

test('the options for a confused pair', async () => {
  const pair = { victim: 'square', taker: 'diamond' };
  const pairNetwork = await toyNetwork(pairImages(shapes.train, pair), 4);
  const tensors = tf.memory().numTensors;
  const rows = await confusedPair(recipient, pair, shapes.test, { better: donor, pairNetwork });
  assert.equal(tf.memory().numTensors, tensors);
  assert.deepEqual(rows.map(({ option }) => option), ['model', 'modules', 'better', 'pair', 'drop', 'recheck']); // prettier-ignore
  const by = Object.fromEntries(rows.map((row) => [row.option, row]));
  const within = await replaceWithin(recipient, donor, shapes);
  assert.deepEqual([by['model'].score, by['modules'].score], [within.model, within.composed]);
  assert.deepEqual(by['better'].score, within.rows[2].replaced);
  assert.deepEqual([by['drop'].victimRecall, by['drop'].score.recall[2]], [0, 0]);

  const { labels, classNames } = shapes.test;
  const scores = naive(classNames.map((name) => [recipient, name] as const), shapes.test); // prettier-ignore
  const second = naive([[pairNetwork, 'square'], [pairNetwork, 'diamond']], shapes.test); // prettier-ignore
  const answers = labels.map((_, i) => {
    const row = scores.slice(6 * i, 6 * i + 6);
    const winner = row.indexOf(Math.max(...row));
    return winner === 2 || winner === 3 ? (second[2 * i] > second[2 * i + 1] ? 2 : 3) : winner;
  });
  const right = answers.filter((answer, i) => answer === labels[i]).length;
  assert.equal(by['recheck'].score.accuracy, right / labels.length);
  const alone = await confusedPair(recipient, pair, subset(shapes.test, firstPerClass(shapes.test, 2)));
  assert.deepEqual(alone.map(({ option }) => option), ['model', 'modules', 'drop']); // prettier-ignore
});

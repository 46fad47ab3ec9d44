import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { before, test } from 'node:test';
import { openBackend } from '../../backend/open-backend.js';
import type { Dataset, ImageSet } from '../../datasets/dataset.js';
import { keepClasses, subset } from '../../datasets/subset.js';
import { synthetic } from '../../datasets/synthetic.js';
import { toTensor } from '../../datasets/tensors.js';
import { DataError, InterruptedError, OptionError } from '../../errors.js';
import { taskScore } from '../../metrics/task-score.js';
import { weakSimCnnCifar } from '../../models/architectures/weak-sim-cnn.js';
import { stopAfter } from '../../run/stop-after.fixture.js';
import { moduleMargins } from '../../surgery/nodes/module-margins.js';
import * as tf from '../../tf.js';
import { costRatios } from './cost-ratios.js';
import { toyNetwork } from './modular-network.fixture.js';
import type { ModularNetwork } from './modular-network.js';
import { reuseAcross } from './reuse-across.js';
import type { ReuseImages } from './reuse-options.js';
import { reuseWithin } from './reuse-within.js';
import type { ScratchRecipe } from './scratch-baseline.js';

const only = (data: Dataset, name: string, classes: readonly string[]): ReuseImages => ({
  name,
  train: keepClasses(data.train, classes, { relabel: true }),
  test: keepClasses(data.test, classes, { relabel: true }),
});
const data = synthetic({ trainPerClass: 10, testPerClass: 6, size: 16, seed: 1 });
const shapes = only(data, 'shapes', ['circle', 'square', 'star']);
const rings = only(data, 'rings', ['ring', 'crescent']);
const scratch: ScratchRecipe = {
  network: 'tiny',
  build: (classes, seed, inputShape) => weakSimCnnCifar({ width: 1 / 8, classes, seed, inputShape }),
  epochs: 2,
  batchSize: 8,
};
let shapesNetwork: ModularNetwork;
let ringsNetwork: ModularNetwork;

before(async () => {
  await openBackend({ quiet: true });
  shapesNetwork = await toyNetwork(shapes.train, 1);
  ringsNetwork = await toyNetwork({ ...rings.train, normalisation: { mean: [0, 0, 0], std: [1, 1, 1] } }, 2);
});

const checkpointFile = () => path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'modulab-reuse-')), 'rows.json');
/** Without what a clock says. */
const timeless = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (key, part: unknown) => (key === 'seconds' ? undefined : part)));

/** Margins of one module on images in a network's normalisation, the naive way. */
function naive({ model, modules, normalisation }: ModularNetwork, name: string, set: ImageSet): Float64Array {
  const x = toTensor({ ...set, normalisation });
  const margins = moduleMargins(model, modules[name], x);
  x.dispose();
  return margins;
}

test('within: every pair; modules by their margins, restricted logits as the model has them', async () => {
  const tensors = tf.memory().numTensors;
  const rows = await reuseWithin(shapesNetwork, shapes);
  assert.equal(tf.memory().numTensors, tensors);
  assert.deepEqual(rows.map((row) => `${row.first} ${row.second}`), ['circle square', 'circle star', 'square star']); // prettier-ignore
  const pair = ['circle', 'star'] as const;
  const set = keepClasses(shapes.test, pair, { relabel: true });
  const [a, b] = pair.map((name) => naive(shapesNetwork, name, set));
  const scores = [...set.labels].flatMap((_, i) => [a[i], b[i]]);
  assert.deepEqual(rows[1].modules, taskScore(scores, set.labels, pair));
  const logits = tf.tidy(() => {
    const x = toTensor({ ...set, normalisation: shapesNetwork.normalisation });
    return tf.gather(shapesNetwork.model.predict(x) as tf.Tensor2D, [0, 2], 1).dataSync<'float32'>();
  });
  assert.deepEqual(rows[1].restricted, taskScore(logits, set.labels, pair));
  const bare = await toyNetwork(shapes.train, 1, { masks: false });
  for (const row of await reuseWithin(bare, shapes)) assert.deepEqual(row.modules, row.restricted);
});

test('within: classes by lot depend on the seed alone', async () => {
  const drawn = async (seed: number) => (await reuseWithin(shapesNetwork, shapes, { classes: 2, seed })).map((row) => `${row.first} ${row.second}`); // prettier-ignore
  const first = await drawn(1);
  assert.deepEqual(await drawn(1), first);
  const others = await Promise.all([2, 3, 4, 5, 6, 7].map(drawn));
  assert.ok(others.some((pair) => pair[0] !== first[0]));
});

test('within: an interrupted call goes on, in the training too, and ends with the same rows', async () => {
  const checkpoint = checkpointFile();
  const options = { classes: ['circle', 'star'], scratch, seed: 3 };
  const inTraining = new AbortController();
  const watch = (event: { task: string; done: number }) => event.task.startsWith('train') && event.done > 2 && inTraining.abort(); // prettier-ignore
  await assert.rejects(
    reuseWithin(shapesNetwork, shapes, { ...options, checkpoint, signal: inTraining.signal, onProgress: watch }),
    InterruptedError,
  );
  assert.ok(fs.existsSync(`${checkpoint}.inner-0`), 'state of the training');
  const rows = await reuseWithin(shapesNetwork, shapes, { ...options, checkpoint });
  assert.ok(!fs.existsSync(`${checkpoint}.inner-0`));
  assert.deepEqual(timeless(rows), timeless(await reuseWithin(shapesNetwork, shapes, options)));
  assert.deepEqual(await reuseWithin(shapesNetwork, shapes, { ...options, checkpoint }), rows);
  const { scratch: baseline } = rows[0];
  assert.deepEqual([baseline!.trainImages, baseline!.epochs, baseline!.images], [16, 2, 12]);
  const { effort } = baseline!;
  const costs = costRatios('reuse within', rows)!;
  assert.equal(costs.fixedEpochs.macs, (effort.allEpochs.macs + effort.predict.macs) / rows[0].effort.macs);
  assert.equal(effort.allEpochs.macs, 2 * (3 * 16 + 4) * (effort.predict.macs / 12));
  assert.equal(effort.bestEpoch.macs, (baseline!.bestEpoch / 2) * effort.allEpochs.macs);
  assert.equal(costs.fixedEpochsUpdated, null);
  assert.equal(costRatios('reuse within', [{ ...rows[0], scratch: null }]), null);
  const build: ScratchRecipe['build'] = (classes, seed, shape) => scratch.build(classes, seed + 1, shape);
  await assert.rejects(
    reuseWithin(shapesNetwork, shapes, { ...options, scratch: { ...scratch, build }, checkpoint }),
    OptionError,
    'another network of the same shape',
  );
  await assert.rejects(reuseWithin(ringsNetwork, rings, { checkpoint }), /another experiment|other options/);
});

test('across: each network sees both classes in its own normalisation; unbalanced sets are judged balanced', async () => {
  const few = { ...rings, test: subset(rings.test, [0, 1, 2, 3]) };
  const rows = await reuseAcross(
    { network: shapesNetwork, images: shapes, classes: ['star'] },
    { network: ringsNetwork, images: few, classes: ['ring', 'crescent'] },
  );
  assert.equal(rows.length, 2);
  const [star, ring] = [keepClasses(shapes.test, ['star'], { relabel: true }), keepClasses(few.test, ['ring'], { relabel: true })]; // prettier-ignore
  const column = (network: ModularNetwork, name: string) =>
    [star, ring].flatMap((set) => [...naive(network, name, set)]);
  const [a, b] = [column(shapesNetwork, 'star'), column(ringsNetwork, 'ring')];
  const labels = Int32Array.from(a, (_, i) => (i < star.labels.length ? 0 : 1));
  assert.deepEqual(rows[0].modules, taskScore(a.flatMap((score, i) => [score, b[i]]), labels, ['star', 'ring'])); // prettier-ignore
  assert.deepEqual(rows[0].updated.map(({ reading }) => reading), ['add', 'remove']); // prettier-ignore
  const [added, removed] = rows[0].updated;
  assert.ok(
    added.inactiveChange < 0 && removed.inactiveChange === 0,
    `${added.inactiveChange} ${removed.inactiveChange}`,
  );
  assert.deepEqual([rows[0].modules.images, rows[0].modules.balancedAccuracy], [8, (rows[0].modules.recall[0]! + rows[0].modules.recall[1]!) / 2]); // prettier-ignore
  assert.equal(rows[0].scratch, null);
});

test('across: another image size is refused, or adapted on request', async () => {
  const large = synthetic({ trainPerClass: 4, testPerClass: 3, size: 24, seed: 2 });
  const side = { network: shapesNetwork, images: shapes, classes: ['circle'] };
  const other = only(large, 'large', ['ring', 'crescent']);
  const network = await toyNetwork(other.train, 5);
  await assert.rejects(
    reuseAcross(side, { network, images: other, classes: ['ring'] }),
    (e: unknown) => e instanceof DataError && /16×16×3, got 24×24×3/.test(e.message),
  );
  const rows = await reuseAcross(side, { network, images: other, classes: ['ring'] }, { resize: true, readings: ['add'], scratch }); // prettier-ignore
  assert.equal(rows[0].modules.images, 9);
  assert.equal(rows[0].scratch!.images, 9);
  const { allEpochs, predict } = rows[0].scratch!.effort;
  const [{ effort }] = rows[0].updated;
  const expected = (allEpochs.macs + predict.macs) / (effort.update.macs + effort.predict.macs);
  assert.ok(Math.abs(costRatios('reuse across', rows)!.fixedEpochsUpdated!.macs / expected - 1) < 1e-12);
});

test('classes of one name are kept apart; odd ones are refused', async () => {
  const again = { network: await toyNetwork(shapes.train, 7), images: { ...shapes, name: 'again' }, classes: ['star'] };
  const [row] = await reuseAcross({ network: shapesNetwork, images: shapes, classes: ['star'] }, again, {
    readings: [],
  });
  assert.deepEqual(row.modules.classNames, ['shapes star', 'again star']);
  await assert.rejects(reuseWithin(shapesNetwork, shapes, { classes: ['star', 'ring'] }), OptionError);
  await assert.rejects(reuseWithin(shapesNetwork, shapes, { classes: 9 }), /from 1 to 3, got 9/);
  const without = { ...shapesNetwork, modules: {} };
  await assert.rejects(reuseWithin(without, shapes, { classes: 2 }), OptionError);
  await assert.rejects(reuseWithin(shapesNetwork, shapes, { signal: stopAfter(0) }), InterruptedError);
});

import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { before, test } from 'node:test';
import { openBackend } from '../backend/open-backend.js';
import { InterruptedError, OptionError } from '../errors.js';
import { weakResCnnCifar } from '../models/architectures/weak-res-cnn.js';
import { extractKernels } from '../surgery/modules/extract.js';
import { KernelModule } from '../surgery/modules/kernel-module.js';
import { randomSelection } from '../surgery/trace/test-models.fixture.js';
import { traceModel } from '../surgery/trace/trace.js';
import * as tf from '../tf.js';
import { evaluate } from '../training/evaluate.js';
import { patch } from './patch.js';
import { loadPatchData, type PatchData } from './patch-data.js';
import { patchExperiment, type PatchExperimentOptions } from './patch-experiment.js';
import type { PatchRow, PatchScore } from './patch-row.js';
import { grandMeanGains, publishedPatchMeans, summarisePatchRows } from './patch-summary.js';
import { weakModel } from './weak-model.js';

let data: PatchData;
let modules: Record<string, KernelModule>;
const recipe = { width: 1 / 16, epochs: 3, batchSize: 16 };

before(async () => {
  await openBackend({ quiet: true });
  data = await loadPatchData('synthetic', { perClass: { train: 30, test: 8 } });
  const strong = weakResCnnCifar({ width: 1 / 8, classes: 5, seed: 1 });
  const trace = traceModel(strong);
  modules = Object.fromEntries(
    data.targetClasses.slice(0, 2).map((targetClass, classIndex) => {
      const selection = randomSelection(trace, 0.7, classIndex);
      const provenance = { method: 'random', seed: classIndex, options: {}, keptRatio: 0.7 };
      const model = extractKernels(strong, selection);
      const about = { targetClass, classIndex, classNames: data.targetClasses };
      return [targetClass, new KernelModule({ ...about, selection, model, provenance })];
    }),
  );
});

const run = (options: Partial<PatchExperimentOptions> = {}) =>
  patchExperiment(data, { modules, network: 'simcnn', preset: 'smoke', kinds: ['simple'], recipe, cache: false, ...options }); // prettier-ignore

test('a row says what evaluate says of the weak model and of the patched one', async () => {
  const targetClass = data.targetClasses[1];
  const rules = ['minMax', 'learned'] as const;
  const tensors = tf.memory().numTensors;
  const rows = await run({ targetClasses: [targetClass], rules, seeds: [5] });
  assert.equal(tf.memory().numTensors, tensors);
  assert.equal(rows.length, 2);
  const task = data.weakTask(targetClass);
  const options = { kind: 'simple', network: 'simcnn', preset: 'smoke', recipe, cache: false, seed: 5 } as const;
  const { model } = await weakModel(data, task, options);
  for (const row of rows) {
    const patched = await patch(model, modules[targetClass], {
      classNames: task.classNames,
      calibrationImages: task.calibration,
      calibration: row.rule,
    });
    for (const [classifier, score] of [
      [model, row.weak],
      [patched, row.patched],
    ] as const) {
      const report = await evaluate(classifier, task.test);
      const { precision, recall, f1 } = report.perClass[5];
      const others = report.confusion.slice(0, 5).reduce((hits, counts, c) => hits + counts[c], 0) / 40;
      assert.deepEqual(score, { precision, recall, f1, nonTarget: others });
    }
    patched.dispose();
  }
});

test('kinds, classes, seeds and rules in order; interrupted, it goes on from the cache', async () => {
  const cache = fs.mkdtempSync(path.join(os.tmpdir(), 'modulab-weak-'));
  const options = { cache, rules: ['minMax', 'sigmoid'] as const, seeds: [1, 2] };
  const stop = new AbortController();
  await assert.rejects(
    run({ ...options, signal: stop.signal, onProgress: ({ unit }) => unit === 'weak models' && stop.abort() }),
    InterruptedError,
  );
  const rows = await run(options);
  assert.deepEqual(await run({ ...options, cache: false }), rows);
  assert.deepEqual(
    rows.map(({ target, seed, rule }) => `${target} ${seed} ${rule}`),
    [0, 1].flatMap((t) => [1, 2].flatMap((s) => options.rules.map((rule) => `${t} ${s} ${rule}`))),
  );
});

test('options that make no sense are refused', async () => {
  await assert.rejects(run({ targetClasses: ['star'] }), /'star' has none/);
  await assert.rejects(run({ modules: {} }), OptionError);
  await assert.rejects(run({ rules: ['guess' as 'minMax'] }), OptionError);
});

const score = (precision: number | null, recall: number): PatchScore => ({
  precision,
  recall,
  f1: 0.5,
  nonTarget: 0.5,
});
const row = (targetClass: string, seed: number, weak: PatchScore, patched: PatchScore): PatchRow => ({
  ...{ kind: 'patchRow', network: 'simcnn', data: 'cifar', weakKind: 'simple', targetClass, target: 0, seed, epoch: 1, method: 'x', rule: 'minMax' }, // prettier-ignore
  weak,
  patched,
});

test('means over classes first, deviation over seeds, undefined scores left out and counted', () => {
  const rows = [
    row('a', 1, score(0.5, 0.4), score(0.7, 0.3)),
    row('b', 1, score(null, 0), score(0.9, 0.2)),
    row('a', 2, score(0.5, 0.4), score(0.8, 0.6)),
    row('b', 2, score(0.4, 0.2), score(0.5, 0.2)),
  ];
  const [summary] = summarisePatchRows(rows);
  const { precision, recall } = summary.means;
  const near = (got: number | null, expected: number) => assert.ok(Math.abs(got! - expected) < 1e-9, `${got}`);
  assert.deepEqual([summary.targets, summary.seeds, precision.rows, precision.leftOut], [2, 2, 3, 1]);
  near(precision.gain, (0.2 + 0.3 + 0.1) / 3);
  near(precision.std, 0); // 0.2 with seed 1, (0.3 + 0.1) / 2 with seed 2
  near(recall.gain, (-0.1 + 0.2 + 0.2 + 0) / 4);
  near(recall.std, Math.sqrt(2 * 0.025 ** 2));
  near(grandMeanGains([summary], 'minMax').recall, recall.gain!);
  assert.equal(grandMeanGains([summary], 'learned').recall, null);
});

test('published means are those of the printed tables', () => {
  const means = publishedPatchMeans('rescnn', 'svhn', 'underfitting')!;
  assert.ok(Math.abs(means.recall.weak! - 0.8418) < 6e-5 && Math.abs(means.recall.patched! - 0.8) < 6e-5);
  assert.equal(publishedPatchMeans('rescnn', 'synthetic', 'simple'), null);
});

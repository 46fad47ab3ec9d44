import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { before, test, type TestContext } from 'node:test';
import { openBackend } from '../../backend/open-backend.js';
import { DataError, InterruptedError, OptionError } from '../../errors.js';
import { stopAfter } from '../../run/stop-after.fixture.js';
import * as tf from '../../tf.js';
import { overSeeds } from './finding.js';
import { reproductionPlan } from './plan.js';
import { reproduceRow } from './reproduce-row.js';
import { type ReproductionRow, reproductionRow } from './row.js';
import { readResult, sizeOf, stateOf, withTodaysFindings } from './row-result.js';

before(() => openBackend({ quiet: true }));

/** Counts how often parts are computed. */
function countingRow(made: string[] = []): ReproductionRow {
  return reproductionRow<{ power: number }, { power: number; seed: number }, number>({
    ...{ id: 'counting', paper: 'cnnsplitter', title: 'Powers', measured: 'Powers of seeds.', networks: [] },
    sizes: { smoke: { settings: { power: 2 }, seeds: [1, 2, 3], minutes: 1 } },
    parts: ({ power }, seeds) => seeds.map((seed) => ({ key: `seed ${seed}`, input: { power, seed } })),
    run: ({ power, seed }) => {
      made.push(`seed ${seed}`);
      return Promise.resolve(seed ** power / 3);
    },
    findings: (outputs) => [
      {
        ...{ what: 'powers', unit: 'points', published: null, control: null, test: null, why: 'They are.' },
        ours: overSeeds(outputs),
      },
    ],
  });
}

function places(t: TestContext) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'modulab-reproduce-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const at = (name: string) => path.join(folder, name);
  return { scale: 'smoke' as const, results: at('results'), work: at('work'), models: at('models') };
}

test('a row that was stopped goes on, and its file has the same bytes', async (t) => {
  const [whole, parts] = [places(t), places(t)];
  await reproduceRow(countingRow(), whole);
  const made: string[] = [];
  await assert.rejects(reproduceRow(countingRow(made), { ...parts, signal: stopAfter(2) }), InterruptedError);
  assert.equal(readResult(parts.results, 'counting', 'smoke'), null);
  await reproduceRow(countingRow(made), parts);
  assert.deepEqual(made, ['seed 1', 'seed 2', 'seed 3']);
  const [a, b] = [whole, parts].map(({ results }) => fs.readFileSync(path.join(results, 'counting.smoke.json')));
  assert.deepEqual(a, b);
});

test('what parts share is made once, and freed with the row, also when a part fails', async (t) => {
  let made = 0;
  const row: ReproductionRow = {
    ...countingRow(),
    run: async (input, { once }) => {
      const make = () => Promise.resolve((made++, tf.ones([3])));
      const shared = await once('ones', make, (tensor) => tensor.dispose());
      if ((input as { seed: number }).seed === 2 && made > 1) throw new OptionError('fails');
      return shared.dataSync()[0];
    },
  };
  const before = tf.memory().numTensors;
  await reproduceRow(row, places(t));
  assert.deepEqual([made, tf.memory().numTensors], [1, before]);
  await assert.rejects(reproduceRow(row, places(t)), OptionError);
  assert.equal(tf.memory().numTensors, before);
});

test('a finished row is done, and outdated once its settings or seeds are others', async (t) => {
  const at = places(t);
  const row = countingRow();
  const state = (of: ReproductionRow, seeds?: number) =>
    stateOf(readResult(at.results, 'counting', 'smoke'), sizeOf(of, 'smoke', seeds)!);
  assert.equal(state(row), 'to do');
  await reproduceRow(row, at);
  assert.equal(state(row), 'done');
  assert.equal(state(row, 4), 'outdated');
  const size = row.sizes.smoke!;
  assert.equal(state({ ...row, sizes: { smoke: { ...size, settings: { power: 3 } } } }), 'outdated');
  const { seeds } = await reproduceRow(row, { ...at, seeds: 4 });
  assert.deepEqual(seeds, [1, 2, 3, 4]);
  fs.writeFileSync(path.join(at.results, 'counting.smoke.json'), '{}');
  assert.throws(() => readResult(at.results, 'counting', 'smoke'), DataError);
  await assert.rejects(reproduceRow(row, { ...at, scale: 'paper' }), OptionError);
});

test('findings can be taken anew out of what was computed', async (t) => {
  const at = places(t);
  const row = countingRow();
  const result = await reproduceRow(row, at);
  const read = readResult(at.results, 'counting', 'smoke')!;
  assert.equal(withTodaysFindings(row, read), read);
  const reworded = {
    ...row,
    findings: (outputs: readonly unknown[]) => [{ ...result.findings[0], what: `${outputs.length} powers` }],
  };
  const renewed = withTodaysFindings(reworded, read);
  assert.equal(renewed.findings[0].what, '3 powers');
  assert.deepEqual({ ...renewed, findings: [] }, { ...read, findings: [] });
});

test('the plan has the cheapest rows first, each behind the networks it needs', (t) => {
  const { results } = places(t);
  const row = (id: string, minutes: number, networks: string[] = []) => ({
    ...countingRow(),
    ...{ id, networks, sizes: { smoke: { settings: {}, seeds: [1], minutes } } },
  });
  const all = [row('dear', 9), row('net', 5), row('cheap', 1, ['net']), row('other', 2, ['net']), row('plain', 4)];
  const plan = reproductionPlan(all, all, { scale: 'smoke', results });
  assert.deepEqual(
    plan.map(({ row: { id } }) => id),
    ['plain', 'net', 'cheap', 'other', 'dear'],
  );
});

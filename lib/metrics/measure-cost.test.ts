import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { before, test } from 'node:test';
import { openBackend } from '../backend/open-backend.js';
import { OptionError } from '../errors.js';
import { resNetCifar } from '../models/architectures/res-net-cifar.js';
import { openEnergyCounters } from '../run/energy-counters.js';
import { compileInference } from '../surgery/passes/inference.js';
import { countMacs } from '../surgery/trace/count-macs.js';
import { randomImages } from '../surgery/trace/test-models.fixture.js';
import * as tf from '../tf.js';
import { createOptimizer } from '../training/optimizers.js';
import { trainStep } from '../training/train-step.js';
import { costRatio, measureCost, sumCosts } from './measure-cost.js';

before(async () => {
  await openBackend({ quiet: true });
});

/** A machine whose package has used 10 J, and 2 J more whenever somebody asks; it wraps at 14 J. */
function fakeCounters(t: { after(f: () => void): void }): string {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'powercap-'));
  t.after(() => fs.rmSync(root, { recursive: true }));
  for (const [zone, name] of [
    ['intel-rapl:0', 'package-0'],
    ['intel-rapl:0:0', 'core'],
    ['other', 'package-1'],
  ]) {
    fs.mkdirSync(path.join(root, zone));
    fs.writeFileSync(path.join(root, zone, 'name'), `${name}\n`);
    fs.writeFileSync(path.join(root, zone, 'max_energy_range_uj'), '14000000\n');
    fs.writeFileSync(path.join(root, zone, 'energy_uj'), '10000000\n');
  }
  return root;
}

const setJoules = (root: string, joules: number) =>
  fs.writeFileSync(path.join(root, 'intel-rapl:0', 'energy_uj'), `${joules * 1e6}\n`);

test('multiply-adds of inference are those of the network, and of training three times as many', async () => {
  const model = resNetCifar(8, { width: 0.25, classes: 3, inputShape: [8, 8, 3], shortcut: 'projection' });
  const x = randomImages([5, 8, 8, 3], 1);
  const { total } = countMacs(model);
  const inference = compileInference(model);
  const kernel = tf.getKernel('FusedConv2D', tf.getBackend()).kernelFunc;
  const { cost, result } = await measureCost(() => tf.tidy(() => inference.predict(x).shape), { model });
  assert.deepEqual(result, [5, 3]);
  assert.equal(cost.macs, 5 * total);
  assert.equal(cost.forwardPasses, 5);
  assert.ok(cost.wallSeconds > 0 && cost.cpuSeconds > 0);
  assert.equal(cost.joules, null);
  assert.equal(cost.energySource, null);
  const optimizer = createOptimizer({ kind: 'sgd', momentum: 0.9 });
  const training = await measureCost(() => void trainStep(model, x, Int32Array.of(0, 1, 2, 0, 1), optimizer, 0.01));
  assert.equal(training.cost.macs, 5 * 3 * total);
  await assert.rejects(
    measureCost(() => Promise.reject(new Error('no'))),
    /no/,
  );
  assert.equal(tf.getKernel('FusedConv2D', tf.getBackend()).kernelFunc, kernel);
  optimizer.dispose();
  inference.dispose();
  model.dispose();
  x.dispose();
});

test('depthwise convolutions and dense layers count as the counter says', async () => {
  const { layers } = tf;
  const model = tf.sequential({
    layers: [
      layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2, inputShape: [6, 6, 3] }),
      layers.separableConv2d({ filters: 4, kernelSize: 2 }),
      layers.flatten(),
      layers.dense({ units: 7 }),
      layers.dense({ units: 2 }),
    ],
  });
  const x = randomImages([3, 6, 6, 3], 1);
  const { cost } = await measureCost(() => tf.dispose(model.predict(x)), { model });
  assert.equal(cost.forwardPasses, 3);
  model.dispose();
  x.dispose();
});

test('energy: measured where there are counters, which wrap; the background is subtracted', async (t) => {
  const root = fakeCounters(t);
  assert.deepEqual(openEnergyCounters(root)?.domains, ['package-0']);
  assert.equal(openEnergyCounters(path.join(root, 'nothing')), null);
  const options = { energyCounters: root, assumedPower: { cpu: 1000 } };
  const { cost } = await measureCost(() => setJoules(root, 1), options);
  assert.equal(cost.joules, 5); // 10 → 14 → 1
  assert.equal(cost.energySource, 'measured');
  assert.equal(cost.assumedPower, null);
  assert.ok(Math.abs(cost.energyKwh! - (1.58 * 5) / 3.6e6) < 1e-15);
  assert.ok(Math.abs(cost.co2ePounds! - (0.954 * 1.58 * 5) / 3.6e6) < 1e-15);
  setTimeout(() => setJoules(root, 4), 1);
  const idle = await measureCost(
    async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      setJoules(root, 5);
    },
    { ...options, backgroundSeconds: 0.1 },
  );
  // 1 J now, less what 3 J in 0.1 s or more before make of the 0.02 s or more it took
  assert.ok(idle.cost.joules! < 1, `${idle.cost.joules} J`);
});

test('energy by an assumed power: overhead, hours and pounds of the published formula', async () => {
  const wait = () => new Promise((resolve) => setTimeout(resolve, 5));
  const assumedPower = { cpu: 50, dram: 10, gpu: 100, gpus: 2 };
  const { cost } = await measureCost(wait, { assumedPower });
  const hours = cost.wallSeconds / 3600;
  assert.ok(Math.abs(cost.energyKwh! / ((1.58 * hours * 260) / 1000) - 1) < 1e-12);
  assert.ok(Math.abs(cost.co2ePounds! / (0.954 * cost.energyKwh!) - 1) < 1e-12);
  assert.equal(cost.energySource, 'assumed power');
  assert.deepEqual(JSON.parse(JSON.stringify(cost)), cost);
  const plain = (await measureCost(wait)).cost;
  const twice = costRatio([cost, cost], cost);
  assert.equal(twice.wall, 2);
  assert.ok(Math.abs(twice.energy! - 2) < 1e-12);
  assert.equal(costRatio(cost, plain).energy, null);
  assert.deepEqual(sumCosts([cost, cost]).assumedPower, assumedPower);
  assert.equal(sumCosts([cost, plain]).joules, null);
  await assert.rejects(measureCost(wait, { assumedPower: { cpu: -1 } }), OptionError);
  await assert.rejects(measureCost(wait, { backgroundSeconds: NaN }), /backgroundSeconds: expected a number/);
});

import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { openBackend } from '../backend/open-backend.js';
import { synthetic } from '../datasets/synthetic.js';
import { attack } from '../diagnose/attacks/attack.js';
import { stress } from '../diagnose/attacks/stress.js';
import { causalCheck } from '../diagnose/causal-check.js';
import { DataError } from '../errors.js';
import { experimentRows } from '../run/experiment-rows.js';
import { seedStream } from '../run/mt19937.js';
import { compareArms } from '../simplify/compare-arms.js';
import { simplify } from '../simplify/simplify.js';
import { split } from '../split/split.js';
import type { RelevantKernels } from '../surgery/trace/relevant-kernels.js';
import * as tf from '../tf.js';
import { fit } from '../training/fit.js';
import { treat } from '../treat/treat.js';

before(() => openBackend({ quiet: true }));

let folder: string;
before(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), 'modulab-damaged-'))));
after(() => fs.rmSync(folder, { recursive: true, force: true }));

const { train, test: held } = synthetic({ trainPerClass: 2, testPerClass: 3, size: 16 });
const sets = { train, validation: held };

function network(): tf.LayersModel {
  const seeded = (seed: number) => tf.initializers.heNormal({ seed });
  const conv = (name: string, filters: number, seed: number) =>
    tf.layers.conv2d({ name, filters, kernelSize: 3, strides: 2, kernelInitializer: seeded(seed) });
  return tf.sequential({
    layers: [
      tf.layers.conv2d({
        inputShape: [16, 16, 3],
        name: 'c0',
        filters: 4,
        kernelSize: 3,
        kernelInitializer: seeded(1),
      }),
      tf.layers.reLU({ name: 'r0' }),
      conv('c1', 6, 2),
      tf.layers.reLU({ name: 'r1' }),
      tf.layers.globalAveragePooling2d({ name: 'pool' }),
      tf.layers.dense({ name: 'd', units: 10, kernelInitializer: seeded(3) }),
    ],
  });
}

const model = network();
const relevantKernels: RelevantKernels = {
  ...{ layer: 'c1', kernels: 6, classNames: train.classNames },
  mask: train.classNames.map((_, c) => Array.from({ length: 6 }, (__, k) => (c + k) % 2)),
};
const search = {
  generations: 1,
  population: 2,
  parents: 2,
  elites: 1,
  imagesPerClass: 1,
  heldOutPerClass: 1,
  racing: null,
};

/** Every kind of checkpoint, by a call that writes one. @param checkpoint file, or folder for the calls that take one */
const calls: Readonly<Record<string, (checkpoint: string) => Promise<unknown>>> = {
  training: (checkpoint) => fit(network(), train, { epochs: 1, batchSize: 10, checkpoint }),
  simplification: (checkpoint) =>
    simplify(model, sets, { preset: 'smoke', layers: ['c0'], retrain: { when: 'never' }, checkpoint }),
  'comparison row': (checkpoint) => {
    const options = { arms: ['final'], budgets: [0.6], layers: ['c0'], retrain: { epochs: 1 } } as const;
    return compareArms(model, { ...sets, test: held }, { preset: 'smoke', ...options, checkpoint });
  },
  search: (checkpoint) => split(model, held, { preset: 'smoke', ...search, workers: 0, checkpoint }),
  GradSplitter: (checkpoint) =>
    split(model, sets, { method: 'gradsplitter', preset: 'smoke', heldOutPerClass: 1, checkpoint }),
  decomposition: (checkpoint) => split(model, train, { method: 'decompose', preset: 'smoke', nPos: 1, checkpoint }),
  sums: (checkpoint) => causalCheck(model, relevantKernels, held, { draws: 1, checkpoint }),
  attack: (checkpoint) => attack(model, held, { method: 'noise', budget: 0.1, checkpoint }),
  stress: (checkpoint) => stress({ model }, held, { method: 'noise', budgets: [0.1], control: false, checkpoint }),
  rows: (checkpoint) =>
    experimentRows({ task: 't', unit: 'rows', keys: ['a'], fingerprint: '"f"', checkpoint }, () => Promise.resolve(1)),
  treatment: (checkpoint) => {
    const settings = { preset: 'smoke', epochs: 1, seeds: [0], beta: 0, noiseStd: 0, relevantKernels } as const;
    return treat(model, { ...sets, test: held }, { ...settings, checkpoint });
  },
};

for (const [kind, call] of Object.entries(calls)) {
  test(`a damaged checkpoint is refused, never believed: ${kind}`, async () => {
    const named = path.join(folder, kind);
    await call(named);
    const inFolder = fs.statSync(named).isDirectory();
    const file = inFolder
      ? path.join(
          named,
          fs.readdirSync(named).find((name) => name.endsWith('.checkpoint'))!,
        )
      : named;
    const whole = fs.readFileSync(file);
    assert.match(whole.toString('latin1').split('\n')[1], new RegExp(`^\\{"kind":"${kind}","version":\\d+,`));
    const rng = seedStream(0, kind);
    const flipped = Array.from({ length: 4 }, (_, i) => {
      const at = i === 0 ? whole.length - 1 : Math.floor(rng.nextDouble() * whole.length);
      const mutant = Buffer.from(whole);
      mutant[at] ^= 1 << (at % 8);
      return mutant;
    });
    const cut = [whole.length - 1, Math.floor(whole.length / 2), 60, 0].map((length) => whole.subarray(0, length));
    for (const mutant of [...flipped, ...cut, Buffer.concat([whole, whole])]) {
      fs.writeFileSync(file, mutant);
      await assert.rejects(
        call(named),
        (e) =>
          e instanceof DataError && e.message.includes(`'${file}'`) && /is damaged|is no checkpoint/.test(e.message),
      );
      assert.deepEqual(fs.readFileSync(file), mutant, 'left as it is');
    }
    fs.writeFileSync(file, whole);
    await call(named);
  });
}

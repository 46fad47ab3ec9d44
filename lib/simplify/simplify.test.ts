import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { before, describe, test } from 'node:test';
import { openBackend } from '../backend/open-backend.js';
import type { ImageSet } from '../datasets/dataset.js';
import { splitTrainValidation } from '../datasets/split-train-validation.js';
import { firstPerClass, subset } from '../datasets/subset.js';
import { synthetic } from '../datasets/synthetic.js';
import { DataError, InterruptedError, ModelError, OptionError } from '../errors.js';
import { inceCnn } from '../models/architectures/ince-cnn.js';
import { resCnn } from '../models/architectures/res-cnn.js';
import { stopAfter } from '../run/stop-after.fixture.js';
import { traceModel } from '../surgery/trace/trace.js';
import * as tf from '../tf.js';
import { fit } from '../training/fit.js';
import { CRITERIA, type CriterionId } from './criteria/index.js';
import { moduleUnion } from './criteria/module-union.js';
import type { KernelChoice } from './criterion.js';
import type { SimplifyOptions } from './options.js';
import { simplify, type SimplifyResult } from './simplify.js';
import { copyOf } from './simplify-layer.js';
import { plainNetwork } from './test-network.fixture.js';

let model: tf.LayersModel;
let images: { train: ImageSet; validation: ImageSet };

/** Two small retrainings' worth of everything. */
const quick: SimplifyOptions = {
  preset: 'smoke',
  criterion: 'weightL1',
  stop: { kind: 'ratio', keep: 0.75 },
  retrain: { epochs: 1, batchSize: 16 },
  seed: 3,
};
const run = (more: SimplifyOptions = {}) => simplify(model, images, { ...quick, ...more });

const digest = (layer: tf.layers.Layer) => {
  const hash = createHash('sha256');
  for (const weight of layer.getWeights()) hash.update(weight.dataSync<'float32'>());
  return hash.digest('hex');
};
const digests = (of: tf.LayersModel) =>
  Object.fromEntries(of.layers.filter(({ weights }) => weights.length > 0).map((layer) => [layer.name, digest(layer)]));
const keptLists = ({ stages }: SimplifyResult) => stages.map(({ layer, kept }) => [layer, kept]);
const timeless = ({ stages }: SimplifyResult) => stages.map((stage) => ({ ...stage, seconds: 0 }));

before(async () => {
  await openBackend({ quiet: true });
  images = splitTrainValidation(synthetic({ trainPerClass: 8, testPerClass: 1, seed: 8 }).train);
  model = plainNetwork([8, 8, 12, 12, 16]);
  await fit(model, images.train, { epochs: 4, batchSize: 16, learningRate: 0.02 });
});

describe('simplify, layer by layer', () => {
  test('every layer loses its share, the model is an ordinary smaller one, the original is as it was', async () => {
    const untouched = digests(model);
    const result = await run();
    const trace = traceModel(model);
    assert.deepEqual(digests(model), untouched);
    assert.equal(result.stages.length, trace.groups.filter((group) => !group.protected).length);
    for (const { name, kernels } of traceModel(result.model).convLayers) {
      const before = trace.convLayers.find((conv) => conv.name === name)!.kernels;
      assert.equal(kernels, Math.ceil(0.75 * before), name);
      assert.equal(
        result.selection[name].reduce((a, b) => a + b, 0),
        kernels,
      );
    }
    assert.ok(result.after.macs < 0.7 * result.before.macs);
    assert.ok(result.after.parameters < result.before.parameters);
    const [x] = [tf.zeros([2, 32, 32, 3])];
    assert.deepEqual((result.model.predict(x) as tf.Tensor).shape, [2, 10]);
    x.dispose();
    result.model.dispose();
  });

  test('one retraining per layer, on a range that only grows; everything after it stays bit for bit', async () => {
    // The run of the first n layers is the beginning of the whole run, so its end shows the state after layer n.
    const names = traceModel(model).groups.map(({ id }) => id);
    let previous = digests(model);
    let range: readonly string[] = [];
    const weighted = model.layers.filter((layer) => layer.weights.length > 0).map(({ name }) => name);
    for (let n = 1; n <= 4; n++) {
      const result = await run({ layers: names.slice(0, n) });
      const { trained, retrainings } = result.stages[n - 1];
      assert.equal(retrainings, 1);
      assert.ok(range.every((name) => trained.includes(name)) && trained.length > range.length, `range after ${n}`);
      range = trained;
      const now = digests(result.model);
      const tail = weighted.filter((name) => !trained.includes(name));
      assert.ok(tail.length > 0);
      for (const name of tail) assert.equal(now[name], previous[name], `${name} after layer ${n}`);
      for (const name of trained) assert.notEqual(now[name], previous[name], `${name} after layer ${n}`);
      previous = now;
      result.model.dispose();
    }
  });

  test('the last layer is followed by the first dense one, and all before it learns', async () => {
    const { stages, model: small } = await run();
    small.dispose();
    const last = stages[stages.length - 1];
    assert.ok(last.trained.some((name) => model.getLayer(name).getClassName() === 'Dense'));
    const dense = model.layers.filter((layer) => layer.getClassName() === 'Dense').map(({ name }) => name);
    assert.deepEqual(
      dense.filter((name) => last.trained.includes(name)),
      dense.slice(0, 1),
    );
  });

  test('with nothing to remove, nothing happens', async () => {
    const result = await run({ stop: { kind: 'ratio', keep: 1 } });
    assert.deepEqual(digests(result.model), digests(model));
    assert.deepEqual(result.after, result.before);
    assert.ok(result.stages.every(({ retrainings, trained }) => retrainings === 0 && trained.length === 0));
    assert.notEqual(result.model, model);
    result.model.dispose();
  });

  test('backward order turns the sweep round', async () => {
    const forward = await run({ criterion: 'random', retrain: { when: 'never' } });
    const backward = await run({ criterion: 'random', order: 'backward', retrain: { when: 'never' } });
    assert.deepEqual(
      backward.stages.map(({ layer }) => layer),
      forward.stages.map(({ layer }) => layer).reverse(),
    );
    assert.deepEqual(backward.selection, forward.selection); // the lot does not look at the model
    forward.model.dispose();
    backward.model.dispose();
  });

  test('retraining after every removal, at the end, or of the next layer only', async () => {
    const layers = ['conv3'];
    const often = await run({ layers, retrain: { ...quick.retrain, when: 'afterRemoval', removalStep: 0.125 } });
    const [stage] = often.stages;
    const removed = stage.units - stage.kept.length;
    assert.equal(stage.retrainings, Math.ceil(removed / Math.max(1, Math.round(0.125 * stage.units))));
    const end = await run({ layers, retrain: { ...quick.retrain, when: 'atEnd' } });
    assert.equal(end.stages[0].retrainings, 0);
    assert.notEqual(digests(end.model)['conv1'], digests(model)['conv1']);
    const next = await run({ layers, retrain: { ...quick.retrain, range: 'next' } });
    assert.deepEqual(
      next.stages[0].trained.filter((name) => name.startsWith('conv')),
      ['conv4'],
    );
    for (const result of [often, end, next]) result.model.dispose();
  });
});

describe('how much goes', () => {
  test('a budget is kept to, and nearly used up', async () => {
    for (const of of ['macs', 'parameters'] as const) {
      const result = await run({ stop: { kind: 'budget', of, keep: 0.5 }, retrain: { when: 'never' } });
      const ratio = result.after[of] / result.before[of];
      assert.ok(ratio <= 0.5 && ratio > 0.3, `${of}: ${ratio}`);
      result.model.dispose();
    }
  });

  test('widths are multiples where that is asked for', async () => {
    const stop = { kind: 'budget', of: 'macs', keep: 0.6, multipleOf: 2 } as const;
    const { model, stages, before, after } = await run({ stop, retrain: { when: 'never' } });
    assert.ok(after.macs <= 0.6 * before.macs);
    for (const { kept, units } of stages) assert.ok(kept.length % 2 === 0 || kept.length === units, `${kept.length}`);
    model.dispose();
    await assert.rejects(run({ stop: { ...stop, multipleOf: 0 } }), /stop\.multipleOf: expected a whole number/);
  });
  test('a budget that cannot be kept to is refused', async () => {
    await assert.rejects(
      run({ layers: ['conv1'], stop: { kind: 'budget', of: 'macs', keep: 0.1 } }),
      /stop\.keep: a budget/,
    );
  });

  test('a threshold keeps what reaches it, and the best unit in any case', async () => {
    const all = await run({ layers: ['conv2'], stop: { kind: 'threshold', atLeast: -1 }, retrain: { when: 'never' } });
    assert.equal(all.stages[0].kept.length, all.stages[0].units);
    const scores = all.stages[0].scores!;
    const none = await run({
      layers: ['conv2'],
      stop: { kind: 'threshold', atLeast: 1e9 },
      retrain: { when: 'never' },
    });
    assert.deepEqual(none.stages[0].kept, [scores.indexOf(Math.max(...scores))]);
    all.model.dispose();
    none.model.dispose();
  });

  test('a tolerance is not exceeded by the removals of a layer', async () => {
    for (const metric of ['accuracy', 'kappa'] as const) {
      const result = await run({
        layers: ['conv5'],
        stop: { kind: 'tolerance', metric, tau: 0.1 },
        retrain: { when: 'never' },
      });
      assert.ok(result.after[metric] >= result.before[metric] - 0.1 - 1e-9);
      result.model.dispose();
    }
  });
});

describe('criteria', () => {
  test('each gives a number per unit, the same twice, and leaks nothing', async () => {
    for (const id of Object.keys(CRITERIA) as CriterionId[]) {
      const tensors = tf.memory().numTensors;
      const options: SimplifyOptions = { criterion: id, layers: ['conv4'], retrain: { when: 'never' } };
      const first = await run(options);
      const second = await run(options);
      assert.equal(first.stages[0].scores!.length, first.stages[0].units, id);
      assert.ok(new Set(first.stages[0].scores).size > 1, `${id} tells units apart`);
      assert.deepEqual(keptLists(first), keptLists(second), id);
      first.model.dispose();
      second.model.dispose();
      assert.equal(tf.memory().numTensors, tensors, id);
    }
  });

  test('a unit that is always silent is the least relevant to all but the weights and the lot', async () => {
    const silent = plainNetwork([8, 8, 12, 12, 16]);
    const norm = silent.getLayer('norm4');
    tf.tidy(() => {
      const [gamma, beta, ...statistics] = norm.getWeights();
      const others = Float32Array.from({ length: 12 }, (_, k) => +(k !== 1));
      norm.setWeights([tf.mul(gamma, others), tf.sub(beta, tf.mul(5, tf.sub(1, others))), ...statistics]);
    });
    for (const id of Object.keys(CRITERIA) as CriterionId[]) {
      if (id === 'random' || id === 'weightL1') continue;
      const result = await simplify(silent, images, {
        ...quick,
        criterion: id,
        layers: ['conv4'],
        retrain: { when: 'never' },
      });
      const scores = result.stages[0].scores!;
      if (id === 'ablation') {
        // Removing it changes nothing: its loss is that of the whole model; another's removal may even help.
        assert.ok(Number.isFinite(scores[1]));
      } else assert.equal(scores[1], Math.min(...scores), id);
      result.model.dispose();
    }
    silent.dispose();
  });

  test('the union of modules keeps what any of them keeps', async () => {
    const trace = traceModel(model);
    const only = (unit: number) =>
      Object.fromEntries(
        trace.convLayers.map(({ name, kernels }) => [
          name,
          Uint8Array.from({ length: kernels }, (_, k) => +(k === unit)),
        ]),
      );
    const result = await run({ criterion: moduleUnion([only(0), only(2)]), retrain: { when: 'never' } });
    for (const { kept } of result.stages) assert.deepEqual(kept, [0, 2]);
    result.model.dispose();
  });
});

test('tied and concatenated layers are simplified too, with the same retraining and tail', async () => {
  for (const build of [resCnn, inceCnn]) {
    const net = build({ width: 1 / 32, dropout: false, seed: 2 });
    const few = subset(images.train, firstPerClass(images.train, 1));
    const result = await simplify(net, { train: few, validation: few }, { ...quick, retrain: { epochs: 1 } });
    assert.equal(result.stages.length, traceModel(net).groups.filter((group) => !group.protected).length);
    const sizes = result.stages.map(({ trained }) => trained.length);
    assert.deepEqual(
      sizes,
      [...sizes].sort((a, b) => a - b),
    );
    assert.ok(result.after.macs < result.before.macs);
    net.dispose();
    result.model.dispose();
  }
});

describe('resuming', () => {
  test('stopped at any point and gone on with, the result is that of an uninterrupted run', async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'simplify-'));
    const layers = ['conv1', 'conv2', 'conv3'];
    const whole = await run({ layers });
    for (const checks of [1, 4, 9, 15]) {
      const checkpoint = path.join(folder, `${checks}.state`);
      const tensors = tf.memory().numTensors;
      await assert.rejects(run({ layers, checkpoint, signal: stopAfter(checks) }), InterruptedError);
      assert.equal(tf.memory().numTensors, tensors, 'an interrupted run leaks nothing');
      const resumed = await run({ layers, checkpoint });
      assert.deepEqual(timeless(resumed), timeless(whole));
      assert.deepEqual(digests(resumed.model), digests(whole.model));
      assert.deepEqual(resumed.selection, whole.selection);
      assert.deepEqual(fs.readdirSync(folder), [`${checks}.state`], 'files of retrainings are gone');
      resumed.model.dispose();
      fs.rmSync(checkpoint);
    }
    whole.model.dispose();
    fs.rmSync(folder, { recursive: true });
  });

  test('what an earlier run of another model has left beside its deleted file is not gone on with', async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'simplify-'));
    const checkpoint = path.join(folder, 'run');
    const layers = ['conv1', 'conv2'];
    const inTraining = new AbortController();
    const stop = ({ task }: { task: string }) =>
      task.startsWith('retrain') && fs.readdirSync(folder).some((name) => name !== 'run') && inTraining.abort();
    await assert.rejects(run({ layers, checkpoint, signal: inTraining.signal, onProgress: stop }), InterruptedError);
    assert.equal(fs.readdirSync(folder).length, 2, 'the state of a retraining lies there');
    fs.rmSync(checkpoint); // as the message for another run's file advises
    const other = copyOf(model);
    const dense = other.layers[other.layers.length - 1];
    dense.setWeights(dense.getWeights().map((weight) => tf.mul(weight, 0.5)));
    const expected = await simplify(other, images, { ...quick, layers });
    const result = await simplify(other, images, { ...quick, layers, checkpoint });
    assert.deepEqual(digests(result.model), digests(expected.model));
    assert.deepEqual(fs.readdirSync(folder), ['run']);
    [other, expected.model, result.model].forEach((one) => one.dispose());
    fs.rmSync(folder, { recursive: true });
  });

  test("another run's file, or none at all of this kind, is refused and left alone", async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'simplify-'));
    const checkpoint = path.join(folder, 'a');
    const first = await run({ layers: ['conv1'], retrain: { when: 'never' }, checkpoint });
    first.model.dispose();
    const saved = fs.readFileSync(checkpoint);
    await assert.rejects(run({ layers: ['conv2'], retrain: { when: 'never' }, checkpoint }), OptionError);
    assert.deepEqual(fs.readFileSync(checkpoint), saved);
    fs.writeFileSync(checkpoint, 'something else');
    await assert.rejects(run({ layers: ['conv1'], checkpoint }), DataError);
    assert.equal(fs.readFileSync(checkpoint, 'utf8'), 'something else');
    fs.rmSync(folder, { recursive: true });
  });
});

test('options that make no sense are named', async () => {
  const bad = (more: object, message: RegExp) => assert.rejects(run(more), { name: 'OptionError', message });
  await bad({ preset: 'paper' }, /preset: expected one of smoke, laptop/);
  await bad({ criterion: 'beauty' }, /criterion: expected one of weightL1/);
  await bad({ layers: ['conv99'] }, /no convolution layer 'conv99'; it has conv0|conv1/);
  await bad({ stop: { kind: 'ratio', keep: 0 } }, /stop\.keep/);
  await bad({ stop: { kind: 'tolerance', metric: 'luck', tau: 0.1 } }, /stop\.metric/);
  await bad({ retrain: { when: 'afterRemoval' }, stop: { kind: 'threshold', atLeast: 0 } }, /'afterRemoval' needs/);
  await bad({ retrain: { epochs: 0 } }, /retrain\.epochs/);
  const silly: KernelChoice = {
    id: 'silly',
    label: '',
    keep: ({ group }) => Promise.resolve(new Uint8Array(group.units.length)),
  };
  await assert.rejects(run({ criterion: silly }), ModelError);
  const nan = { id: 'nan', label: '', score: () => Promise.resolve([NaN, 1]) };
  await assert.rejects(
    run({ criterion: nan, layers: ['conv1'] }),
    /Criterion 'nan', layer 'conv1': expected \d+ numbers/,
  );
});

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { openBackend } from '../backend/open-backend.js';
import { splitTrainValidation } from '../datasets/split-train-validation.js';
import { synthetic } from '../datasets/synthetic.js';
import { InterruptedError, OptionError } from '../errors.js';
import { resNetCifar } from '../models/architectures/res-net-cifar.js';
import { compareSplitters as figureOf, splitterTable } from '../plot/figures/split/compare-splitters.js';
import { stopAfter } from '../run/stop-after.fixture.js';
import type { Module } from '../surgery/modules/module.js';
import * as tf from '../tf.js';
import { evaluate } from '../training/evaluate.js';
import { compareSplitters, type SplitterRow } from './compare-splitters.js';
import { meanGain, patchGains } from './patch-gains.js';

before(async () => {
  await openBackend({ quiet: true });
});

const data = synthetic({ trainPerClass: 10, testPerClass: 4, seed: 1 });
const sets = { ...splitTrainValidation(data.train, { fraction: 0.5 }), test: data.test };
const classes = data.classNames.length;
const network = (seed: number) => resNetCifar(8, { width: 0.25, classes, seed });

test('three splitters on one network: a row each, no tensor left, plain data', async () => {
  const strong = network(1);
  const weak = network(2);
  const { accuracy } = await evaluate(strong, sets.test);
  const tensors = tf.memory().numTensors;
  const tiny = { generations: 1, population: 2, parents: 2, elites: 1, imagesPerClass: 2, racing: null } as const;
  const rows = await compareSplitters(strong, sets, {
    methods: {
      decompose: { preset: 'smoke' },
      cnnsplitter: { preset: 'smoke', ...tiny },
      gradsplitter: { preset: 'smoke', firstHeadEpochs: 1, maskEpochs: 1 },
    },
    weak,
    targetClasses: data.classNames.slice(0, 2),
    seed: 1,
  });
  assert.equal(tf.memory().numTensors, tensors);
  assert.deepEqual(rows.map(({ method }) => method), ['decompose', 'cnnsplitter', 'gradsplitter']); // prettier-ignore
  assert.deepEqual(JSON.parse(JSON.stringify(rows)), rows);
  for (const row of rows) {
    assert.equal(row.strongAccuracy, accuracy);
    assert.equal(row.patches.length, 2);
    assert.ok(row.kept > 0 && row.kept <= 1 && row.parameters > 0 && row.macs > 0);
    assert.ok(row.cost.macs > 0 || row.method === 'cnnsplitter');
  }
  const [whole, cut] = rows;
  // a decomposed module is the network with two columns, and passes are shared; cut-out modules run side by side
  assert.equal(whole.parameters, whole.strongParameters - (classes - 2) * 17);
  assert.equal(whole.macs, whole.strongMacs - (classes - 2) * 16);
  assert.ok(
    whole.composedMacs > 0.95 * whole.strongMacs && whole.composedMacs < 1.1 * (classes + 1) * whole.strongMacs,
  );
  assert.ok(Math.abs(cut.composedMacs / (classes * cut.macs) - 1) < 0.05);
  assert.ok(cut.macs < cut.strongMacs);

  const figure = figureOf(rows);
  assert.match(figure.altText, /decompose: all modules, accuracy lost/);
  assert.equal(splitterTable(rows).rows.length, 3);
  assert.throws(() => figureOf([]), OptionError);
  await assert.rejects(compareSplitters(strong, sets, { methods: {} }), /expected some of decompose/);
  const silent: Module = {
    kind: 'silent',
    targetClass: data.classNames[0],
    classIndex: 0,
    classNames: data.classNames,
    inputShape: [32, 32, 3],
    scoreKind: 'logit',
    macs: 0,
    parameters: 0,
    provenance: { method: 'none' },
    open: () => ({ scoreKind: 'logit', predict: (x) => tf.zeros([x.shape[0], 1]), dispose: () => undefined }),
    save: () => Promise.reject(new OptionError('silence is not saved')),
    dispose: () => undefined,
  };
  const [stuck] = await patchGains(weak, [silent], sets);
  assert.match(stuck.notPatched!, /no range to scale by/);
  assert.equal(stuck.patchedF1, null);
  const odd = { calibration: 'odd' as 'minMax' };
  await assert.rejects(patchGains(weak, [silent], sets, odd), /calibration: expected one of minMax/);
  await assert.rejects(
    compareSplitters(strong, sets, {
      methods: { decompose: { preset: 'smoke' } },
      weak,
      targetClasses: ['no such class'],
    }),
    /'no such class' has no module/,
  );
  await assert.rejects(
    compareSplitters(strong, sets, { methods: { decompose: { preset: 'smoke' } }, signal: stopAfter(3) }),
    InterruptedError,
  );
  assert.equal(tf.memory().numTensors, tensors);
  strong.dispose();
  weak.dispose();
});

test('mean gain leaves out what is not defined', () => {
  const gain = (weakF1: number | null, patchedF1: number | null): SplitterRow['patches'][number] => ({
    targetClass: 'a',
    weakF1,
    patchedF1,
    weakOthers: 0.5,
    patchedOthers: 0.25,
    notPatched: null,
  });
  assert.equal(meanGain([gain(0.25, 0.5), gain(null, 1), gain(0, 0.5)], 'F1'), 0.375);
  assert.equal(meanGain([gain(null, 1)], 'F1'), null);
  assert.equal(meanGain([gain(0, 1)], 'Others'), -0.25);
});

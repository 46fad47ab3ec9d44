import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { openBackend } from '../backend/open-backend.js';
import { CRITERIA } from '../simplify/criteria/index.js';
import { simplify, type SimplifyResult } from '../simplify/simplify.js';
import { capturedLines } from './captured-lines.fixture.js';
import { LAYERS } from './layers.js';
import { part3 } from './part-3.js';
import { unchanged } from './unchanged.js';
import { loadWorkshop, type WorkshopData } from './workshop-data.js';

let given: WorkshopData;
let half: SimplifyResult;
before(async () => {
  await openBackend({ quiet: true });
  given = await loadWorkshop({ preset: 'smoke' });
  half = await simplify(
    given.strong,
    { train: given.search, validation: given.validation },
    {
      ...{ criterion: 'weightL1', layers: LAYERS, stop: { kind: 'ratio', keep: 0.5 }, retrain: { epochs: 1 }, seed: 1 },
    },
  );
});

const verdicts = async (id: string, answers: readonly unknown[], more = {}) =>
  capturedLines(async () => {
    const images = { train: given.search, validation: given.validation };
    for (const answer of answers) await part3(given, images).check(id, answer, more);
  });

test('3.1 knows which factor is missing', async () => {
  const macs = 32 * 32 * 9 * 8 * 8;
  const lines = await verdicts('3.1', [macs, macs / 9, macs / 1024, 2 * macs, 7]);
  for (const [i, expected] of [/^✓/, /3×3/, /weights/, /separately/, /Hint/].entries())
    assert.match(lines[i], expected);
});

test('3.2 knows the wrong axis, signs and means', async () => {
  const weight = given.strong.getLayer('conv1').getWeights()[0];
  const values = Array.from(weight.dataSync<'float32'>());
  const sums = (of: (value: number) => number, index: (i: number) => number) => {
    const total = new Array<number>(8).fill(0);
    values.forEach((value, i) => (total[index(i)] += of(value)));
    return total;
  };
  const kernel = (i: number) => i % 8;
  const norm = sums(Math.abs, kernel);
  const lines = await verdicts('3.2', [
    norm,
    Float32Array.from(norm),
    sums(Math.abs, (i) => Math.floor(i / 8) % 8),
    sums((value) => value, kernel),
    norm.map((value) => value / 72),
    norm.slice(1),
  ]);
  for (const [i, expected] of [/^✓/, /^✓/, /third axis/, /cancel/, /means/, /Expected 8/].entries())
    assert.match(lines[i], expected);
});

test('3.3 is what simplify does', async () => {
  const frozen = ['conv3', 'conv4', 'conv5', 'conv6', 'fc0'];
  const lines = await verdicts('3.3', [
    [...frozen].reverse(),
    ['conv0', 'conv1', 'conv2'],
    ['conv2', ...frozen],
    ['fc0'],
    ['fc9'],
  ]);
  for (const [i, expected] of [/^✓/, /that learn\. Which/, /conv2 reads/, /missing/, /no layer 'fc9'/].entries()) {
    assert.match(lines[i], expected);
  }
  const one = await simplify(
    given.strong,
    { train: given.search, validation: given.validation },
    {
      ...{
        criterion: 'weightL1',
        layers: ['conv1'],
        stop: { kind: 'ratio', keep: 0.5 },
        retrain: { epochs: 1 },
        seed: 1,
      },
    },
  );
  assert.deepEqual(
    unchanged(given.strong, one.model).filter((name) => !name.startsWith('bn')),
    frozen,
  );
  one.model.dispose();
});

test('3.4 wants all three layers, half of each, retrained', async () => {
  const lines = await verdicts('3.4', [
    half,
    { ...half, stages: half.stages.slice(1) },
    { ...half, stages: half.stages.map((stage) => ({ ...stage, kept: [0] })) },
    { ...half, stages: half.stages.map((stage) => ({ ...stage, retrainings: 0 })) },
    3,
  ]);
  for (const [i, expected] of [/^✓.*weightL1/, /pass layers/, /kept 1 of 8/, /retrained/, /simplify/].entries()) {
    assert.match(lines[i], expected);
  }
});

test('3.5 to 3.7 know other ratios, accuracy and validation images', async () => {
  const macsKept = half.after.macs / half.before.macs;
  const parameters = half.after.parameters / half.before.parameters;
  const measured = await verdicts(
    '3.5',
    [
      { macsKept, speedUp: 1.4 },
      { macsKept: 1 / macsKept, speedUp: 1.4 },
      { macsKept: parameters, speedUp: 1 },
      { macsKept, speedUp: 0 },
    ],
    { half },
  );
  for (const [i, expected] of [/^✓/, /upside down/, /parameters/, /above 0/].entries())
    assert.match(measured[i], expected);

  const accuracy = (m: number[][]) => m.reduce((sum, row, c) => sum + row[c], 0) / m.flat().reduce((a, b) => a + b, 0);
  const kappas = await verdicts('3.6', [accuracy, () => null]);
  assert.match(kappas[0], /this is the accuracy/);
  assert.match(kappas[1], /^…/);

  const careful = { ...half, after: { ...half.after, macs: half.after.macs + 1 } };
  const compared = await verdicts(
    '3.7',
    [
      { fewerMacs: 'half', moreAccurate: 'half' },
      { fewerMacs: 'careful', moreAccurate: 'half' },
    ],
    { half, careful },
  );
  assert.match(compared[0], /^✓/);
  assert.match(compared[1], /fewerMacs: not that one/);
});

test('3.8 runs a criterion and holds it against chance', async () => {
  const lines = await verdicts('3.8', [CRITERIA.gradTimesAct, { score: 3 }, { score: () => Promise.resolve([1]) }]);
  for (const [i, expected] of [/^✓/, /async function/, /stumbles/].entries()) assert.match(lines[i], expected);
});

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { openBackend } from '../backend/open-backend.js';
import { OptionError } from '../errors.js';
import { seedStream } from '../run/mt19937.js';
import * as tf from '../tf.js';
import { combineScores, fitCalibration, type FittedCalibration, type PatchScores } from './calibration.js';
import { type CalibrationScores, learnCalibration } from './learned-calibration.js';

before(() => openBackend({ quiet: true }));

/** Three classes, the last is the target: the weak model knows the first two, the module the third. */
function toyScores(images: number, seed: number, shift = 5): CalibrationScores {
  const rng = seedStream(seed, 'toy');
  const labels = Array.from({ length: images }, (_, i) => i % 3);
  const weakLogits = Float32Array.from({ length: 3 * images }, (_, k) => {
    const [label, c] = [labels[Math.floor(k / 3)], k % 3];
    return (c < 2 && label === c ? 4 : 0) + rng.nextNormal();
  });
  const moduleLogits = Float32Array.from(labels, (label) => shift + (label === 2 ? 6 : 0) + 2 * rng.nextNormal());
  return { weakLogits, moduleLogits, labels, classes: 3, target: 2 };
}

const asPatchScores = ({ weakLogits, moduleLogits, ...rest }: CalibrationScores): PatchScores => ({
  weak: weakLogits,
  weakKind: 'logits',
  module: moduleLogits,
  moduleKind: 'logits',
  ...rest,
});

function accuracy(fitted: FittedCalibration, { weakLogits, moduleLogits, labels, classes, target }: CalibrationScores) {
  return tf.tidy(() => {
    const scores = combineScores(
      fitted,
      { scores: tf.tensor2d(weakLogits, [labels.length, classes]), kind: 'logits' },
      { scores: tf.tensor2d(moduleLogits, [labels.length, 1]), kind: 'logits' },
      target,
    );
    const hits = scores
      .argMax<tf.Tensor1D>(1)
      .arraySync()
      .filter((c, i) => c === labels[i]);
    return hits.length / labels.length;
  });
}

test('the learned rule does better than ranges on images that it never saw', () => {
  const [held, unseen] = [toyScores(300, 1), toyScores(600, 2)];
  const learned = accuracy(learnCalibration(held), unseen);
  const minMax = accuracy(fitCalibration('minMax', asPatchScores(held)), unseen);
  assert.ok(learned > 0.85, `learned ${learned}`);
  assert.ok(learned > minMax + 0.05, `learned ${learned}, minMax ${minMax}`);
});

test('the learned rule does not depend on the unit of the module, and repeats exactly', () => {
  const scores = toyScores(300, 1);
  const fitted = learnCalibration(scores);
  assert.deepEqual(learnCalibration(scores), fitted);
  const scaled = learnCalibration({ ...scores, moduleLogits: scores.moduleLogits.map((m) => 1000 * m - 7) });
  assert.ok(Math.abs(scaled.module - fitted.module) < 1e-3);
  assert.ok(Math.abs(scaled.offset - fitted.offset) < 1e-3);
});

test('the learned rule minimises the balanced log-loss', () => {
  const scores = toyScores(120, 3);
  const loss = ({ temperature, module, own, offset, mean, std }: ReturnType<typeof learnCalibration>) => {
    let sum = 0.001 * ((temperature - 1) ** 2 + module ** 2 + (own - 1) ** 2 + offset ** 2);
    scores.moduleLogits.forEach((m, i) => {
      const z = Array.from(scores.weakLogits.subarray(3 * i, 3 * i + 3));
      const s = [temperature * z[0], temperature * z[1], (module * (m - mean)) / std + own * z[2] + offset];
      sum += (Math.log(s.reduce((a, b) => a + Math.exp(b), 0)) - s[scores.labels[i]]) / 120;
    });
    return sum;
  };
  const fitted = learnCalibration(scores);
  for (const name of ['temperature', 'module', 'own', 'offset'] as const) {
    for (const step of [-0.01, 0.01]) {
      assert.ok(loss({ ...fitted, [name]: fitted[name] + step }) > loss(fitted), `${name} ${step}`);
    }
  }
});

test('classes that part cleanly and a module without spread give finite numbers', () => {
  const scores = toyScores(30, 4);
  const clean = { ...scores, moduleLogits: Float32Array.from(scores.labels, (label) => (label === 2 ? 50 : -50)) };
  const flat = { ...scores, moduleLogits: new Float32Array(30).fill(3) };
  for (const fitted of [learnCalibration(clean), learnCalibration(flat)]) {
    assert.ok(
      Object.values(fitted).every((v) => v === 'learned' || Number.isFinite(v)),
      JSON.stringify(fitted),
    );
  }
  assert.throws(() => learnCalibration({ ...scores, labels: new Array<number>(30).fill(0) }), /got 0 and 30/);
});

test('a module with a probability of its own: raw score, its range, and its logit', () => {
  const module = Float32Array.from([0.2, 0.4, 0.9, 0.3]);
  const scores: PatchScores = {
    weak: Float32Array.from([0.9, 0.1, 0.7, 0.3, 0.4, 0.6, 0.2, 0.8]),
    weakKind: 'probabilities',
    module,
    moduleKind: 'probabilities',
    labels: [0, 1, 1, 0],
    classes: 2,
    target: 1,
  };
  const column = (fitted: FittedCalibration) =>
    tf.tidy(() => {
      const combined = combineScores(
        fitted,
        { scores: tf.tensor2d(scores.weak, [4, 2]), kind: 'probabilities' },
        { scores: tf.tensor2d(module, [4, 1]), kind: 'probabilities' },
        1,
      );
      return combined.arraySync().map((row) => row[1]);
    });
  const near = (got: readonly number[], expected: readonly number[]) =>
    got.forEach((v, i) => assert.ok(Math.abs(v - expected[i]) < 1e-5, `${v} is not ${expected[i]}`));
  near(column(fitCalibration('sigmoid', scores)), [0.2, 0.4, 0.9, 0.3]);
  near(column(fitCalibration('minMax', scores)), [-0.4, 0, 1, -0.2]);
  const learned = fitCalibration('learned', scores);
  assert.ok(learned.rule === 'learned');
  near([learned.mean], [(Math.log(0.2 / 0.8) + Math.log(0.4 / 0.6) + Math.log(9) + Math.log(0.3 / 0.7)) / 4]);
  assert.throws(() => fitCalibration('zscore' as 'minMax', scores), OptionError);
});

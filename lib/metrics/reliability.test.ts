import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OptionError } from '../errors.js';
import { guesses } from './guesses.js';
import { calibrationReport, type Guess, reliability } from './reliability.js';

const guess = (confidence: number, right: boolean, predicted = 0): Guess => ({
  label: right ? predicted : 1 - predicted,
  predicted,
  confidence,
});

test('bins and expected calibration error', () => {
  const found = [guess(0, false), guess(0.5, true), guess(0.6, true), guess(1, true), guess(0.8, false)];
  const { bins, ece, images } = reliability(found, 2);
  assert.equal(images, 5);
  assert.deepEqual(bins[0], { from: 0, to: 0.5, images: 2, confidence: 0.25, accuracy: 0.5 });
  assert.deepEqual([bins[1].images, bins[1].accuracy], [3, 2 / 3]);
  // |1 − 0.5| + |2 − 2.4| over five images
  assert.ok(Math.abs(ece! - 0.9 / 5) < 1e-12);
  assert.deepEqual(reliability([], 3).ece, null);
  assert.equal(reliability([guess(1, true)], 10).bins[9].images, 1);
  assert.equal(reliability([guess(0.3, true)], 10).bins[2].images, 1);
  assert.throws(() => reliability(found, 0), OptionError);
  assert.throws(() => reliability([guess(1.5, true)]), /guess 0 has confidence 1.5/);
});

test('by predicted class the accuracy is the precision', () => {
  const report = calibrationReport([guess(0.9, true), guess(0.9, false), guess(0.7, true, 1)], ['a', 'b'], 10);
  assert.deepEqual(
    report.perClass.map(({ images }) => images),
    [2, 1],
  );
  assert.equal(report.perClass[0].bins[8].accuracy, 0.5);
  assert.ok(Math.abs(report.perClass[0].ece! - 0.4) < 1e-12);
});

test('the winner of logits and of probabilities', () => {
  const scores = Float32Array.from([1, 1, -200, 100, 0, 2]);
  const found = guesses(scores, [1, 2], 3, 'logits');
  assert.deepEqual(found.map(({ predicted, label }) => [predicted, label]), [[0, 1], [0, 2]]); // prettier-ignore
  assert.ok(Math.abs(found[0].confidence - 0.5) < 1e-12);
  assert.equal(guesses(Float32Array.from([0.25, 0.75]), [0], 2, 'probabilities')[0].confidence, 0.75);
});

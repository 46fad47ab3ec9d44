import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OptionError } from '../errors.js';
import { seedStream } from '../run/mt19937.js';
import { classReport } from './class-report.js';
import { balancedAccuracy } from './summaries.js';
import { taskScore } from './task-score.js';

test('accuracy and balanced accuracy are those of the class report', () => {
  const random = seedStream(3, 'scores');
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
  const labels = Int32Array.from({ length: 300 }, (_, i) => (i % 3 === 0 ? i % 6 : 1));
  const scores = Float32Array.from({ length: 300 * 7 }, () => random.nextInterval(4)); // many ties
  const winners = labels.map((_, i) => {
    const row = Array.from(scores.subarray(7 * i, 7 * i + 7));
    return row.indexOf(Math.max(...row));
  });
  const report = classReport(labels, winners, names);
  const score = taskScore(scores, labels, names);
  assert.equal(score.accuracy, report.accuracy);
  assert.ok(Math.abs(score.balancedAccuracy - balancedAccuracy(report)) < 1e-12);
  assert.deepEqual(score.recall, report.perClass.map(({ recall }) => recall)); // prettier-ignore
  const inFive = labels.reduce((hits, label, i) => {
    const order = names.map((_, c) => c).sort((a, b) => scores[7 * i + b] - scores[7 * i + a] || a - b);
    return hits + (order.indexOf(label) < 5 ? 1 : 0);
  }, 0);
  assert.equal(score.top5, inFive / 300);
});

test('always answering the large class: plain accuracy praises it, the balanced one does not', () => {
  const labels = Int32Array.from({ length: 1100 }, (_, i) => (i < 1000 ? 0 : 1));
  const scores = Float32Array.from({ length: 2200 }, (_, i) => (i % 2 === 0 ? 1 : 0));
  const score = taskScore(scores, labels, ['cifar10 class', 'cifar100 class']);
  assert.ok(Math.abs(score.accuracy - 0.909) < 1e-3);
  assert.equal(score.balancedAccuracy, 0.5);
  assert.deepEqual(score.support, [1000, 100]);
  assert.equal(score.top5, null);
});

test('scores that do not fit are refused', () => {
  assert.throws(() => taskScore(new Float32Array(3), new Int32Array(1), ['a', 'b']), OptionError);
  assert.throws(() => taskScore(new Float32Array(2), Int32Array.of(2), ['a', 'b']), /label 2/);
  assert.throws(() => taskScore(Float32Array.of(1, NaN), Int32Array.of(0), ['a', 'b']), /class b: the score is not/);
});

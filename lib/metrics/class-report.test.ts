import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OptionError } from '../errors.js';
import { classReport } from './class-report.js';
import { balancedAccuracy, nonTargetAccuracy, weakestClass } from './summaries.js';

const names = ['ant', 'bee', 'cow'];

test('precision, recall, F1 and confusion of a small example', () => {
  const report = classReport([0, 0, 0, 1, 1, 2], [0, 0, 1, 1, 0, 1], names);
  assert.deepEqual(report.confusion, [
    [2, 1, 0],
    [1, 1, 0],
    [0, 1, 0],
  ]);
  assert.equal(report.accuracy, 0.5);
  assert.equal(report.perClass[0].precision, 2 / 3);
  assert.equal(report.perClass[0].recall, 2 / 3);
  assert.equal(report.perClass[1].f1, (2 * 1) / (2 + 3));
});

test('0/0 is null, not NaN and not 0', () => {
  const report = classReport([0, 1], [0, 0], names);
  assert.equal(report.perClass[1].precision, null); // never predicted
  assert.equal(report.perClass[1].recall, 0);
  assert.equal(report.perClass[1].f1, 0);
  assert.equal(report.perClass[2].recall, null); // no image
  assert.equal(report.perClass[2].f1, null);
});

test('non-target accuracy drops the target images but lets the target slot win', () => {
  // class 2 is the target: its image is dropped; the first image was lost to it
  const report = classReport([0, 0, 1, 2], [2, 0, 1, 2], names);
  assert.equal(nonTargetAccuracy(report, 'cow'), 2 / 3);
  assert.equal(nonTargetAccuracy(classReport([2], [0], names), 'cow'), null);
  assert.equal(balancedAccuracy(report), (0.5 + 1 + 1) / 3);
  assert.equal(weakestClass(report), 'ant');
  assert.throws(() => nonTargetAccuracy(report, 'dog'), /expected one of ant, bee, cow/);
});

test('bad input is refused with what came and what was expected', () => {
  assert.throws(() => classReport([0, 1], [0], names), OptionError);
  assert.throws(() => classReport([], [], names), OptionError);
  assert.throws(() => classReport([0], [3], names), /prediction 3, expected 0 to 2/);
});

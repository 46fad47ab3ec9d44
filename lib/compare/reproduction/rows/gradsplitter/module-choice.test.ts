import assert from 'node:assert/strict';
import { test } from 'node:test';
import { areaUnderCurve, f1AboveHalf } from './module-choice.js';

const labels = Int32Array.of(0, 0, 1, 1, 2);

test('F1 counts scores above 0 as a yes', () => {
  assert.equal(f1AboveHalf(Float64Array.of(-1, -1, 1, -1, 1), labels, 1), 0.5); // one hit, one miss, one false alarm
  assert.equal(f1AboveHalf(Float64Array.of(0, 0, 0, 0, 0), labels, 1), 0);
  assert.equal(f1AboveHalf(Float64Array.of(0, 0, 0, 0, 0), labels, 7), -1);
});

test('the area under the curve is the share of pairs in the right order, ties half', () => {
  assert.equal(areaUnderCurve(Float64Array.of(1, 2, 3, 4, 0), labels, 1), 1);
  assert.equal(areaUnderCurve(Float64Array.of(4, 3, 2, 1, 5), labels, 1), 0);
  assert.equal(areaUnderCurve(Float64Array.of(5, 5, 5, 5, 5), labels, 1), 0.5);
  assert.equal(areaUnderCurve(Float64Array.of(1, 3, 2, 3, 0), labels, 1), 4.5 / 6);
  assert.equal(areaUnderCurve(Float64Array.of(1, 2, 3, 4, 0), labels, 7), -1);
});

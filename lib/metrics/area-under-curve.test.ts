import assert from 'node:assert/strict';
import { test } from 'node:test';
import { areaUnderCurve } from './area-under-curve.js';

const labels = Int32Array.of(0, 0, 1, 1, 2);

test('the area under the curve is the share of pairs in the right order, ties half', () => {
  assert.equal(areaUnderCurve([1, 2, 3, 4, 0], labels, 1), 1);
  assert.equal(areaUnderCurve([4, 3, 2, 1, 5], labels, 1), 0);
  assert.equal(areaUnderCurve([5, 5, 5, 5, 5], labels, 1), 0.5);
  assert.equal(areaUnderCurve([1, 3, 2, 3, 0], labels, 1), 4.5 / 6);
  assert.equal(areaUnderCurve([1, 2, 3, 4, 0], labels, 7), null);
});

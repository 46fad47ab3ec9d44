import assert from 'node:assert/strict';
import { test } from 'node:test';
import { f1AboveHalf } from './module-choice.js';

const labels = Int32Array.of(0, 0, 1, 1, 2);

test('F1 counts scores above 0 as a yes', () => {
  assert.equal(f1AboveHalf(Float64Array.of(-1, -1, 1, -1, 1), labels, 1), 0.5); // one hit, one miss, one false alarm
  assert.equal(f1AboveHalf(Float64Array.of(0, 0, 0, 0, 0), labels, 1), 0);
  assert.equal(f1AboveHalf(Float64Array.of(0, 0, 0, 0, 0), labels, 7), -1);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OptionError } from '../errors.js';
import { calibrationRange } from './calibration-range.js';

const logits = Float32Array.from([4, 1, 2, 3, 5, 100]);

test('calibration rules on a sample with an outlier', () => {
  assert.deepEqual(calibrationRange(logits, 'minMax'), { low: 1, high: 100 });
  assert.deepEqual(calibrationRange(logits, 'percentile'), { low: 1.5, high: 52.5 });
  assert.deepEqual(calibrationRange(logits, 'interquartile'), { low: 1, high: 5 });
  const { low, high } = calibrationRange(Float32Array.from([-1, 1]), 'meanStd');
  assert.deepEqual([low, high], [-2, 2]);
});

test('no images, one image, and no spread are refused', () => {
  assert.throws(() => calibrationRange(new Float32Array(0), 'minMax'), /at least 2 images of the target class, got 0/);
  assert.throws(() => calibrationRange(Float32Array.from([3]), 'minMax'), OptionError);
  assert.throws(() => calibrationRange(Float32Array.from([3, 3, 3]), 'minMax'), /no range to scale by/);
  assert.throws(() => calibrationRange(logits, 'zscore' as 'minMax'), /one of minMax/);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { floatToHalf, halfToFloat } from './half-float.js';

test('every float16 comes back as it was', () => {
  const finite = Uint16Array.from({ length: 0x10000 }, (_, i) => i).filter((bits) => (bits & 0x7c00) !== 0x7c00);
  assert.deepEqual(floatToHalf(halfToFloat(finite)), finite);
});

test('what lies between two goes to the nearest, from the middle to the even one', () => {
  const step = 2 ** -10; // of the numbers from 1 to 2
  const tiny = 2 ** -24;
  for (const [value, expected] of [
    [1 + 0.49 * step, 1],
    [1 + 0.51 * step, 1 + step],
    [1 + 0.5 * step, 1],
    [1 + 1.5 * step, 1 + 2 * step],
    [2 - 0.25 * step, 2],
    [-(1 + 0.51 * step), -(1 + step)],
    [0.5 * tiny, 0],
    [0.51 * tiny, tiny],
    [1.5 * tiny, 2 * tiny],
    [0.1 * tiny, 0],
    [65519, 65504],
    [65520, Infinity],
    [-1e9, -Infinity],
    [NaN, NaN],
  ]) {
    assert.deepEqual(halfToFloat(floatToHalf([value]))[0], expected, String(value));
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { textWidth } from '../figure/text-width.js';
import { twoLines } from './two-lines.js';

test('text that fits stays one line, longer text breaks between words, and the rest is cut', () => {
  assert.deepEqual(twoLines('kernels kept', 200, 11), ['kernels kept']);
  const lines = twoLines('accuracy lost by the modules together', 150, 11);
  assert.equal(lines.join(' '), 'accuracy lost by the modules together');
  assert.equal(lines.length, 2);
  const long = twoLines('one word after another '.repeat(8), 150, 11);
  assert.equal(long.length, 2);
  assert.ok(long.every((line) => textWidth(line, 11) <= 150));
  assert.ok(long[1]?.endsWith('…'));
  assert.deepEqual(twoLines('w'.repeat(80), 100, 11).length, 1);
});

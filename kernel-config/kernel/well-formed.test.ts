import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wellFormed } from './well-formed.js';

test('halves of characters are replaced, wherever they stand', () => {
  const content = { 'a\ud800': ['\udc00b', { text: '\\\ud83d, \ud83d\ude00' }] };
  assert.deepEqual(wellFormed(content), { 'a\ufffd': ['\ufffdb', { text: '\\\ufffd, \ud83d\ude00' }] });
});

test('everything else stays the very same', () => {
  const content = {
    text: 'escapes as people write them: \\ud800, \\\\ud800; \ud83d\ude00 é\n"\u0000',
    data: [1, null],
  };
  assert.equal(wellFormed(content), content);
});

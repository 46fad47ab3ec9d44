import assert from 'node:assert/strict';
import { test } from 'node:test';
import { imagesPerPass } from './images-per-pass.js';

test('passes fit the parts, are as few as that allows, and never exceed the limit', () => {
  assert.equal(imagesPerPass([300], 125), 100);
  assert.equal(imagesPerPass([60, 90, 150], 125), 30);
  assert.equal(imagesPerPass([40], 125), 40);
  assert.equal(imagesPerPass([1000], 1), 1);
  assert.equal(imagesPerPass([], 125), 125);
});

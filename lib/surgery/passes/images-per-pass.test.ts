import assert from 'node:assert/strict';
import { test } from 'node:test';
import { imagesPerPass } from './images-per-pass.js';

test('passes fit the parts, are as few as that allows, and never exceed the limit', () => {
  const all = (...images: number[]) => images.map((n) => ({ images: n, modules: 1 }));
  assert.equal(imagesPerPass(all(300), 125), 100);
  assert.equal(imagesPerPass(all(60, 90, 150), 125), 30);
  assert.equal(imagesPerPass(all(40), 125), 40);
  assert.equal(imagesPerPass(all(1000), 1), 1);
  assert.equal(imagesPerPass([], 125), 125);
});

test('a part that many modules see counts more', () => {
  const parts = (modules: number) => [
    { images: 25, modules: 1 },
    { images: 600, modules },
  ];
  assert.ok(imagesPerPass(parts(0.05), 125) < imagesPerPass(parts(1), 125));
});

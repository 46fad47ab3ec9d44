import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OptionError } from '../errors.js';
import { MT19937, seedStream } from './mt19937.js';

const prefix = (n: number, count: number) => Array.from(new MT19937(1009).permutation(n).subarray(0, count));

test('seed 1009 reproduces the published permutations (spec cnnsplitter §2.0)', () => {
  assert.deepEqual(prefix(50000, 8), [44230, 225, 49998, 32938, 9710, 6203, 4088, 1266]);
  assert.deepEqual(prefix(5000, 5), [4537, 3116, 4618, 387, 1566]);
  assert.deepEqual(prefix(4500, 4), [952, 2077, 4456, 1897]);
});

test('a saved state goes on exactly where it was', () => {
  const a = new MT19937(7);
  for (let i = 0; i < 1001; i++) a.nextNormal();
  const saved = JSON.parse(JSON.stringify(a.saveState())) as ReturnType<MT19937['saveState']>;
  const b = new MT19937(0);
  b.restoreState(saved);
  for (let i = 0; i < 1000; i++) assert.equal(b.nextNormal(), a.nextNormal());
});

test('normal deviates have mean 0 and variance 1', () => {
  const rng = new MT19937(3);
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < 20000; i++) {
    const x = rng.nextNormal();
    sum += x;
    squares += x * x;
  }
  assert.ok(Math.abs(sum / 20000) < 0.03);
  assert.ok(Math.abs(squares / 20000 - 1) < 0.04);
});

test('streams differ by purpose and by seed', () => {
  const first = (seed: number, purpose: string) => seedStream(seed, purpose).nextUint32();
  const values = [first(1, 'a'), first(1, 'b'), first(2, 'a'), first(0, 'a'), first(0, 'b')];
  assert.equal(new Set(values).size, values.length);
  assert.equal(first(1, 'a'), first(1, 'a'));
});

test('a seed that is no 32-bit whole number is refused', () => {
  for (const seed of [-1, 1.5, NaN, 2 ** 32]) {
    assert.throws(() => new MT19937(seed), OptionError);
    assert.throws(() => seedStream(seed, 'a'), OptionError);
  }
});

test('an interval without whole numbers from 0 on is refused', () => {
  const rng = new MT19937(1);
  for (const max of [-1, 1.5, NaN, Infinity, 2 ** 32]) assert.throws(() => rng.nextInterval(max), OptionError);
  assert.ok(rng.nextInterval(0xffffffff) >= 0);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { intervalOverSeeds, pairedCounts, pairedImageError, pairedInterval, testEffect } from './effect-test.js';

const near = (got: number, expected: number) => assert.ok(Math.abs(got - expected) < 1e-9, `${got} is not ${expected}`);

test('the interval is of seeds and images, added in squares', () => {
  const values = [1, 2, 3]; // deviation 1, so Student's t of two degrees of freedom / √3
  const seeds = 4.303 / Math.sqrt(3);
  const exact = intervalOverSeeds(values, 0)!;
  near(exact.high - exact.mean, seeds);
  near(exact.mean - exact.low, seeds);
  const withImages = intervalOverSeeds(values, 0.5)!;
  near(withImages.high - 2, Math.hypot(seeds, 1.96 * 0.5));
  assert.equal(intervalOverSeeds([1], 0.5), null);
});

test('two classifiers are paired image by image', () => {
  const pair = pairedCounts([true, true, false, false, true], [true, false, false, true, false]);
  assert.deepEqual(pair, { images: 5, onlyFirst: 2, onlySecond: 1 });
  // differences per image 0, 1, 0, -1, 1: mean 0.2, variance 3/5 - 0.04
  near(pairedImageError([pair]), 100 * Math.sqrt((0.6 - 0.04) / 5));
  near(pairedInterval([pair, pair])!.mean, 20);
  const alike = pairedInterval([pair, pair])!;
  near(alike.high - alike.mean, 1.96 * pairedImageError([pair])); // more seeds do not make more images
});

test('a verdict says where the whole interval lies', () => {
  const verdict = (low: number, high: number, claim: Parameters<typeof testEffect>[2]) =>
    testEffect({ mean: (low + high) / 2, low, high }, 0, claim).verdict;
  const above = { kind: 'above 0', relevant: 1 } as const;
  assert.equal(verdict(0.1, 3, above), 'shown');
  assert.equal(verdict(-3, -0.1, above), 'opposite');
  assert.equal(verdict(-0.5, 0.9, above), 'not shown');
  assert.equal(verdict(-0.5, 1.1, above), 'too small to tell');
  assert.equal(verdict(1, 2, { kind: 'at most', limit: 2 }), 'shown');
  assert.equal(verdict(2.1, 3, { kind: 'at most', limit: 2 }), 'not shown');
  assert.equal(verdict(1, 3, { kind: 'at most', limit: 2 }), 'too small to tell');
  assert.equal(verdict(2, 3, { kind: 'at least', limit: 2 }), 'shown');
  assert.equal(verdict(1, 1.9, { kind: 'at least', limit: 2 }), 'not shown');
  assert.equal(verdict(1, 3, { kind: 'at least', limit: 2 }), 'too small to tell');
  const single = testEffect(null, 5, above);
  assert.deepEqual([single.mean, single.low, single.verdict], [5, null, 'too small to tell']);
});

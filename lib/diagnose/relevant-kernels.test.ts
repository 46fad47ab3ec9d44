import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OptionError } from '../errors.js';
import type { Guess } from '../metrics/reliability.js';
import { layerRelevance } from './layer-relevance.js';
import { classOverlap } from './overlap.js';
import { minMaxNormalised, relevantKernels } from './relevance-threshold.js';
import { selectImages } from './select-images.js';
import { relevanceSettings } from './settings.js';

const guess = (label: number, predicted: number, confidence: number): Guess => ({ label, predicted, confidence });

test('images are picked by confidence, of equals the earlier', () => {
  const found = [
    guess(0, 0, 0.8),
    guess(0, 0, 0.9),
    guess(0, 1, 0.95),
    guess(0, 0, 0.9),
    guess(1, 0, 0.6),
    guess(0, 0, 0.3),
    guess(0, 1, 0.4),
  ];
  assert.deepEqual(selectImages(found, 3, 'topConfidenceCorrect', 2), [[1, 3], [], []]);
  assert.deepEqual(selectImages(found, 3, 'topConfidenceCorrect', 9), [[1, 3, 0, 5], [], []]);
  assert.deepEqual(selectImages(found, 3, 'lowConfidence', 4), [[2, 6, 5, 0], [4], []]);
  assert.deepEqual(selectImages(found, 3, 'all', 1), [[0, 1, 2, 3, 5, 6], [4], []]);
  assert.throws(() => selectImages(found, 3, 'all', 0), /imagesPerClass: expected a whole number from 1 on, got 0/);
  assert.throws(() => selectImages(found, 3, 'best' as never, 2), /got 'best'/);
});

test('thresholds', () => {
  const near = (actual: number[], expected: number[]) =>
    actual.forEach((value, i) => assert.ok(Math.abs(value - expected[i]) < 1e-4));
  near(minMaxNormalised([4, 1, 0, 2]), [1, 0.25, 0, 0.5]);
  near(minMaxNormalised([0.5, 0.5, 3, 0]), [0.1667, 0.1667, 1, 0]);
  assert.deepEqual(relevantKernels([3, 1, 3, 2], 1, { kind: 'topK', k: 1 }), [1, 0, 0, 0]);
  assert.deepEqual(relevantKernels([3, 1, 3, 2], 1, { kind: 'topK', k: 3 }), [1, 0, 1, 1]);
  assert.deepEqual(relevantKernels([3, 0, 0], 1, { kind: 'topK', k: 9 }), [1, 0, 0]);
  assert.deepEqual(relevantKernels([3, 1, 3, 2], 2, { kind: 'value', v: 1 }), [1, 0, 1, 1]);
  for (const threshold of [{ kind: 'mean' }, { kind: 'minmax' }, { kind: 'value', v: 1 }] as const) {
    assert.deepEqual(relevantKernels([0, 0], 0, threshold), [0, 0], 'a class without images');
  }
  for (const bad of [
    { kind: 'minmax', theta: 1 },
    { kind: 'topK', k: 0.5 },
    { kind: 'value', v: NaN },
    { kind: 'x' },
  ]) {
    assert.throws(() => relevantKernels([1], 1, bad as never), OptionError);
  }
});

test('overlap, counts and sparsity of a layer', () => {
  const sums = {
    layer: 'conv',
    classNames: ['a', 'b', 'c'],
    kernels: 4,
    images: [2, 2, 0],
    values: [[4, 3, 0, 0], [0, 4, 4, 0], [0, 0, 0, 0]].map((row) => Float32Array.from(row)), // prettier-ignore
    quantity: 'gradient mass',
  };
  const relevance = layerRelevance(sums, { kind: 'mean' });
  assert.deepEqual(relevance.mask, [[1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 0, 0]]); // prettier-ignore
  assert.deepEqual(relevance.counts, [2, 2, 0]);
  assert.deepEqual(relevance.brightShare, [0.5, 0.5, null]);
  const { jaccard, shared } = classOverlap(relevance);
  assert.deepEqual(jaccard, [[1, 1 / 3, null], [1 / 3, 1, null], [null, null, null]]); // prettier-ignore
  assert.deepEqual(shared, [[2, 1, 0], [1, 2, 0], [0, 0, 0]]); // prettier-ignore
});

test('presets set what is known and ask for what is not', () => {
  assert.deepEqual(relevanceSettings(), relevanceSettings({ preset: 'internal2021' }));
  assert.deepEqual(relevanceSettings({ preset: 'release2023', imagesPerClass: 10 }), {
    layers: 'all',
    selection: 'topConfidenceCorrect',
    imagesPerClass: 10,
    phi: 'positive',
    threshold: { kind: 'minmax', theta: 0.2 },
    noise: null,
  });
  assert.throws(() => relevanceSettings({ preset: 'paper' }), /layers, imagesPerClass, threshold, noise are not known/);
  const own = {
    layers: 'last',
    imagesPerClass: 5,
    threshold: { kind: 'value', v: 1 },
    noise: { draws: 2, std: 1 },
  } as const;
  assert.deepEqual(relevanceSettings({ preset: 'paper', ...own }), {
    ...own,
    selection: 'topConfidenceCorrect',
    phi: 'abs',
  });
  assert.throws(() => relevanceSettings({ preset: 'mine' as never }), /one of paper, internal2021, release2023/);
  assert.throws(() => relevanceSettings({ threshold: { kind: 'topK', k: 0 } }), OptionError);
});

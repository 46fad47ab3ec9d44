import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DataError, OptionError } from '../errors.js';
import { type ImageSet } from './dataset.js';
import { splitTrainValidation } from './split-train-validation.js';
import {
  classCounts,
  concatSets,
  firstPerClass,
  interleaveClasses,
  keepClasses,
  subset,
  withClassNames,
} from './subset.js';

/** n images of one pixel whose value is their position. */
function numbered(n: number, classNames = ['a', 'b', 'c']): ImageSet {
  return {
    pixels: Uint8Array.from({ length: n }, (_, i) => i & 255),
    labels: Int32Array.from({ length: n }, (_, i) => i % classNames.length),
    imageShape: [1, 1, 1],
    classNames,
    normalisation: { mean: [0], std: [1] },
  };
}

test('subset takes images in the given order, repeats allowed', () => {
  const part = subset(numbered(6), [4, 0, 4]);
  assert.deepEqual([...part.pixels], [4, 0, 4]);
  assert.deepEqual([...part.labels], [1, 0, 1]);
  for (const wrong of [-1, 6, 1.5]) assert.throws(() => subset(numbered(6), [wrong]), OptionError);
});

test('keepClasses keeps order and relabels on request', () => {
  const kept = keepClasses(numbered(7), ['c', 'a']);
  assert.deepEqual([...kept.pixels], [0, 2, 3, 5, 6]);
  assert.deepEqual([...kept.labels], [0, 2, 0, 2, 0]);
  const relabelled = keepClasses(numbered(7), [2, 'a'], { relabel: true });
  assert.deepEqual([...relabelled.labels], [1, 0, 1, 0, 1]);
  assert.deepEqual(relabelled.classNames, ['c', 'a']);
  assert.throws(() => keepClasses(numbered(7), ['d']), /"d".*a, b, c/);
  assert.throws(() => keepClasses(numbered(7), ['a', 0]), OptionError);
});

test('concatSets joins equal kinds of sets only', () => {
  const joined = concatSets(numbered(4), numbered(2), numbered(1));
  assert.deepEqual([...joined.pixels], [0, 1, 2, 3, 0, 1, 0]);
  assert.deepEqual(classCounts(joined), [4, 2, 1]);
  assert.throws(() => concatSets(numbered(4), numbered(4, ['a', 'b'])), DataError);
});

test('withClassNames renames and relabels', () => {
  const tenth = withClassNames(keepClasses(numbered(6), ['b'], { relabel: true }), ['x', 'y', 'z'], () => 2);
  assert.deepEqual([...tenth.labels], [2, 2]);
  assert.throws(() => withClassNames(numbered(3), ['x']), OptionError);
});

test('firstPerClass takes what there is', () => {
  assert.deepEqual(firstPerClass(numbered(8), 2), [0, 1, 2, 3, 4, 5]);
  assert.deepEqual(firstPerClass(numbered(4), 3), [0, 1, 2, 3]);
});

test('the 80/20 split with seed 1009 is the published one (spec cnnsplitter §2.0)', () => {
  const begins: [number, number, number[]][] = [
    [50000, 40000, [44230, 225, 49998, 32938, 9710, 6203, 4088, 1266]],
    [5000, 4000, [4537, 3116, 4618, 387, 1566]],
    [4500, 3600, [952, 2077, 4456, 1897]],
  ];
  for (const [n, train, expected] of begins) {
    const split = splitTrainValidation(numbered(n));
    assert.equal(split.trainIndices.length, train);
    assert.deepEqual([...split.trainIndices.subarray(0, expected.length)], expected);
    assert.equal(split.validation.labels.length, n - train);
    const all = [...split.trainIndices, ...split.validationIndices].sort((a, b) => a - b);
    assert.deepEqual(
      all,
      Array.from({ length: n }, (_, i) => i),
    );
    assert.equal(split.validation.pixels[0], split.validationIndices[0] & 255);
  }
});

test('a fraction that leaves a side empty is refused', () => {
  for (const fraction of [0, 1, 0.1, NaN]) {
    assert.throws(() => splitTrainValidation(numbered(5), { fraction }), OptionError);
  }
});

test('interleaved, every beginning has the classes in equal numbers as far as they go', () => {
  const labels = Int32Array.from([0, 0, 0, 2, 1, 1]);
  assert.deepEqual(interleaveClasses({ ...numbered(6), labels }), [0, 3, 4, 1, 5, 2]);
});

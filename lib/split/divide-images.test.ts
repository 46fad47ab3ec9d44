import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classCounts } from '../datasets/subset.js';
import { synthetic } from '../datasets/synthetic.js';
import { OptionError } from '../errors.js';
import { divideImages } from './divide-images.js';
import { notesOf } from './held-out.js';

const images = synthetic({ trainPerClass: 12, testPerClass: 1, seed: 8, size: 16 }).train;
const size = 16 * 16 * 3;
/** The images as text, each one different. */
const contents = ({ pixels, labels }: typeof images) =>
  Array.from(
    labels,
    (label, i) => `${label} ${Buffer.from(pixels.subarray(i * size, (i + 1) * size)).toString('base64')}`,
  );

test('parts have as many images of each class as asked for, none twice, as the seed draws them', () => {
  const shares = { heldOut: 2, finish: 3, search: 5 };
  const parts = divideImages(images, shares, 1);
  assert.deepEqual(classCounts(parts.heldOut), Array<number>(10).fill(2));
  assert.deepEqual(classCounts(parts.finish), Array<number>(10).fill(3));
  assert.deepEqual(classCounts(parts.search), Array<number>(10).fill(5));
  const all = Object.values(parts).flatMap(contents);
  assert.equal(new Set(all).size, 100);
  assert.ok(all.every((one) => contents(images).includes(one)));
  assert.deepEqual(contents(divideImages(images, shares, 1).heldOut), contents(parts.heldOut));
  assert.notDeepEqual(contents(divideImages(images, shares, 2).heldOut), contents(parts.heldOut));
});

test('at most a fifth is held out and a third of the others is for the end; 0 takes none, null all that is left', () => {
  const parts = divideImages(images, { heldOut: 100, finish: 100, search: null }, 1);
  assert.deepEqual(
    [parts.heldOut, parts.finish, parts.search].map(({ labels }) => labels.length),
    [20, 30, 70],
  );
  const whole = divideImages(images, { heldOut: 0, finish: 0, search: null }, 1);
  assert.deepEqual(contents(whole.search), contents(images));
  assert.equal(whole.heldOut.labels.length, 0);
});

test('a class with too few images for every part is refused by name', () => {
  const few = synthetic({ trainPerClass: 2, testPerClass: 1, seed: 8, size: 16 }).train;
  assert.throws(
    () => divideImages(few, { heldOut: 1, finish: 1, search: null }, 1),
    (e: unknown) => e instanceof OptionError && /has 2 images; expected at least 3.*heldOutImages/.test(e.message),
  );
});

test('where masks are learned on other images, a class with too few gives them all to the search', () => {
  const few = synthetic({ trainPerClass: 1, testPerClass: 1, seed: 8, size: 16 }).train;
  const parts = divideImages(few, { heldOut: 10, finish: 0, search: null, scarce: 'search' }, 1);
  assert.deepEqual(contents(parts.search), contents(few));
  assert.equal(parts.heldOut.labels.length, 0);
});

test('a gap of more than three points is said, with how far the whole model falls', () => {
  const heldOut = { images: 500, strongAccuracy: 0.9, composedAccuracy: 0.8 };
  assert.deepEqual(notesOf({ strongAccuracy: 0.91, composedAccuracy: 0.829 }, heldOut), []);
  const [note, ...others] = notesOf({ strongAccuracy: 0.91, composedAccuracy: 0.85 }, heldOut);
  assert.match(note, /85\.0 %.*80\.0 % of 500 others: 5\.0 points less \(the whole model: 1\.0\)/);
  assert.deepEqual(others, []);
});

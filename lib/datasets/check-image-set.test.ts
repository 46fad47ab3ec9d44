import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OptionError } from '../errors.js';
import { batches } from './batches.js';
import { type ImageSet } from './dataset.js';
import { resizeImage, resizeSet } from './resize.js';
import { classCounts, firstPerClass, keepClasses, subset } from './subset.js';
import { toTensor } from './tensors.js';

/** Three images of 1×2 pixels and two classes. */
const SET: ImageSet = {
  pixels: Uint8Array.of(1, 2, 3, 4, 5, 6),
  labels: Int32Array.of(0, 1, 0),
  imageShape: [1, 2, 1],
  classNames: ['a', 'b'],
  normalisation: { mean: [0], std: [1] },
};

const refused = (call: () => unknown, message: RegExp) =>
  assert.throws(call, (error) => error instanceof OptionError && message.test(error.message));
const goThrough = (set: ImageSet, order?: readonly number[]) =>
  Array.from(batches(set, { batchSize: 2, order }), ({ x }) => x.dispose());

test('too few and too many bytes are refused', () => {
  for (const length of [5, 7]) {
    const set = { ...SET, pixels: new Uint8Array(length) };
    const message = new RegExp(`expected 6 bytes for 3 images of 1×2×1, got ${length}`);
    refused(() => goThrough(set), message);
    refused(() => toTensor(set), message);
    refused(() => toTensor(set, [0]), message);
    refused(() => subset(set, [0]), message);
    refused(() => resizeSet(set, [2, 2]), message);
    refused(() => classCounts(set), message);
  }
});

test('floating-point pixels are refused', () => {
  const set = { ...SET, pixels: new Float32Array(6).fill(0.5) as unknown as Uint8Array };
  refused(() => goThrough(set), /expected a Uint8Array of values from 0 to 255, got Float32Array/);
  refused(() => toTensor(set), /by 255/);
  const none = { ...SET, pixels: undefined as unknown as Uint8Array };
  refused(() => toTensor(none), /got undefined/);
});

test('positions that are no whole numbers within the set are refused', () => {
  for (const position of [NaN, 1.7, -1, 3]) {
    const message = new RegExp(`image position: expected a whole number from 0 to 2, got ${position}\\.`);
    refused(() => goThrough(SET, [0, position]), message);
    refused(() => subset(SET, [position]), message);
    refused(() => toTensor(SET, [position]), message);
  }
});

test('labels without a class are refused', () => {
  for (const label of [2, -1]) {
    const set = { ...SET, labels: Int32Array.of(0, 1, label) };
    const message = new RegExp(`expected class numbers from 0 to 1, got ${label} for image 2`);
    refused(() => goThrough(set), message);
    refused(() => classCounts(set), message);
    refused(() => firstPerClass(set, 1), message);
    refused(() => keepClasses(set, ['a']), message);
  }
});

test('a size of no pixels is refused', () => {
  for (const size of [0, -1, 1.5, NaN]) {
    refused(() => resizeSet(SET, [size, size]), /size: expected a height and width in whole pixels from 1 on/);
    refused(() => resizeImage(Uint8Array.of(1), [1, 1, 1], [1, size]), /size: expected/);
  }
});

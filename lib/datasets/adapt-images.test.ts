import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DataError } from '../errors.js';
import { adaptImages } from './adapt-images.js';
import type { ImageSet } from './dataset.js';

const set = (imageShape: readonly [number, number, number]): ImageSet => ({
  pixels: new Uint8Array(2 * imageShape[0] * imageShape[1] * imageShape[2]).fill(100),
  labels: Int32Array.of(0, 1),
  imageShape,
  classNames: ['a', 'b'],
  normalisation: { mean: new Array<number>(imageShape[2]).fill(0), std: new Array<number>(imageShape[2]).fill(1) },
});
const rgb = { mean: [0.5, 0.4, 0.3], std: [1, 2, 3] };

test('another normalisation leaves the bytes alone', () => {
  const adapted = adaptImages(set([8, 8, 3]), { imageShape: [null, 8, 3], normalisation: rgb });
  assert.deepEqual(adapted, { ...set([8, 8, 3]), normalisation: rgb });
});

test('another size is adapted on request only', () => {
  const input = { imageShape: [4, 4, 3], normalisation: rgb };
  assert.throws(() => adaptImages(set([8, 8, 1]), input), (e: unknown) => e instanceof DataError && /4×4×3, got 8×8×1/.test(e.message)); // prettier-ignore
  const adapted = adaptImages(set([8, 8, 1]), input, { resize: true });
  assert.deepEqual([adapted.imageShape, adapted.pixels.length, adapted.normalisation], [[4, 4, 3], 96, rgb]);
  assert.ok(adapted.pixels.every((byte) => byte === 100));
});

test('colours do not become grey', () => {
  const input = { imageShape: [8, 8, 1], normalisation: { mean: [0], std: [1] } };
  assert.throws(
    () => adaptImages(set([8, 8, 3]), input, { resize: true }),
    /3 channels cannot become 1; make them grey first/,
  );
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OptionError } from '../errors.js';
import { MT19937 } from '../run/mt19937.js';
import * as tf from '../tf.js';
import { augmentPixels } from './augment.js';
import { batches } from './batches.js';
import { IMAGENET_NORMALISATION, type ImageSet } from './dataset.js';
import { toTensor } from './tensors.js';

function coloured(n: number, size = 6): ImageSet {
  return {
    pixels: Uint8Array.from({ length: n * size * size * 3 }, (_, i) => (i * 37 + 11) & 255),
    labels: Int32Array.from({ length: n }, (_, i) => i % 2),
    imageShape: [size, size, 3],
    classNames: ['a', 'b'],
    normalisation: IMAGENET_NORMALISATION,
  };
}

test('toTensor normalises per channel', () => {
  const set = coloured(3);
  const x = toTensor(set, [2, 0]);
  const values = x.dataSync();
  assert.deepEqual(x.shape, [2, 6, 6, 3]);
  for (let i = 0; i < values.length; i++) {
    const byte = set.pixels[i < 108 ? 216 + i : i - 108];
    const c = i % 3;
    const expected = (byte / 255 - IMAGENET_NORMALISATION.mean[c]) / IMAGENET_NORMALISATION.std[c];
    assert.ok(Math.abs(values[i] - expected) < 1e-6);
  }
  x.dispose();
  assert.throws(() => toTensor({ ...set, normalisation: { mean: [0], std: [1] } }), OptionError);
});

test('one-channel sets use the one mean and deviation', () => {
  const set: ImageSet = { ...coloured(1), imageShape: [6, 18, 1], normalisation: { mean: [0.5], std: [0.25] } };
  const x = toTensor(set);
  assert.ok(Math.abs(x.dataSync()[1] - (set.pixels[1] / 255 - 0.5) / 0.25) < 1e-6);
  x.dispose();
});

test('batches cover every image once and leak no tensor', () => {
  const set = coloured(10);
  const before = tf.memory().numTensors;
  const seen: number[] = [];
  const sizes: number[] = [];
  for (const batch of batches(set, { batchSize: 4, order: 'shuffled', seed: 3, epoch: 1 })) {
    assert.equal(batch.x.shape[0], batch.labels.length);
    batch.indices.forEach((position, i) => assert.equal(batch.labels[i], set.labels[position]));
    seen.push(...batch.indices);
    sizes.push(batch.labels.length);
    batch.x.dispose();
  }
  assert.deepEqual(sizes, [4, 4, 2]);
  assert.notDeepEqual(
    seen,
    [...seen].sort((a, b) => a - b),
  );
  assert.deepEqual(
    seen.sort((a, b) => a - b),
    Array.from({ length: 10 }, (_, i) => i),
  );
  assert.equal(tf.memory().numTensors, before);
});

test('the same seed and epoch give the same batches, another epoch others', () => {
  const set = coloured(8);
  const run = (seed: number, epoch: number, batchSize = 3) => {
    const values: number[] = [];
    for (const batch of batches(set, { batchSize, order: 'shuffled', seed, epoch, augment: { flip: true, crop: 2 } })) {
      values.push(...batch.x.dataSync());
      batch.x.dispose();
    }
    return values;
  };
  assert.deepEqual(run(1, 0), run(1, 0));
  assert.deepEqual(run(1, 0), run(1, 0, 8));
  assert.notDeepEqual(run(1, 0), run(1, 1));
  assert.notDeepEqual(run(1, 0), run(2, 0));
});

test('dropLast and a given order', () => {
  const orders = Array.from(batches(coloured(10), { batchSize: 2, order: [7, 7, 1], dropLast: true }), (batch) => {
    batch.x.dispose();
    return [...batch.indices];
  });
  assert.deepEqual(orders, [[7, 7]]);
  assert.throws(() => [...batches(coloured(2), { batchSize: 0 })], OptionError);
  assert.throws(() => [...batches(coloured(2), { batchSize: 1, order: [2] })], OptionError);
});

test('augmentation shifts by at most the padding, mirrors, and pads with black', () => {
  const size = 5;
  const image = Uint8Array.from({ length: size * size }, (_, i) => i + 1);
  const at = (y: number, x: number) => (y < 0 || x < 0 || y >= size || x >= size ? 0 : image[y * size + x]);
  const rng = new MT19937(1);
  const found = new Set<string>();
  for (let trial = 0; trial < 400; trial++) {
    const result = augmentPixels(image, [size, size, 1], { flip: true, crop: 1 }, rng);
    let match: string | undefined;
    for (const mirror of [false, true]) {
      for (let dy = -1; dy <= 1; dy++) {
        for (let dx = -1; dx <= 1; dx++) {
          const same = result.every((value, i) => {
            const x = i % size;
            return value === at(Math.floor(i / size) + dy, (mirror ? size - 1 - x : x) + dx);
          });
          if (same) match = `${mirror} ${dy} ${dx}`;
        }
      }
    }
    assert.ok(match, 'the result is one of the eighteen possible crops');
    found.add(match);
  }
  assert.equal(found.size, 18);
  assert.deepEqual([...augmentPixels(image, [size, size, 1], {}, rng)], [...image]);
  assert.throws(() => augmentPixels(image, [size, size, 1], { crop: 1.5 }, rng), OptionError);
});

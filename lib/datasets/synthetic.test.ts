import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OptionError } from '../errors.js';
import { seedStream } from '../run/mt19937.js';
import { sha256Of } from './files/data-file.js';
import { classCounts } from './subset.js';
import { synthetic, syntheticImage, syntheticObjectMask } from './synthetic.js';

test('the pixels of a seed are the same bits on every machine', () => {
  const { train, test: unseen } = synthetic({ trainPerClass: 20, testPerClass: 10, seed: 7 });
  // Changing the renderer changes these and asks for another SYNTHETIC_VERSION.
  assert.equal(sha256Of(train.pixels), '05d8814f53e54a678d24cba773ae6353dbfc97d7d28a063320ac891e59292931');
  assert.equal(sha256Of(unseen.pixels), '6981f1a7d2690a50620327e2dfc93fa89a8b34072496e311f167c682f082a96d');
});

test('classes are balanced and more images begin with the same ones', () => {
  const few = synthetic({ trainPerClass: 2, testPerClass: 1 });
  const more = synthetic({ trainPerClass: 4, testPerClass: 3 });
  assert.deepEqual(classCounts(few.train), new Array(10).fill(2));
  assert.deepEqual(few.train.pixels, more.train.pixels.subarray(0, few.train.pixels.length));
  assert.deepEqual(few.test.pixels, more.test.pixels.subarray(0, few.test.pixels.length));
});

test('seeds, splits and images differ', () => {
  const images = (seed: number, split: 'train' | 'test') =>
    Array.from({ length: 30 }, (_, i) => sha256Of(syntheticImage(split, i, { seed }).pixels));
  const sums = [...images(0, 'train'), ...images(0, 'test'), ...images(1, 'train'), ...images(1, 'test')];
  assert.equal(new Set(sums).size, 120);
});

test('no two of the first 50,000 images of each split share a random stream', () => {
  const seen = new Set<number>();
  for (let i = 0; i < 50_000; i++) {
    // The first word of the state is the stream's 32-bit seed.
    for (const split of ['train', 'test']) seen.add(seedStream(0, `synthetic/${split}/${i}`).saveState().key[0]);
  }
  assert.equal(seen.size, 100_000);
});

test('a single image is the one of the set, and its mask lies on the object', () => {
  const { train } = synthetic({ trainPerClass: 3, testPerClass: 1, seed: 2, size: 24 });
  for (let i = 0; i < 30; i++) {
    const { pixels, mask } = syntheticImage('train', i, { seed: 2, size: 24 });
    assert.deepEqual(pixels, train.pixels.subarray(i * 1728, (i + 1) * 1728));
    assert.deepEqual(syntheticObjectMask('train', i, { seed: 2, size: 24 }), mask);
    const share = mask.reduce((sum, bit) => sum + bit, 0) / mask.length;
    assert.ok(share > 0.04 && share < 0.6, `object of image ${i} covers ${share}`);
    // Plain objects are brighter than the ground they lie on.
    const brightness = [0, 0];
    const counts = [0, 0];
    mask.forEach((bit, p) => {
      brightness[bit] += pixels[3 * p] + 2 * pixels[3 * p + 1] + pixels[3 * p + 2];
      counts[bit]++;
    });
    const isPlain = i % 10 !== 6 && i % 10 !== 7;
    if (isPlain) assert.ok(brightness[1] / counts[1] > brightness[0] / counts[0], `image ${i}`);
  }
});

test('options that make no sense are refused', () => {
  assert.throws(() => synthetic({ trainPerClass: 0 }), /trainPerClass.*0/);
  assert.throws(() => synthetic({ trainPerClass: 1, testPerClass: 1.5 }), OptionError);
  assert.throws(() => synthetic({ size: 8 }), OptionError);
  assert.throws(() => synthetic({ trainPerClass: 1, testPerClass: 1, seed: -1 }), OptionError);
  assert.throws(() => syntheticObjectMask('train', -1), OptionError);
});

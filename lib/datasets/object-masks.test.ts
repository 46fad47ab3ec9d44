import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { before, test } from 'node:test';
import { PNG } from 'pngjs';
import { openBackend } from '../backend/open-backend.js';
import { DataError, OptionError } from '../errors.js';
import * as tf from '../tf.js';
import { batches } from './batches.js';
import { objectMaskSet, readObjectMasks } from './object-masks.js';
import { subset } from './subset.js';
import { synthetic, syntheticObjectMask, syntheticObjectMasks } from './synthetic.js';

before(() => openBackend({ prefer: 'wasm', quiet: true }));

function writePng(file: string, size: number, isObject: (x: number, y: number) => boolean): void {
  const png = new PNG({ width: size, height: size });
  for (let i = 0; i < size * size; i++) {
    png.data.fill(isObject(i % size, Math.floor(i / size)) ? 255 : 0, 4 * i, 4 * i + 3);
    png.data[4 * i + 3] = 255;
  }
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, PNG.sync.write(png));
}

test('masks are read by the names of their images; an image without one is all object', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'modulab-'));
  writePng(path.join(folder, 'cat', 'a.png'), 8, (x) => x < 4);
  writePng(path.join(folder, 'dog', 'c.png'), 16, (_, y) => y < 8);
  const masks = await readObjectMasks(folder, ['cat/a.jpg', 'cat/b.png', 'dog/c.jpeg'], [8, 8]);
  assert.deepEqual(Array.from(masks.labels), [1, 0, 1]);
  assert.deepEqual(masks.imageShape, [8, 8, 1]);
  const expected = [(i: number) => i % 8 < 4, () => true, (i: number) => i < 32];
  masks.pixels.forEach((value, i) => assert.equal(value, expected[Math.floor(i / 64)](i % 64) ? 255 : 0, `${i}`));
  await assert.rejects(readObjectMasks(path.join(folder, 'none'), ['a.png'], [8, 8]), DataError);
  await assert.rejects(readObjectMasks(folder, ['bird/z.png'], [8, 8]), /no file for any of 1 images.*Name masks/s);
  fs.writeFileSync(path.join(folder, 'cat', 'b.png'), 'no picture');
  await assert.rejects(readObjectMasks(folder, ['cat/b.png'], [8, 8]), DataError);
  assert.throws(() => objectMaskSet([new Uint8Array(5)], [8, 8]), OptionError);
});

test('the synthetic masks are those of its images, also in a subset', () => {
  const masks = subset(syntheticObjectMasks('train', 12, { seed: 3, size: 16 }), [11, 2]);
  const expected = [11, 2].flatMap((i) => Array.from(syntheticObjectMask('train', i, { seed: 3, size: 16 }), (b) => 255 * b)); // prettier-ignore
  assert.deepEqual(Array.from(masks.pixels), expected);
});

test('a companion is shuffled, cropped and flipped with its images', () => {
  const { train } = synthetic({ trainPerClass: 2, testPerClass: 1, seed: 3, size: 16 });
  // A companion that is the first channel of the images must stay that.
  const first = {
    ...train,
    pixels: train.pixels.filter((_, i) => i % 3 === 0),
    imageShape: [16, 16, 1] as const,
    normalisation: { mean: [0], std: [1] },
  };
  const plain = { ...train, normalisation: { mean: [0, 0, 0], std: [1, 1, 1] } };
  const options = { batchSize: 7, order: 'shuffled', augment: { flip: true, crop: 3 }, seed: 4, epoch: 2 } as const;
  let seen = 0;
  for (const { x, companion, labels } of batches(plain, { ...options, companion: first })) {
    const channel = tf.slice(x, [0, 0, 0, 0], [-1, -1, -1, 1]);
    assert.deepEqual(Array.from(companion!.dataSync()), Array.from(channel.dataSync()));
    seen += labels.length;
    tf.dispose([x, companion!, channel]);
  }
  assert.equal(seen, 20);
  const short = subset(first, [0, 1]);
  assert.throws(() => batches(plain, { ...options, companion: short }).next(), /20 of 16×16, got 2 of 16×16/);
});

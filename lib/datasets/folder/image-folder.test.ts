import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import jpeg from 'jpeg-js';
import { PNG } from 'pngjs';
import { resizeImage } from '../resize.js';
import { imageFolder } from './image-folder.js';

function png(height: number, width: number, pixel: (y: number, x: number) => number[]): Buffer {
  const image = new PNG({ width, height });
  for (let i = 0; i < width * height; i++) image.data.set(pixel(Math.floor(i / width), i % width), 4 * i);
  return PNG.sync.write(image);
}

async function folderWith(t: TestContext, files: Record<string, Buffer>): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'modulab-images-'));
  t.after(() => rm(folder, { recursive: true }));
  for (const [name, bytes] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), bytes);
  }
  return folder;
}

test('reads PNG exactly and JPEG closely, classes and files in a fixed order', async (t) => {
  const grey = { width: 6, height: 4, data: Buffer.alloc(96, 120) };
  const folder = await folderWith(t, {
    'train/zebra/2.png': png(4, 6, () => [7, 8, 9, 255]),
    'train/zebra/10.PNG': png(4, 6, (y, x) => [10 * y, x, 3, 255]),
    'train/ant/a.jpeg': Buffer.from(jpeg.encode(grey, 95).data),
    'train/ant/.hidden.png': Buffer.from('passed over'),
    'train/ant/notes.txt': Buffer.from('passed over'),
    'test/zebra/t.png': png(4, 6, () => [200, 100, 50, 0]),
  });
  const data = await imageFolder(folder);
  assert.deepEqual(data.classNames, ['ant', 'zebra']);
  assert.deepEqual(data.train.imageShape, [4, 6, 3]);
  assert.deepEqual([...data.train.labels], [0, 1, 1]);
  for (const byte of data.train.pixels.subarray(0, 72)) assert.ok(Math.abs(byte - 120) <= 2);
  assert.deepEqual([...data.train.pixels.subarray(72 + 18, 72 + 24)], [10, 0, 3, 10, 1, 3]);
  assert.deepEqual([...data.train.pixels.subarray(144, 147)], [7, 8, 9]);
  assert.deepEqual([...data.test.labels], [1]);
  assert.ok(
    data.test.pixels.every((byte) => byte === 0),
    'transparent pixels lie over black',
  );
  assert.equal(Object.keys(data.provenance).length, 2);
});

test('images of different sizes are resized on request', async (t) => {
  const folder = await folderWith(t, {
    'train/a/1.png': png(4, 6, () => [50, 60, 70, 255]),
    'train/a/2.png': png(20, 10, () => [1, 2, 3, 255]),
    'test/a/3.png': png(3, 3, () => [9, 9, 9, 255]),
  });
  const data = await imageFolder(folder, { size: [8, 5] });
  assert.deepEqual(data.train.imageShape, [8, 5, 3]);
  assert.deepEqual(data.test.imageShape, [8, 5, 3]);
  for (let i = 0; i < 40; i++) {
    assert.deepEqual([...data.train.pixels.subarray(3 * i, 3 * i + 3)], [50, 60, 70]);
    assert.deepEqual([...data.train.pixels.subarray(120 + 3 * i, 123 + 3 * i)], [1, 2, 3]);
  }
});

test('resizing follows the triangle filter', () => {
  // Doubling a line of two pixels: centres at −0.25, 0.25, 0.75, 1.25 of the distance between them.
  assert.deepEqual([...resizeImage(Uint8Array.of(0, 100), [1, 2, 1], [1, 4])], [0, 25, 75, 100]);
  // Halving four pixels: each result weighs its neighbourhood 1:3:3:1, cut off at the edge.
  const [left, right] = resizeImage(Uint8Array.of(0, 0, 80, 160), [1, 4, 1], [1, 2]);
  assert.deepEqual([left, right], [Math.round(80 / 7), Math.round((0 + 3 * 80 + 3 * 160) / 7)]);
  const ramp = Uint8Array.from({ length: 64 }, (_, i) => 4 * (i % 8));
  assert.deepEqual([...resizeImage(ramp, [8, 8, 1], [8, 8])], [...ramp]);
});

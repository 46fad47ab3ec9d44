import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { PNG } from 'pngjs';
import { DataError } from '../../errors.js';
import { labelledImages } from './labelled-images.js';

/** A grey picture of one value, by which it is known again. */
function png(value: number): Buffer {
  const image = new PNG({ width: 4, height: 4 });
  image.data.fill(value);
  for (let i = 3; i < image.data.length; i += 4) image.data[i] = 255;
  return PNG.sync.write(image);
}

function folderWith(t: TestContext, files: Record<string, number>): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'modulab-labelled-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  for (const [name, value] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    fs.writeFileSync(path.join(folder, name), png(value));
  }
  return folder;
}

const model = (classNames: readonly string[] | null) => ({
  report: { imageShape: [4, 4, 3] },
  normalisation: { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
  classNames,
});

test('all pictures of a folder that nobody has split, under the names that the model has', async (t) => {
  const folder = folderWith(t, { 'red_fox/1.png': 10, 'red_fox/2.png': 11, 'Cat/1.png': 20 });
  const { set, files, remarks } = await labelledImages(folder, { model: model(['cat', 'dog', 'Red Fox']) });
  assert.deepEqual(set.classNames, ['cat', 'dog', 'Red Fox']);
  assert.deepEqual([...set.labels], [0, 2, 2]);
  assert.deepEqual(
    [0, 1, 2].map((i) => set.pixels[i * 48]),
    [20, 10, 11],
  );
  assert.deepEqual(files, ['Cat/1.png', 'red_fox/1.png', 'red_fox/2.png']);
  assert.deepEqual(set.normalisation.mean, [0.5, 0.5, 0.5]);
  assert.match(remarks.join(' '), /3 images of all there are.*no images of dog/);
});

test('where images are set apart to test on, those; a few of each class, where that is asked for', async (t) => {
  const folder = folderWith(t, {
    ...{ 'train/a/1.png': 1, 'train/b/1.png': 2, 'test/a/1.png': 3, 'test/a/2.png': 4, 'test/b/1.png': 5 },
  });
  const { set, remarks } = await labelledImages(folder, { model: model(null), perClass: 1 });
  assert.deepEqual(
    [0, 1].map((i) => set.pixels[i * 48]),
    [3, 5],
  );
  assert.match(remarks.join(' '), /2 images to test on.*first 1 of each class/);
});

test('a folder that is none of the classes, and a folder without pictures, are errors that say what is there', async (t) => {
  const folder = folderWith(t, { 'cat/1.png': 1, 'wolf/1.png': 2 });
  await assert.rejects(labelledImages(folder, { model: model(['cat', 'dog']) }), (error: Error) => {
    assert.ok(error instanceof DataError);
    assert.match(error.message, /model's classes \(cat, dog\), got cat, wolf/);
    return true;
  });
  const none = folderWith(t, { 'cat/1.png': 1 });
  fs.writeFileSync(path.join(none, 'cat/1.png'), 'no picture');
  fs.renameSync(path.join(none, 'cat/1.png'), path.join(none, 'cat/notes.txt'));
  await assert.rejects(
    labelledImages(none, { model: model(null) }),
    /got none with pictures in it \(passed over: other files: 1/,
  );
});

test('a list in place of folders, and more images than there is memory for', async (t) => {
  const folder = folderWith(t, { 'all/1.png': 10, 'all/2.png': 20, 'all/3.png': 30 });
  fs.writeFileSync(path.join(folder, 'list.csv'), '1.png,dog\n2.png,cat\n3.png,dog\n');
  const { set } = await labelledImages(folder, { model: model(['cat', 'dog']), labels: 'list.csv' });
  assert.deepEqual([...set.labels], [0, 1, 1]);
  t.mock.method(process, 'availableMemory', () => 100);
  await assert.rejects(
    labelledImages(folder, { model: model(['cat', 'dog']), labels: 'list.csv' }),
    (e) => e instanceof DataError && /3 images of 4×4×3 take 0\.0 GB at once.*imageFolderSource/.test(e.message),
  );
});

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { PNG } from 'pngjs';
import { DataError, OptionError } from '../../errors.js';
import { imageFolderSource } from '../source/image-folder-source.js';
import { imageFolder } from './image-folder.js';
import type { ModelOfPictures } from './image-folder-options.js';

async function pets(t: TestContext): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'modulab-pets-'));
  t.after(() => rm(folder, { recursive: true }));
  const png = PNG.sync.write(Object.assign(new PNG({ width: 4, height: 4 }), { data: Buffer.alloc(64, 255) }));
  for (const name of ['train/cat', 'train/guinea_pig', 'val/cat', 'val/guinea_pig']) {
    await mkdir(path.join(folder, name), { recursive: true });
    await writeFile(path.join(folder, name, '1.png'), png);
  }
  return folder;
}

const model: ModelOfPictures = {
  report: { imageShape: [8, 6, 1] },
  normalisation: { mean: [0.5], std: [0.5] },
  classNames: ['Guinea Pig', 'cat'],
};

test('pictures come in the size, channels, range and order of classes that a model takes', async (t) => {
  const folder = await pets(t);
  const { train, classNames } = await imageFolder(folder, { model, quiet: true });
  assert.deepEqual(train.imageShape, [8, 6, 1]);
  assert.deepEqual(train.normalisation, model.normalisation);
  assert.deepEqual(classNames, ['guinea_pig', 'cat']);
  const source = await imageFolderSource(folder, { model, quiet: true, workers: 1, size: 5 });
  assert.deepEqual(source.train.imageShape, [5, 5, 1]);
  assert.deepEqual(source.test.normalisation, model.normalisation);
  await source.close();
});

test('other classes than those of the model, and channels that pictures do not have', async (t) => {
  const folder = await pets(t);
  const others = { ...model, classNames: ['cat', 'dog'] };
  await assert.rejects(
    imageFolder(folder, { model: others }),
    (e) => e instanceof DataError && /expected the model's classes \(cat, dog\), got cat, guinea_pig/.test(e.message),
  );
  const bands = { ...model, report: { imageShape: [8, 8, 12] } };
  await assert.rejects(imageFolder(folder, { model: bands }), OptionError);
  const chosen = await imageFolder(folder, { model: others, classes: ['cat', 'guinea_pig'], quiet: true });
  assert.deepEqual(chosen.classNames, ['cat', 'guinea_pig']);
});

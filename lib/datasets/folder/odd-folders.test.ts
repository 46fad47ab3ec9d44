/** Folders whose names say something else than the classes in them, and lists in the place of folders. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { PNG } from 'pngjs';
import { DataError } from '../../errors.js';
import { type ImageFolder, imageFolder } from './image-folder.js';
import type { ImageFolderOptions } from './image-folder-options.js';

/** A grey picture of one value, by which it is known again. */
function png(value: number): Buffer {
  const image = new PNG({ width: 2, height: 2 });
  for (let i = 0; i < 4; i++) image.data.set([value, value, value, 255], 4 * i);
  return PNG.sync.write(image);
}

async function folderWith(t: TestContext, files: Record<string, string | number>): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'modulab-odd-'));
  t.after(() => rm(folder, { recursive: true }));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), typeof content === 'number' ? png(content) : content);
  }
  return folder;
}

const read = (folder: string, options: ImageFolderOptions = {}): Promise<ImageFolder> =>
  imageFolder(folder, { quiet: true, ...options });

/** First pixel and class of every image, by part. */
const seen = ({ train, test: toTest }: ImageFolder): string[] =>
  [train, toTest].map(({ pixels, labels, classNames, imageShape: [h, w, c] }) =>
    Array.from(labels, (label, i) => `${pixels[i * h * w * c]} ${classNames[label]}`).join(', '),
  );

test('accents as letters of their own are the same class, as are those of a list', async (t) => {
  const [one, two] = ['ch\u00e9ri', 'che\u0301ri'];
  const folder = await folderWith(t, {
    ...{ [`train/${two}/1.png`]: 1, 'train/dog/2.png': 2, [`test/${one}/3.png`]: 3, 'test/dog/4.png': 4 },
    ...{ 'lists/e\u0301.png': 5, 'lists/f.png': 6, 'labels.csv': 'path,label\n\u00e9.png,a\nf.png,a\n' },
  });
  assert.deepEqual(seen(await read(folder)), [`1 ${one}, 2 dog`, `3 ${one}, 4 dog`]);
  const listed = await read(folder, { labels: 'labels.csv', testShare: 0.5 });
  assert.equal(listed.train.labels.length + listed.test.labels.length, 2);
});

test('folders that say what is in them and not of which class make no classes', async (t) => {
  const cases: Record<string, string | number>[] = [
    { 'train/cat.0.png': 1, 'train/dog.0.png': 2, 'test1/1.png': 3, 'test1/2.png': 4 },
    { 'cat_train/1.png': 1, 'cat_train/2.png': 1, 'dog_train/1.png': 2, 'dog_train/2.png': 2, 'cat_test/1.png': 3, 'cat_test/2.png': 3 }, // prettier-ignore
    { 'images/1.png': 1, 'images/2.png': 2, 'list.csv': 'filename,label\n1.png,cat\n2.png,dog\n' },
    { 'train/images/1.png': 1, 'train/labels/1.txt': '0 0.5 0.5 1 1', 'val/images/1.png': 1, 'val/labels/1.txt': '0' },
  ];
  for (const files of cases) {
    const folder = await folderWith(t, files);
    const list = 'list.csv' in files ? 'list.csv' : 'labels.csv';
    for (const options of [{}, { testShare: 0.5 }]) {
      await assert.rejects(read(folder, options), (error: Error) => {
        assert.ok(error instanceof DataError);
        assert.match(error.message, /one folder of images for each class, got .*, which name no classes/);
        assert.ok(error.message.includes(`{ labels: "${list}" }`));
        return true;
      });
    }
  }
});

test('parts within the folders of the classes', async (t) => {
  const files = {
    'set/cat/train/1.png': 1,
    'set/cat/test/2.png': 2,
    'set/dog/test/3.png': 3,
    'set/dog/train/4.png': 4,
  };
  const data = await read(await folderWith(t, files));
  assert.deepEqual(seen(data), ['1 cat, 4 dog', '2 cat, 3 dog']);
  assert.match(data.report.text, /the parts lie within the folders of the classes/);
});

test('images to validate on in one folder, with a list of their labels beside or within', async (t) => {
  const train = { 'train/n01440764/a.png': 1, 'train/n01443537/b.png': 2 };
  const lists: Record<string, Record<string, string>> = {
    'val.csv': { 'val.csv': 'filename,label\nv1.png,n01443537\nv2.png,n01440764\n' },
    'val/labels.csv': {
      'val/labels.csv': 'ImageId,PredictionString\nv1,n01443537 85 1 499 272\nv2,n01440764 1 2 3 4\n',
    },
    'list.txt': { 'list.txt': 'val/v1.png n01443537\nval/v2.png n01440764\n', 'notes.txt': 'v1.png is blurred\n' },
    'LOC_val_solution.csv': {
      'LOC_val_solution.csv': 'ImageId,PredictionString\nv1,n01443537 85 1 499 272\nv2,n01440764 1 2 3 4\n',
    },
  };
  for (const [name, list] of Object.entries(lists)) {
    const ending = name.startsWith('LOC') ? 'JPEG' : 'png';
    const images = { [`val/v1.${ending}`]: 3, [`val/v2.${ending}`]: 4 };
    const data = await read(await folderWith(t, { ...train, ...images, ...list }));
    assert.deepEqual(seen(data), ['1 n01440764, 2 n01443537', '4 n01440764, 3 n01443537'], name);
    assert.deepEqual(
      data.report.passedOver.filter(({ what }) => what.includes('label')),
      [],
      name,
    );
  }
  const other = { ...train, 'val/v1.png': 3, 'val.csv': 'filename,label\nv1.png,65\n' };
  await assert.rejects(read(await folderWith(t, other)), /val\.csv: gives v1\.png the class 65, which has no images to train on/); // prettier-ignore
  await assert.rejects(read(await folderWith(t, { ...train, 'val/v1.png': 3 })), /no test folder with classes in it \(there is val\)/); // prettier-ignore
});

test('Tiny-ImageNet without its list of ids', async (t) => {
  const files = {
    ...{ 'words.txt': 'n01440764\tfish\nn01443537\tcat\n', 'train/n01440764/images/a.png': 1 },
    ...{ 'train/n01443537/images/b.png': 2, 'val/images/v.png': 3, 'val/val_annotations.txt': 'v.png\tn01443537\t0\n' },
  };
  assert.deepEqual(seen(await read(await folderWith(t, files))), ['1 fish, 2 cat', '3 cat']);
});

test('links that lead nowhere are counted', async (t) => {
  const folder = await folderWith(t, { 'train/cat/1.png': 1, 'test/cat/2.png': 2 });
  await symlink('/none/of/these', path.join(folder, 'train/cat/lost.png'));
  const { report } = await read(folder);
  assert.deepEqual(report.passedOver, [
    { what: 'links that lead nowhere, and what is no file', count: 1, example: 'train/cat/lost.png' },
  ]);
});

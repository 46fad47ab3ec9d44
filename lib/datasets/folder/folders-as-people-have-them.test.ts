import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import jpeg from 'jpeg-js';
import { PNG } from 'pngjs';
import { DataError, OptionError } from '../../errors.js';
import { imageFileNames, type ImageFolder, imageFolder } from './image-folder.js';
import type { ImageFolderOptions } from './image-folder-options.js';

/** A grey picture of one value, by which it is known again. */
function png(value: number): Buffer {
  const image = new PNG({ width: 4, height: 4 });
  image.data.fill(value);
  for (let i = 3; i < image.data.length; i += 4) image.data[i] = 255;
  return PNG.sync.write(image);
}

async function folderWith(t: TestContext, files: Record<string, Buffer | number>): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'modulab-folders-'));
  t.after(() => rm(folder, { recursive: true }));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), typeof content === 'number' ? png(content) : content);
  }
  return folder;
}

const read = (folder: string, options: ImageFolderOptions = {}): Promise<ImageFolder> =>
  imageFolder(folder, { quiet: true, ...options });

/** First pixel and label of every image. */
const seen = ({ pixels, labels, imageShape: [h, w, c] }: ImageFolder['train']): [number, number][] =>
  Array.from(labels, (label, i) => [pixels[i * h * w * c], label]);

test('what macOS, Windows and notebooks leave behind is no class and no image', async (t) => {
  const folder = await folderWith(t, {
    'train/__MACOSX/cat/._1.png': Buffer.from('resource fork'),
    'train/.ipynb_checkpoints/1.png': 9,
    'train/cat/1.png': 10,
    'train/cat/._1.png': Buffer.from('resource fork'),
    'train/cat/Thumbs.db': Buffer.from('x'),
    'train/dog/1.png': 20,
    'test/__MACOSX/x': Buffer.from('x'),
    'test/dog/1.png': 30,
    'test/cat/desktop.ini': Buffer.from('x'),
    'test/cat/1.png': 40,
    '__MACOSX/train/._cat': Buffer.from('x'),
  });
  const data = await read(folder);
  assert.deepEqual(data.classNames, ['cat', 'dog']);
  // prettier-ignore
  assert.deepEqual([seen(data.train), seen(data.test)], [[[10, 0], [20, 1]], [[40, 0], [30, 1]]]);
  assert.deepEqual(data.report.passedOver, [{ what: 'files that systems put there', count: 7, example: '__MACOSX' }]);
});

test('an empty class folder is refused, and can be left out', async (t) => {
  const folder = await folderWith(t, { 'train/cat/1.png': 10, 'train/dog/1.png': 20, 'test/dog/1.png': 30 });
  await mkdir(path.join(folder, 'train/ant'));
  await assert.rejects(read(folder), (error: Error) => {
    assert.ok(error instanceof DataError);
    assert.match(error.message, /train.ant: expected images of a class.*got none.*classes: \["cat","dog"\]/);
    return true;
  });
  const data = await read(folder, { classes: ['dog', 'cat'] });
  assert.deepEqual(data.classNames, ['dog', 'cat']);
  // prettier-ignore
  assert.deepEqual(seen(data.train), [[20, 0], [10, 1]]);
  assert.deepEqual(data.report.remarks, ['no images to test on of cat']);
  await assert.rejects(read(folder, { classes: ['fox'] }), /expected classes from ant, cat, dog, got "fox"/);
});

test('a picture that lies beside the folders of the classes makes no classes of train and test', async (t) => {
  const folder = await folderWith(t, {
    ...{ 'train/loose.png': 5, 'train/cat/1.png': 10, 'train/dog/1.png': 20 },
    ...{ 'test/cat/1.png': 30, 'test/dog/1.png': 40 },
  });
  const { train, test, classNames, report } = await imageFolder(folder, { size: 4 });
  assert.deepEqual([classNames, train.labels.length, test.labels.length], [['cat', 'dog'], 2, 2]);
  assert.match(report.text, /loose\.png/);
});

test('images deeper in a class folder are found', async (t) => {
  const folder = await folderWith(t, {
    'train/cat/images/1.png': 10,
    'train/cat/more/deep/2.png': 11,
    'train/dog/1.png': 20,
    'test/cat/images/1.png': 30,
    'test/dog/images/1.png': 40,
  });
  const data = await read(folder);
  // prettier-ignore
  assert.deepEqual(seen(data.train), [[10, 0], [11, 0], [20, 1]]);
  assert.deepEqual(data.files.train, ['cat/images/1.png', 'cat/more/deep/2.png', 'dog/1.png']);
  assert.deepEqual(data.files.train, await imageFileNames(folder, 'train'));
});

test('class folders in class folders: one class or several, as asked', async (t) => {
  const folder = await folderWith(t, {
    'train/animal/cat/1.png': 10,
    'train/animal/dog/1.png': 20,
    'train/plant/oak/1.png': 30,
    'train/plant/cover.png': 99,
    'test/animal/dog/1.png': 40,
  });
  const data = await read(folder, { classDepth: 2 });
  assert.deepEqual(data.classNames, ['animal/cat', 'animal/dog', 'plant/oak']);
  // prettier-ignore
  assert.deepEqual([seen(data.train), seen(data.test)], [[[10, 0], [20, 1], [30, 2]], [[40, 1]]]);
  assert.deepEqual(data.report.passedOver, [
    { what: 'images outside the class folders', count: 1, example: 'train/plant/cover.png' },
  ]);
  assert.deepEqual((await read(folder)).classNames, ['animal', 'plant']);
});

test('pictures that cannot be read are counted aloud, whatever their names say', async (t) => {
  const folder = await folderWith(t, {
    'train/cat/1.png': 10,
    'train/cat/2.heic': Buffer.from('0000001c6674797068656963', 'hex'),
    'train/cat/3.jpg': Buffer.from('0000000c4a584c200d0a870a', 'hex'),
    'train/cat/4.HEIC': Buffer.from('0000001c6674797068656963', 'hex'),
    'train/cat/labels.txt': Buffer.from('x'),
    'test/cat/1': png(20),
  });
  const lines: string[] = [];
  t.mock.method(console, 'log', (line: string) => lines.push(line));
  const data = await imageFolder(folder);
  assert.equal(data.train.labels.length, 1);
  assert.equal(data.test.labels.length, 1, 'a picture without an extension is known by its content');
  assert.deepEqual(data.report.passedOver, [
    { what: 'HEIC images that cannot be read here', count: 2, example: 'train/cat/2.heic' },
    { what: 'JPEG XL images that cannot be read here', count: 1, example: 'train/cat/3.jpg' },
    { what: 'other files', count: 1, example: 'train/cat/labels.txt' },
  ]);
  assert.deepEqual(lines, [data.report.text]);
  assert.match(lines[0], /HEIC images that cannot be read here: 2 \(train\/cat\/2\.heic, …\)/);
  t.mock.reset();
  await mkdir(path.join(folder, 'train/dog'));
  await writeFile(path.join(folder, 'train/dog/1.heic'), Buffer.from('0000001c6674797068656963', 'hex'));
  await assert.rejects(
    read(folder),
    /dog: expected images.*got none \(passed over: HEIC images that cannot be read here: 3/,
  );
});

for (const [train, val, test_] of [
  ['train', 'val', 'test'],
  ['Training', 'Valid', 'Testing'],
  ['TRAIN', 'validation', 'Test'],
  ['training_set', 'dev_set', 'test_set'],
  ['seg_train/seg_train', 'seg_val/seg_val', 'seg_test/seg_test'],
  ['data/train', 'data/val', 'data/test'],
  ['flowers/flowers/train/images', 'flowers/flowers/val/images', 'flowers/flowers/test/images'],
]) {
  test(`parts called ${train}, ${val}, ${test_}`, async (t) => {
    const training = { [`${train}/cat/1.png`]: 10, [`${train}/dog/1.png`]: 20 };
    const both = await read(await folderWith(t, { ...training, [`${val}/dog/1.png`]: 30, [`${test_}/dog/1.png`]: 40 }));
    // prettier-ignore
    assert.deepEqual(
      [seen(both.train), both.validation && seen(both.validation), seen(both.test)],
      [[[10, 0], [20, 1]], [[30, 1]], [[40, 1]]],
    );
    const withVal = await read(await folderWith(t, { ...training, [`${val}/dog/1.png`]: 30 }));
    assert.deepEqual([withVal.validation, seen(withVal.test)], [undefined, [[30, 1]]]);
    assert.match(withVal.report.text, /there is no test folder, so .* is tested on/);
  });
}

test('two folders for the same part are refused', async (t) => {
  const folder = await folderWith(t, { 'train/a/1.png': 1, 'Training/a/1.png': 2, 'test/a/1.png': 3 });
  await assert.rejects(read(folder), /expected one folder for each part.*got Training and train/);
});

test('classes that nobody has split are split on request: a share of each, by seed', async (t) => {
  const files: Record<string, number> = {};
  for (let i = 0; i < 10; i++) files[`pets/cat/${i}.png`] = 10 + i;
  for (let i = 0; i < 5; i++) files[`pets/dog/${i}.png`] = 100 + i;
  const folder = await folderWith(t, files);
  await assert.rejects(read(folder), /got classes \(cat, dog\) and no test folder.*\{ testShare: 0\.2 \}/);
  const data = await read(folder, { testShare: 0.2, seed: 3 });
  assert.deepEqual(data.report.splits.train?.perClass, [8, 4]);
  assert.deepEqual(data.report.splits.test?.perClass, [2, 1]);
  const all = [...seen(data.train), ...seen(data.test)].sort(([a], [b]) => a - b);
  assert.deepEqual(all, [...Array.from({ length: 10 }, (_, i) => [10 + i, 0]), ...Array.from({ length: 5 }, (_, i) => [100 + i, 1])]); // prettier-ignore
  assert.deepEqual(await read(folder, { testShare: 0.2, seed: 3 }), data);
  assert.notDeepEqual((await read(folder, { testShare: 0.2, seed: 4 })).files, data.files);
  assert.match(data.report.text, /drawn, 20 % of every class, seed 3/);
  for (const testShare of [0, 1, NaN]) await assert.rejects(read(folder, { testShare }), OptionError);
});

test('a class may be called train or test', async (t) => {
  const files = {
    'car/1.png': 1,
    'car/2.png': 2,
    'train/1.png': 3,
    'train/2.png': 4,
    'test/1.png': 5,
    'test/2.png': 6,
  };
  const data = await read(await folderWith(t, files), { testShare: 0.5 });
  assert.deepEqual(data.classNames, ['car', 'test', 'train']);
});

test('images to test on that have no classes have no labels', async (t) => {
  const files = { 'train/cat/1.png': 1, 'train/cat/2.png': 2, 'test/1.png': 5 };
  const folder = await folderWith(t, files);
  await assert.rejects(read(folder), /no test folder with classes in it \(there is test\)/);
  const data = await read(folder, { testShare: 0.5 });
  assert.deepEqual(data.report.passedOver, [{ what: 'folders beside the splits', count: 1, example: 'test' }]);
});

test('a JPEG that was taken with the camera on its side is turned upright', async (t) => {
  // 24 wide, 16 high, white where a camera that was held upright saw the top left corner.
  const stored = { width: 24, height: 16, data: Buffer.alloc(24 * 16 * 4) };
  for (let y = 8; y < 16; y++)
    for (let x = 0; x < 8; x++) stored.data.fill(255, (y * 24 + x) * 4, (y * 24 + x) * 4 + 4);
  const plain = Buffer.from(jpeg.encode(stored, 95).data);
  const exif = Buffer.from('ffe100224578696600004d4d002a000000080001011200030000000100060000' + '00000000', 'hex');
  const folder = await folderWith(t, {
    'train/a/1.jpg': Buffer.concat([plain.subarray(0, 2), exif, plain.subarray(2)]),
    'test/a/1.jpg': Buffer.concat([plain.subarray(0, 2), exif, plain.subarray(2)]),
  });
  const { train, report } = await read(folder);
  assert.deepEqual(train.imageShape, [24, 16, 3]);
  for (let y = 0; y < 24; y++) {
    for (let x = 0; x < 16; x++) {
      const white = y < 8 && x < 8;
      assert.ok(Math.abs(train.pixels[(y * 16 + x) * 3] - (white ? 255 : 0)) < 60, `${y}, ${x}`);
    }
  }
  assert.equal(report.changed[0].count, 2);
  assert.match(report.text, /turned upright as their camera noted: 2/);
});

test('colours become grey on request', async (t) => {
  const image = new PNG({ width: 1, height: 1 });
  image.data.set([200, 100, 50, 255]);
  const folder = await folderWith(t, { 'train/a/1.png': PNG.sync.write(image), 'test/a/1.png': PNG.sync.write(image) });
  const { train } = await read(folder, { channels: 1 });
  assert.deepEqual(train.imageShape, [1, 1, 1]);
  assert.deepEqual([...train.pixels], [Math.round(0.299 * 200 + 0.587 * 100 + 0.114 * 50)]);
  assert.deepEqual([train.normalisation.mean.length, train.normalisation.std.length], [1, 1]);
  await assert.rejects(read(folder, { channels: 2 as 1 }), OptionError);
});

test('links are followed, and loops of them refused', async (t) => {
  const folder = await folderWith(t, { 'store/1.png': 10, 'set/train/cat/0.png': 9, 'set/test/cat/1.png': 8 });
  await symlink(path.join(folder, 'store'), path.join(folder, 'set/train/cat/linked'));
  assert.deepEqual(seen((await read(path.join(folder, 'set'))).train).map(([value]) => value), [9, 10]); // prettier-ignore
  await symlink(path.join(folder, 'set/train/cat'), path.join(folder, 'set/train/cat/again'));
  await assert.rejects(read(path.join(folder, 'set')), /folders within each other without end/);
});

/** Mutated data files, each with the error it gives; the names of the sub-tests carry the messages. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { DataError } from '../../errors.js';
import { imageFolder } from '../folder/image-folder.js';
import { loadDataset } from '../load.js';
import {
  type Base,
  BASES,
  cifar,
  type Files,
  flipped,
  idx,
  idxLabels,
  images,
  jpegBytes,
  mat,
  matHeaderChanged,
  matVariable,
  png,
  svhnX,
  svhnY,
} from './small-files.fixture.js';

/** [set, what was done, changed files (null: removed), file the message must name, figures it must hold] */
const TRIALS: readonly (readonly [Base, string, Files, string, readonly RegExp[]])[] = [
  [
    'cifar10',
    'cut within a record',
    { 'cifar-10/data_batch_1.bin': cifar(3, 1).subarray(0, 9000) },
    'data_batch_1.bin',
    [/30730000 bytes/, /9000 bytes/],
  ],
  [
    'cifar10',
    'one byte too many',
    { 'cifar-10/data_batch_1.bin': Buffer.concat([cifar(3, 1), Buffer.from([1])]) },
    'data_batch_1.bin',
    [/30730000 bytes/, /9220 bytes/, /3 records and 1 bytes more/],
  ],
  [
    'cifar10',
    'empty file',
    { 'cifar-10/test_batch.bin': Buffer.alloc(0) },
    'test_batch.bin',
    [/30730000 bytes/, /got 0 bytes/],
  ],
  [
    'cifar10',
    'label 10',
    { 'cifar-10/data_batch_1.bin': cifar(3, 1, (b) => void (b[3073] = 10)) },
    'data_batch_1.bin',
    [/0 to 9/, /got 10 in record 1 of 3/],
  ],
  [
    'cifar10',
    'a CIFAR-100 file',
    { 'cifar-10/data_batch_1.bin': cifar(3, 2) },
    'data_batch_1.bin',
    [/3073/, /9222 bytes/, /CIFAR-100/],
  ],
  [
    'cifar10',
    'gzip cut short',
    { 'cifar-10/data_batch_1.bin': null, 'cifar-10/data_batch_1.bin.gz': gzipSync(cifar(3, 1)).subarray(0, 150) },
    'data_batch_1.bin.gz',
    [/complete gzip/, /150 bytes/],
  ],
  [
    'cifar10',
    'a bit of the gzip flipped',
    { 'cifar-10/test_batch.bin': null, 'cifar-10/test_batch.bin.gz': flipped(gzipSync(cifar(2, 1)), 200) },
    'test_batch.bin.gz',
    [/unpacking its \d+ bytes/],
  ],
  [
    'cifar10',
    'not gzipped under a .gz name',
    { 'cifar-10/test_batch.bin': null, 'cifar-10/test_batch.bin.gz': cifar(2, 1) },
    'test_batch.bin.gz',
    [/1f 8b/, /6146 bytes/],
  ],
  [
    'cifar10',
    'no training file',
    { 'cifar-10/data_batch_1.bin': null },
    'cifar-10',
    [/data_batch_1\.bin/, /found none/],
  ],
  [
    'cifar10',
    'nothing there',
    { 'cifar-10/data_batch_1.bin': null, 'cifar-10/test_batch.bin': null },
    'test_batch.bin',
    [/npm run data -- fetch cifar10/, /MODULAB_DATA/],
  ],
  [
    'cifar100',
    'cut within a record',
    { 'cifar-100/train.bin': cifar(3, 2).subarray(0, 7000) },
    'train.bin',
    [/153700000 bytes/, /7000 bytes/],
  ],
  [
    'cifar100',
    'fine label 100',
    { 'cifar-100/train.bin': cifar(3, 2, (b) => void (b[1] = 100)) },
    'train.bin',
    [/fine label from 0 to 99/, /got 100 in record 0/],
  ],
  [
    'cifar100',
    'coarse label 20',
    { 'cifar-100/test.bin': cifar(2, 2, (b) => void (b[3074] = 20)) },
    'test.bin',
    [/coarse label from 0 to 19/, /got 20 in record 1/],
  ],
  [
    'cifar100',
    'a CIFAR-10 file',
    { 'cifar-100/train.bin': cifar(3, 1) },
    'train.bin',
    [/3074/, /9219 bytes/, /CIFAR-10\b/],
  ],
  [
    'mnist',
    'images and labels swapped',
    { 'mnist/train-images-idx3-ubyte': idxLabels(5) },
    'train-images-idx3-ubyte',
    [/00 00 08 03/, /00 00 08 01/, /13 bytes/],
  ],
  [
    'mnist',
    'images of floats',
    { 'mnist/train-images-idx3-ubyte': idx(0x0d, [5, 4, 4], () => 0) },
    'train-images-idx3-ubyte',
    [/00 00 08 03/, /00 00 0d 03/],
  ],
  [
    'mnist',
    'images cut short',
    { 'mnist/train-images-idx3-ubyte': images(5).subarray(0, 70) },
    'train-images-idx3-ubyte',
    [/96 bytes/, /got 70/, /truncated/],
  ],
  [
    'mnist',
    'header cut short',
    { 'mnist/train-images-idx3-ubyte': images(5).subarray(0, 9) },
    'train-images-idx3-ubyte',
    [/16 bytes/, /got 9 bytes/],
  ],
  [
    'mnist',
    'images too long',
    { 'mnist/train-images-idx3-ubyte': idx(8, [5, 4, 4], () => 0, 100) },
    'train-images-idx3-ubyte',
    [/96 bytes/, /got 116/, /too long/],
  ],
  [
    'mnist',
    'no images in it',
    { 'mnist/train-images-idx3-ubyte': idx(8, [0, 4, 4], () => 0) },
    'train-images-idx3-ubyte',
    [/at least one image/, /\[0, 4, 4\]/],
  ],
  [
    'mnist',
    'fewer labels than images',
    { 'mnist/train-labels-idx1-ubyte': idxLabels(4) },
    'train-labels-idx1-ubyte',
    [/expected 5 labels/, /got 4/],
  ],
  [
    'mnist',
    'label 10',
    { 'mnist/train-labels-idx1-ubyte': idx(8, [5], (i) => i + 6) },
    'train-labels-idx1-ubyte',
    [/0 to 9/, /got 10 for image 4 of 5/],
  ],
  ['mnist', 'label file missing', { 'mnist/t10k-labels-idx1-ubyte.gz': null }, 't10k-labels-idx1-ubyte', [/missing/]],
  [
    'mnist',
    'gzip cut short',
    { 'mnist/t10k-images-idx3-ubyte.gz': gzipSync(images(3)).subarray(0, 20) },
    't10k-images-idx3-ubyte.gz',
    [/complete gzip/, /20 bytes/],
  ],
  [
    'svhn',
    'header cut short',
    { 'svhn/train_32x32.mat': mat().subarray(0, 100) },
    'train_32x32.mat',
    [/128 bytes/, /100 bytes/],
  ],
  [
    'svhn',
    'big-endian',
    { 'svhn/train_32x32.mat': matHeaderChanged([1, 0, 0x4d, 0x49]) },
    'train_32x32.mat',
    [/00 01 49 4d/, /01 00 4d 49/],
  ],
  [
    'svhn',
    'a variable cut short',
    { 'svhn/train_32x32.mat': mat(svhnX, svhnY(10, 3)).subarray(0, 170) },
    'train_32x32.mat',
    [/at byte 128/, /got 170/, /truncated/],
  ],
  [
    'svhn',
    'a bit of the packed data flipped',
    { 'svhn/train_32x32.mat': flipped(mat(svhnX, svhnY(10, 3)), 150) },
    'train_32x32.mat',
    [/compressed variable of \d+ bytes at byte 128/],
  ],
  ['svhn', 'y missing', { 'svhn/train_32x32.mat': mat(svhnX) }, 'train_32x32.mat', [/X and y/, /got X/]],
  [
    'svhn',
    'label 11',
    { 'svhn/train_32x32.mat': mat(svhnX, svhnY(11, 3)) },
    'train_32x32.mat',
    [/1 to 10/, /got 11 for image 0 of 2/],
  ],
  [
    'svhn',
    'label 0',
    { 'svhn/test_32x32.mat': mat(svhnX, svhnY(1, 0)) },
    'test_32x32.mat',
    [/1 to 10/, /got 0 for image 1 of 2/],
  ],
  [
    'svhn',
    'more labels than images',
    { 'svhn/train_32x32.mat': mat(svhnX, svhnY(1, 2, 3)) },
    'train_32x32.mat',
    [/2 images/, /got 3/],
  ],
  [
    'svhn',
    'images of another shape',
    { 'svhn/train_32x32.mat': mat(matVariable('X', [16, 16, 3, 2], Buffer.alloc(1536)), svhnY(1, 2)) },
    'train_32x32.mat',
    [/\[32, 32, 3, N\]/, /\[16, 16, 3, 2\]/],
  ],
  [
    'svhn',
    'fewer pixels than its shape says',
    { 'svhn/train_32x32.mat': mat(matVariable('X', [32, 32, 3, 2], Buffer.alloc(6000)), svhnY(1, 2)) },
    'train_32x32.mat',
    [/expected 6144 bytes/, /got 6000/],
  ],
  ['folder', 'PNG cut short', { 'train/cat/a.png': png(8, 8).subarray(0, 60) }, 'a.png', [/complete PNG/, /60 bytes/]],
  [
    'folder',
    'JPEG cut short',
    { 'train/cat/a.png': null, 'train/cat/a.jpg': jpegBytes().subarray(0, 200) },
    'a.jpg',
    [/complete JPEG/, /200 bytes/],
  ],
  [
    'folder',
    'text under an image name',
    { 'train/dog/b.png': Buffer.from('not an image') },
    'b.png',
    [/PNG, JPEG/, /6e 6f 74 20/, /12 bytes/],
  ],
  ['folder', 'another size', { 'train/dog/b.png': png(9, 8) }, 'b.png', [/8×8/, /8×9/]],
  ['folder', 'another size in test', { 'test/cat/c.png': png(4, 4) }, 'c.png', [/8×8/, /4×4/]],
  [
    'folder',
    'test class without training images',
    { 'test/fox/d.png': png(8, 8) },
    'test',
    [/cat, dog/, /got also fox/],
  ],
  [
    'folder',
    'no image files',
    { 'train/cat/a.png': null, 'train/dog/b.png': null, 'train/cat/notes.txt': Buffer.from('x') },
    'train',
    [/images/, /got none/, /other files: 1/],
  ],
  ['folder', 'no test folder', { 'test/cat/c.png': null }, 'test', [/no test folder/, /testShare: 0\.2/]],
  [
    'folder',
    'a class without images',
    { 'train/dog/b.png': null, 'train/dog/notes.txt': Buffer.from('x') },
    'dog',
    [/got none/, /other files: 1 \(train\/dog\/notes\.txt\)/, /classes: \["cat"\]/],
  ],
];

async function load(base: Base, changes: Files, folder: string): Promise<unknown> {
  for (const [name, bytes] of Object.entries({ ...BASES[base], ...changes })) {
    if (!bytes) continue;
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), bytes);
  }
  return base === 'folder' ? imageFolder(folder) : loadDataset(base, { dir: folder });
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'modulab-bad-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

test('the files that the trials change are good as they are', async () => {
  for (const base of Object.keys(BASES) as Base[]) await inFolder((folder) => load(base, {}, folder));
});

test(`${TRIALS.length} bad data files`, async (t) => {
  for (const [base, what, changes, file, figures] of TRIALS) {
    const error = await inFolder(async (folder) => {
      const raised: unknown = await load(base, changes, folder).then(
        () => null,
        (reason: unknown) => reason,
      );
      if (raised instanceof Error) raised.message = raised.message.replaceAll(folder + path.sep, '');
      return raised;
    });
    await t.test(`${base}, ${what} → ${error instanceof Error ? error.message : 'no error'}`, () => {
      assert.ok(error instanceof DataError);
      assert.ok(error.message.includes(file), `names ${file}`);
      for (const figure of figures) assert.match(error.message, figure);
    });
  }
});

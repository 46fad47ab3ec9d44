/** Golden values of the real files; they are read from the folder MODULAB_DATA and skipped without it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DataError, OptionError } from '../errors.js';
import { sha256Of } from './files/data-file.js';
import { type DatasetName, loadDataset } from './load.js';
import { classCounts } from './subset.js';

const skip = process.env.MODULAB_DATA ? false : 'MODULAB_DATA is not set to a folder of real images';
const all = (classes: number, count: number) => new Array<number>(classes).fill(count);

test('CIFAR-10: class counts, first labels, first pixels', { skip }, async () => {
  const { train, test: unseen, provenance } = await loadDataset('cifar10');
  assert.deepEqual(train.imageShape, [32, 32, 3]);
  assert.deepEqual(classCounts(train), [1005, 974, 1032, 1016, 999, 937, 1030, 1001, 1025, 981]);
  assert.deepEqual(classCounts(unseen), all(10, 500));
  assert.deepEqual([...train.labels.subarray(0, 10)], [6, 9, 9, 4, 1, 1, 2, 7, 8, 3]);
  // The first pixels of the official first image, a frog.
  assert.deepEqual([...train.pixels.subarray(0, 6)], [59, 62, 63, 43, 46, 45]);
  assert.match(provenance['data_batch_1.bin.gz'], /^[0-9a-f]{64}$/);
});

test('CIFAR-10: the extra images come on request', { skip }, async () => {
  const { train } = await loadDataset('cifar10', { extra: true });
  assert.deepEqual(classCounts(train), [1005, 1000, 1032, 1016, 1000, 1000, 1030, 1001, 1025, 1000]);
});

test('CIFAR-100: fine and coarse labels agree', { skip }, async () => {
  const fine = await loadDataset('cifar100');
  const coarse = await loadDataset('cifar100', { labels: 'coarse' });
  assert.deepEqual(classCounts(fine.train), all(100, 100));
  assert.deepEqual(classCounts(fine.test), all(100, 20));
  assert.deepEqual(classCounts(coarse.train), all(20, 500));
  const coarseOf = new Map<string, Set<string>>();
  fine.train.labels.forEach((label, i) => {
    const names = coarseOf.get(fine.classNames[label]) ?? new Set();
    coarseOf.set(fine.classNames[label], names.add(coarse.classNames[coarse.train.labels[i]]));
  });
  for (const names of coarseOf.values()) assert.equal(names.size, 1);
  assert.deepEqual([...(coarseOf.get('maple_tree') ?? [])], ['trees']);
  assert.deepEqual([...(coarseOf.get('camel') ?? [])], ['large_omnivores_and_herbivores']);
});

test('CIFAR-100: the nine classes of the patching study', { skip }, async () => {
  const { train, test: unseen, classNames } = await loadDataset('cifar100', { patch9: true });
  const names = ['apple', 'baby', 'bed', 'bicycle', 'bottle', 'bridge', 'camel', 'clock', 'rose'];
  assert.deepEqual(classNames, names);
  assert.deepEqual(train.classNames, names);
  assert.deepEqual(classCounts(train), all(9, 500));
  assert.deepEqual(classCounts(unseen), all(9, 100));
});

test('MNIST and Fashion-MNIST: counts, first labels, published mean and deviation', { skip }, async () => {
  const mnist = await loadDataset('mnist');
  assert.deepEqual(mnist.train.imageShape, [28, 28, 1]);
  assert.deepEqual(classCounts(mnist.test), [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
  assert.deepEqual([...mnist.test.labels.subarray(0, 5)], [7, 2, 1, 0, 4]);
  const fashion = await loadDataset('fashion-mnist');
  assert.deepEqual(classCounts(fashion.train), all(10, 6000));
  assert.deepEqual([...fashion.train.labels.subarray(0, 5)], [9, 0, 0, 3, 0]);
  let sum = 0;
  let squares = 0;
  for (const byte of fashion.train.pixels) {
    sum += byte / 255;
    squares += (byte / 255) ** 2;
  }
  const mean = sum / fashion.train.pixels.length;
  const std = Math.sqrt(squares / fashion.train.pixels.length - mean * mean);
  assert.ok(Math.abs(mean - fashion.train.normalisation.mean[0]) < 1e-4);
  assert.ok(Math.abs(std - fashion.train.normalisation.std[0]) < 1e-4);
});

test('MNIST as 32×32 RGB', { skip }, async () => {
  const { train } = await loadDataset('mnist', { size: 32, channels: 3, limit: { train: 20, test: 5 } });
  assert.deepEqual(train.imageShape, [32, 32, 3]);
  assert.equal(train.pixels.length, 20 * 3072);
  assert.equal(train.normalisation.mean.length, 3);
  for (let i = 0; i < train.pixels.length; i += 3) assert.equal(train.pixels[i], train.pixels[i + 2]);
});

test('SVHN: counts, digit 0 from label 10, upright RGB', { skip }, async () => {
  const { train, test: unseen } = await loadDataset('svhn');
  assert.deepEqual(classCounts(train), all(10, 200));
  assert.deepEqual(classCounts(unseen), all(10, 50));
  assert.deepEqual([...train.labels.subarray(0, 8)], [5, 2, 1, 0, 6, 1, 9, 1]);
  // Pixels whose orientation and channel order were checked by eye.
  assert.equal(sha256Of(train.pixels), SVHN_TRAIN_SHA256);
});

const SVHN_TRAIN_SHA256 = '8c6213efd8d5d308c821c8fd71c4bf3c72177f2d3c46e11e8274e2c042f918ea';

test('limits', { skip }, async () => {
  const limited = await loadDataset('cifar10', { limit: { train: 7 }, perClass: { test: 3 } });
  assert.deepEqual([...limited.train.labels], [6, 9, 9, 4, 1, 1, 2]);
  assert.deepEqual(classCounts(limited.test), all(10, 3));
});

test('colours become grey on request', async () => {
  const { train } = await loadDataset('synthetic', { trainPerClass: 1, testPerClass: 1, channels: 1 });
  const { train: coloured } = await loadDataset('synthetic', { trainPerClass: 1, testPerClass: 1 });
  assert.deepEqual(train.imageShape, [32, 32, 1]);
  assert.equal(train.normalisation.mean.length, 1);
  for (const [i, value] of train.pixels.entries()) {
    const [r, g, b] = coloured.pixels.subarray(3 * i, 3 * i + 3);
    assert.ok(Math.abs(value - (0.299 * r + 0.587 * g + 0.114 * b)) <= 0.51);
  }
});

test('options that make no sense are refused', async () => {
  await assert.rejects(loadDataset('cifar11' as DatasetName), /cifar10, cifar100.*"cifar11".*imageFolder/);
  await assert.rejects(loadDataset('mnist', { patch9: true }), /patch9 belongs to cifar100/);
  await assert.rejects(loadDataset('synthetic', { extra: true }), OptionError);
  await assert.rejects(loadDataset('synthetic', { trainPerClass: 1, testPerClass: 1, limit: 0 }), OptionError);
});

test('an absent set says how to get it', async () => {
  await assert.rejects(loadDataset('svhn', { dir: 'no-such-folder' }), (error: Error) => {
    assert.ok(error instanceof DataError);
    assert.match(error.message, /no-such-folder.*npm run data -- fetch svhn.*MODULAB_DATA/s);
    return true;
  });
});

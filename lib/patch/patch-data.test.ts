import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ImageSet } from '../datasets/dataset.js';
import { classCounts } from '../datasets/subset.js';
import { synthetic } from '../datasets/synthetic.js';
import { OptionError } from '../errors.js';
import { loadPatchData } from './patch-data.js';

const skip = process.env.MODULAB_DATA ? false : 'needs MODULAB_DATA (a folder of images)';

/** Every image as text, to find it again. */
function picturesOf(set: ImageSet): string[] {
  const size = set.pixels.length / set.labels.length;
  return Array.from(set.labels, (_, i) =>
    Buffer.from(set.pixels.subarray(i * size, (i + 1) * size)).toString('latin1'),
  );
}

test('synthetic: only the target class is shared, and no image is in two places', async () => {
  const data = await loadPatchData('synthetic', { perClass: { train: 20, test: 5 }, seed: 2 });
  const all = synthetic({ trainPerClass: 20, testPerClass: 5, seed: 2 });
  assert.deepEqual(data.targetClasses, all.classNames.slice(0, 5));
  assert.deepEqual(data.otherClasses, all.classNames.slice(5));
  assert.deepEqual(
    [data.strong.train, data.strong.validation, data.strong.test].map((s) => s.labels.length),
    [80, 20, 25],
  );
  const target = data.targetClasses[2];
  const task = data.weakTask(target);
  assert.deepEqual(task.classNames, [...data.otherClasses, target]);
  assert.equal(task.train.labels.length, 33); // 80 % of 6 classes of 7 images
  assert.equal(task.validation.labels.length, 9);
  assert.deepEqual(classCounts(task.test), [5, 5, 5, 5, 5, 5]);
  const trained = new Set([...picturesOf(task.train), ...picturesOf(data.strong.train)]);
  assert.ok(!picturesOf(task.calibration).some((picture) => trained.has(picture)));
  assert.ok(classCounts(task.calibration).every((n) => n > 0));
  assert.ok(!picturesOf(task.test).some((picture) => trained.has(picture)));
  const ownPicture = picturesOf(task.test).filter((_, i) => task.test.labels[i] === 5);
  const next = synthetic({ trainPerClass: 1, testPerClass: 5, seed: 3 }).test;
  const source = picturesOf(next).filter((_, i) => next.labels[i] === 2);
  assert.deepEqual(ownPicture, source);
});

test('CIFAR: sizes and order of the published recipe', { skip }, async () => {
  const data = await loadPatchData('cifar', { perClass: 1000 });
  const task = data.weakTask('bird');
  assert.deepEqual(task.classNames.slice(-3), ['clock', 'rose', 'bird']);
  const bird = classCounts(data.strong.train)[2] + classCounts(data.strong.validation)[2];
  assert.ok(bird >= 500);
  assert.deepEqual(
    [task.train, task.validation, task.test].map((set) => [set.labels.length, classCounts(set)[9]]),
    [
      [4000, 400],
      [1000, 100],
      [1000, 100],
    ],
  );
  const trained = new Set([...picturesOf(task.train), ...picturesOf(data.strong.train)]);
  assert.ok(!picturesOf(task.calibration).some((picture) => trained.has(picture)));
});

test('CIFAR with a pretrained strong model: its images come from the test', { skip }, async () => {
  const data = await loadPatchData('cifar', { perClass: { train: 600, test: 150 }, pretrainedStrong: true });
  assert.deepEqual(classCounts(data.strong.validation), new Array(10).fill(50));
  assert.deepEqual(classCounts(data.strong.test), new Array(10).fill(100));
  const task = data.weakTask('ship');
  const tested = new Set([...picturesOf(task.test), ...picturesOf(data.strong.test)]);
  assert.ok(!picturesOf(task.calibration).some((picture) => tested.has(picture)));
  assert.equal(classCounts(task.calibration)[9], 50);
});

test('SVHN: five digits to take from, four others', { skip }, async () => {
  const data = await loadPatchData('svhn');
  assert.deepEqual(data.targetClasses, ['0', '1', '2', '3', '4']);
  const task = data.weakTask('3');
  assert.deepEqual(task.classNames, ['6', '7', '8', '9', '3']);
  const sizes = [task.train, task.validation].map((set) => set.labels.length);
  assert.equal(sizes[0], Math.floor(0.8 * (sizes[0] + sizes[1])));
  const trained = new Set([...picturesOf(task.train), ...picturesOf(data.strong.train)]);
  assert.ok(!picturesOf(task.calibration).some((picture) => trained.has(picture)));
});

test('bad names are refused', async () => {
  await assert.rejects(loadPatchData('mnist' as 'svhn'), OptionError);
  await assert.rejects(loadPatchData('synthetic', { pretrainedStrong: true }), /needs 'cifar'/);
  const data = await loadPatchData('synthetic', { perClass: { train: 30, test: 2 } });
  assert.throws(() => data.weakTask('star'), OptionError);
});

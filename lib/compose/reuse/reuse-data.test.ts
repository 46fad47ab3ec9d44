import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classCounts } from '../../datasets/subset.js';
import { OptionError } from '../../errors.js';
import { loadReuseData } from './reuse-data.js';

test('synthetic: six classes and the four others', async () => {
  const { first, second, foreignClasses } = await loadReuseData('synthetic', { perClass: { train: 3, test: 2 } });
  assert.deepEqual([classCounts(first.train), classCounts(second.test)], [[3, 3, 3, 3, 3, 3], [2, 2, 2, 2]]); // prettier-ignore
  assert.deepEqual(foreignClasses, second.test.classNames);
  assert.ok(!first.test.classNames.some((name) => foreignClasses.includes(name)));
  await assert.rejects(loadReuseData('mnist' as 'cifar', { perClass: { train: 1, test: 1 } }), OptionError);
});

test('CIFAR: ten classes, and nine of a hundred with the others as negatives', { skip: process.env['MODULAB_DATA'] ? false : 'MODULAB_DATA is not set' }, async () => {
  const { first, second, foreignClasses } = await loadReuseData('cifar', { perClass: { train: 20, test: 10 } });
  assert.equal(first.train.classNames.length, 10);
  const counts = classCounts(second.train);
  assert.equal(counts.length, 100);
  second.train.classNames.forEach((name, c) => assert.equal(counts[c], foreignClasses.includes(name) ? 25 : 5, name));
  assert.equal(second.test.labels.length, 90);
}); // prettier-ignore

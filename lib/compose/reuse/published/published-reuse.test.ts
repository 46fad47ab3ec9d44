import assert from 'node:assert/strict';
import { test } from 'node:test';
import { publishedCostRatios } from './published-cost.js';
import { publishedReplaceAcross, publishedReplaceWithin } from './published-replace.js';
import { publishedReuseAcross, publishedReuseWithin } from './published-reuse.js';
import { PUBLISHED_PAIR_OPTIONS } from './published-scenario.js';

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
const near = (got: number, expected: number, what: string, tolerance = 0.006) =>
  assert.ok(Math.abs(got - expected) <= tolerance, `${what}: ${got} is not ${expected}`);

test('T2: mean gains as recomputed from the cells', () => {
  const rows = publishedReuseWithin();
  assert.equal(rows.length, 18);
  const gain = (data?: string) =>
    mean(rows.filter((row) => !data || row.data === data).map((row) => row.modules - row.scratch));
  near(gain('cifar10'), 6.6, 'CIFAR-10', 0.06);
  near(gain('cifar100'), -0.67, 'CIFAR-100');
  near(gain('imagenet200'), 1.5, 'ImageNet-200');
  near(gain(), 2.48, 'all');
});

test('T3: losses as recomputed from the cells', () => {
  const rows = publishedReuseAcross();
  assert.equal(rows.length, 16);
  near(mean(rows.map((row) => row.scratch - row.modules)), 12.71, 'modules');
  near(mean(rows.map((row) => row.scratch - row.updated)), 7.63, 'updated');
  near(mean(rows.map((row) => row.updated - row.modules)), 5.08, 'gain by the update');
});

test('T4: gains over the composed model, and how often it is not worse', () => {
  for (const [measure, gain, notWorse] of [
    ['top1', 0.79, 24],
    ['top5', 1.0, 25],
  ] as const) {
    const rows = publishedReplaceWithin().filter((row) => row.measure === measure);
    const gains = rows.flatMap((row) => row.replaced.map((value) => value - row.composed));
    assert.equal(gains.length, 30);
    near(mean(gains), gain, measure);
    assert.equal(gains.filter((value) => value > -1e-9).length, notWorse);
  }
});

test('T5: gains as recomputed from the cells', () => {
  const rows = publishedReplaceAcross();
  assert.equal(rows.length, 16);
  near(mean(rows.map((row) => row.modules.top1 - row.scratch.top1)), 2.55, 'top-1');
  near(mean(rows.map((row) => row.modules.top5 - row.scratch.top5)), -7.06, 'top-5');
});

test('T6 and the ratios of Fig 6', () => {
  near(PUBLISHED_PAIR_OPTIONS.better.top1 - PUBLISHED_PAIR_OPTIONS.modules.top1, 1.2, 'option 1');
  const ratio = (task: string) => publishedCostRatios().find((row) => row.task === task)!;
  near(ratio('reuse').fixedEpochs, 23.7, 'reuse, all epochs', 0.06);
  near(ratio('reuse').bestEpoch, 18.3, 'reuse, best epoch', 0.06);
  near(ratio('replace across').fixedEpochs, 42, 'replacement, all epochs', 0.1);
  near(ratio('replace across').bestEpoch, 31.5, 'replacement, best epoch', 0.06);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OptionError } from '../errors.js';
import { standardGamma } from '../run/legacy-distributions.js';
import { MT19937 } from '../run/mt19937.js';
import type { ImageSet } from './dataset.js';
import { dirichletSubset, PUBLISHED_DIRICHLET } from './dirichlet-subset.js';
import { classCounts } from './subset.js';

/** One-pixel images in classes of the given sizes. */
function classesOf(sizes: readonly number[]): ImageSet {
  const labels = Int32Array.from(sizes.flatMap((size, c) => Array<number>(size).fill(c)));
  return {
    pixels: new Uint8Array(labels.length),
    labels,
    imageShape: [1, 1, 1],
    classNames: sizes.map((_, c) => `class ${c}`),
    normalisation: { mean: [0], std: [1] },
  };
}

/** [seed, class counts, draws] of spec cnnsplitter §4.5 */
const CIFAR10: [number, number[], number][] = [
  [1, [1140, 4190, 4933, 462, 220, 845, 5000, 379, 1819, 4366], 2],
  [3, [1765, 2717, 758, 1577, 4929, 5000, 296, 512, 116, 1282], 1],
  [6, [1803, 3202, 774, 5000, 392, 1878, 179, 2723, 4174, 998], 3],
  [11, [662, 289, 966, 540, 321, 905, 2502, 5000, 684, 1027], 3],
  [16, [2260, 585, 190, 2048, 1804, 895, 123, 5000, 2439, 697], 2],
];
const SVHN_TRAIN = [4948, 13861, 10585, 8497, 7458, 6882, 5727, 5595, 5045, 4659];
const SVHN: [number, number[], number][] = [
  [0, [4100, 1587, 10585, 530, 399, 2935, 1802, 555, 2176, 62], 3],
  [3, [677, 55, 3012, 5313, 907, 6882, 1335, 663, 135, 874], 6],
  [8, [4948, 13479, 1392, 1651, 1652, 3687, 1648, 331, 398, 14], 1],
  [13, [96, 1303, 106, 808, 1167, 87, 12, 10, 1897, 4659], 2],
];

for (const [name, sizes, rows] of [
  ['cifar10', Array<number>(10).fill(5000), CIFAR10],
  ['svhn', SVHN_TRAIN, SVHN],
] as const) {
  test(`${name}: the published seeds give the published class counts`, () => {
    const set = classesOf(sizes);
    const { concentration, smallestClass } = PUBLISHED_DIRICHLET[name];
    for (const [seed, counts, draws] of rows) {
      const part = dirichletSubset(set, { concentration, smallestClass, seed });
      assert.deepEqual(part.counts, counts, `seed ${seed}`);
      assert.equal(part.draws, draws);
      const images = counts.reduce((a, b) => a + b, 0);
      assert.equal(part.train.labels.length, Math.floor(images * 0.8));
      assert.equal(new Set([...part.trainIndices, ...part.validationIndices]).size, images);
      const both = classCounts(part.train).map((count, c) => count + classCounts(part.validation)[c]);
      assert.deepEqual(both, counts);
    }
  });
}

test('gamma deviates are those of numpy.random.RandomState(5).standard_gamma', () => {
  const rng = new MT19937(5);
  const draws = [0.5, 1, 2.5, 0.5, 2.5].map((shape) => standardGamma(rng, shape));
  const expected = [
    0.04928096801047835, 0.23157796536609507, 2.1325451837778955, 0.7734263968714249, 3.656934720279249,
  ];
  draws.forEach((draw, i) => assert.ok(Math.abs(draw - expected[i]) < 1e-12 * expected[i], `${draw} ${expected[i]}`));
  assert.throws(() => standardGamma(rng, 0), OptionError);
});

test('what cannot be drawn is refused', () => {
  const set = classesOf([10, 10]);
  const options = { concentration: 1, seed: 0 };
  assert.throws(() => dirichletSubset(set, { ...options, smallestClass: 11 }), /at least 11 images in every class/);
  assert.throws(() => dirichletSubset(set, { ...options, smallestClass: 10 }), /none of 10000 draws/);
  assert.throws(() => dirichletSubset(set, { ...options, smallestClass: 1, fraction: 1 }), /leaves one of the two/);
});

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { ACCELERATED, openAccelerated } from '../backend/training/accelerated.fixture.js';
import type { ImageSet } from '../datasets/dataset.js';
import * as tf from '../tf.js';
import { predictScores } from '../training/evaluate.js';
import { aggregateGradients, type GradientNoise, type GradientPart } from './gradient-aggregation.js';
import { relevantKernels } from './relevance-threshold.js';

/** Spec doctor §12.1: maps of two samples by kernel, position by position. */
const MAPS = [
  [[1, -1, 2, 3], [0.5, -0.5, -1, -2], [4, 1, 1, 2]], // prettier-ignore
  [[-1, -1, -2, 3], [2, 1, 3, 2], [-1, 2, -3, -4]], // prettier-ignore
];
const W = [[1, -2, 0.5], [0, 1, -1], [2, 0.25, -0.5]]; // prettier-ignore
const CLASSES = ['0', '1', '2'];
const TOLERANCE = 1e-5;

/** The maps as pictures: byte b is the value b / 2 − 4. */
const images: ImageSet = {
  pixels: Uint8Array.from(
    MAPS.flatMap((kernels) => [0, 1, 2, 3].flatMap((at) => kernels.map((map) => 2 * map[at] + 8))),
  ),
  labels: Int32Array.from([0, 1]),
  imageShape: [2, 2, 3],
  classNames: CLASSES,
  normalisation: { mean: [8 / 255, 8 / 255, 8 / 255], std: [2 / 255, 2 / 255, 2 / 255] },
};

/** A convolution that copies the picture, then the fixture's head: ReLU, mean over 2×2, W. */
function fixtureModel(): tf.LayersModel {
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({ name: 'map', inputShape: [2, 2, 3], filters: 3, kernelSize: 1, useBias: false }),
      tf.layers.reLU(),
      tf.layers.globalAveragePooling2d({ name: 'mean' }),
      tf.layers.dense({ name: 'w', units: 3, useBias: false }),
    ],
  });
  tf.tidy(() => model.setWeights([tf.reshape(tf.eye(3), [1, 1, 3, 3]), tf.transpose(tf.tensor2d(W))]));
  return model;
}

before(async () => {
  delete process.env.MODULAB_BACKEND; // it would keep the others from being opened
  await openAccelerated();
});

for (const { backend, skip } of [{ backend: 'cpu', skip: false }, ...ACCELERATED]) {
  test(`the golden fixture holds on ${backend}`, { skip }, async (t) => {
    await tf.setBackend(backend);
    const model = fixtureModel();
    let largest = 0;
    const assertNear = (actual: ArrayLike<number>, expected: readonly number[], what: string) => {
      assert.equal(actual.length, expected.length, what);
      expected.forEach((value, i) => {
        const error = Math.abs(actual[i] - value);
        assert.ok(error <= TOLERANCE, `${what}: ${Array.from(actual).join(', ')}`);
        largest = Math.max(largest, error);
      });
    };
    const { scores } = await predictScores(model, images);
    assertNear(scores, [2.25, -1.875, 2.03125, -3, 1.5, 1.75], 'logits');

    /** The row of one sample for one class. */
    const row = async (sample: number, classOf: number, phi: GradientPart, noise: GradientNoise | null = null) => {
      const perClass = CLASSES.map((_, c) => (c === classOf ? [sample] : []));
      const [sums] = await aggregateGradients(model, images, perClass, { layers: ['map'], phi, noise });
      sums.values.forEach((values, c) => c !== classOf && assertNear(values, [0, 0, 0], 'a class without images'));
      return sums.values[classOf];
    };
    for (const noise of [null, { draws: 3, std: 0 }]) {
      assertNear(await row(0, 0, 'abs', noise), [0.75, 0.5, 0.5], 'own class, abs, sample 0');
      assertNear(await row(1, 1, 'abs', noise), [0, 1, 0.25], 'own class, abs, sample 1');
      assertNear(await row(0, 0, 'positive', noise), [0.75, 0, 0.5], 'own class, positive, sample 0');
      assertNear(await row(1, 1, 'positive', noise), [0, 1, 0], 'own class, positive, sample 1');
      assertNear(await row(0, 2, 'abs', noise), [1.5, 0.0625, 0.5], 'competitor, abs, sample 0');
      assertNear(await row(1, 2, 'abs', noise), [0.5, 0.25, 0.125], 'competitor, abs, sample 1');
      assertNear(await row(0, 2, 'positive', noise), [1.5, 0.0625, 0], 'competitor, positive, sample 0');
      assertNear(await row(1, 2, 'positive', noise), [0.5, 0.25, 0], 'competitor, positive, sample 1');
    }
    const both = await aggregateGradients(model, images, [[0], [1], [0, 1]], { layers: ['map'], batchSize: 3 });
    assertNear(both[0].values[2], [2, 0.3125, 0.625], 'the sum over both samples');
    t.diagnostic(`${backend}: largest error ${largest.toExponential(1)}`);
    model.dispose();
  });
}

test('the golden thresholds', () => {
  const A = [[4, 1, 0, 2], [0.5, 0.5, 3, 0]]; // prettier-ignore
  const masks = (threshold: Parameters<typeof relevantKernels>[2]) =>
    A.map((row) => relevantKernels(row, 1, threshold));
  assert.deepEqual(masks({ kind: 'minmax' }), [[1, 1, 0, 1], [0, 0, 1, 0]]); // prettier-ignore
  assert.deepEqual(masks({ kind: 'mean' }), [[1, 0, 0, 1], [0, 0, 1, 0]]); // prettier-ignore
});

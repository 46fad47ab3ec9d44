import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { openBackend } from '../../backend/open-backend.js';
import { ModelError } from '../../errors.js';
import { inceCnn } from '../../models/architectures/ince-cnn.js';
import { resCnn } from '../../models/architectures/res-cnn.js';
import { resNet20 } from '../../models/architectures/res-net-cifar.js';
import { simCnn } from '../../models/architectures/sim-cnn.js';
import * as tf from '../../tf.js';
import { createExtractor } from '../modules/extract.js';
import { fullSelection, type KernelSelection } from '../trace/kernel-selection.js';
import {
  depthwiseToy,
  randomImages,
  randomiseWeights,
  randomSelection,
  relativeDifference,
} from '../trace/test-models.fixture.js';

before(async () => {
  await openBackend({ quiet: true });
});

const MODELS: Record<string, () => tf.LayersModel> = {
  SimCNN: () => simCnn({ width: 1 / 16 }),
  ResCNN: () => resCnn({ width: 1 / 16 }),
  InceCNN: () => inceCnn({ width: 1 / 16 }),
  'ResNet-20': () => resNet20({ width: 0.5 }),
  'depthwise toy': depthwiseToy,
};

for (const [name, build] of Object.entries(MODELS)) {
  test(`${name}: selections computed together give the numbers that each gives alone`, () => {
    const extractor = createExtractor(randomiseWeights(build(), 3));
    const { trace } = extractor;
    const [a, b] = [randomSelection(trace, 0.7, 1), randomSelection(trace, 0.5, 2)];
    // mixed: the first half of the free groups of `a`, the others of `b`
    const half = new Set(trace.groups.slice(0, trace.groups.length >> 1).flatMap(({ layers }) => layers));
    const mixed: KernelSelection = Object.fromEntries(Object.keys(a).map((l) => [l, half.has(l) ? a[l] : b[l]]));
    const selections = [a, mixed, b, a, fullSelection(trace)];
    const image = trace.layers[0].outputShape as number[];
    const x = randomImages([3, image[0], image[1], image[2]], 4);
    const tensors = tf.memory().numTensors;
    const forest = extractor.compileForest(selections);
    assert.equal(forest.selections, selections.length);
    assert.ok(forest.steps.computed < forest.steps.unshared * 0.8, JSON.stringify(forest.steps));
    const results = forest.predict(x);
    assert.deepEqual(results[3].dataSync(), results[0].dataSync()); // the same selection
    results.forEach((together, i) => {
      const compiled = extractor.compile(selections[i]);
      const alone = compiled.predict(x);
      assert.ok(relativeDifference(together.dataSync(), alone.dataSync()) < 1e-5);
      compiled.dispose();
      tf.dispose([together, alone]);
    });
    forest.dispose();
    assert.equal(tf.memory().numTensors, tensors);
    const wide = extractor.compileForest(selections, { channelBlock: 4 });
    const outputs = wide.predict(x);
    outputs.forEach((widened, i) => {
      const compiled = extractor.compile(selections[i]);
      const alone = compiled.predict(x);
      assert.ok(relativeDifference(widened.dataSync(), alone.dataSync()) < 1e-4);
      compiled.dispose();
      tf.dispose([widened, alone]);
    });
    wide.dispose();
    assert.equal(tf.memory().numTensors, tensors);
    assert.throws(() => forest.predict(x), ModelError);
  });
}

test('a limit on the weights takes the first selections only, but at least one', () => {
  const extractor = createExtractor(simCnn({ width: 1 / 16 }));
  const selections = [1, 2, 3, 4].map((seed) => randomSelection(extractor.trace, 0.5, seed));
  for (const [bytes, expected] of [
    [1, 1],
    [1e9, 4],
  ]) {
    const forest = extractor.compileForest(selections, { maxWeightBytes: bytes });
    assert.equal(forest.selections, expected);
    forest.dispose();
  }
});

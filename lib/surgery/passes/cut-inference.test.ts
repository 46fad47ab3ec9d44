import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { openBackend } from '../../backend/open-backend.js';
import { inceCnn } from '../../models/architectures/ince-cnn.js';
import { resNetCifar } from '../../models/architectures/res-net-cifar.js';
import * as tf from '../../tf.js';
import { convolutionNames } from '../trace/convolutions.js';
import {
  depthwiseToy,
  randomImages,
  randomiseWeights,
  relativeDifference,
  sequentialToy,
  UnknownLayer,
} from '../trace/test-models.fixture.js';
import { compileUntilLayer } from './cut-inference.js';
import { cutAtLayer } from './layer-tail.js';

before(async () => {
  await openBackend({ quiet: true });
});

const MODELS: Record<string, () => tf.LayersModel> = {
  'ResNet-8': () => resNetCifar(8, { width: 0.25 }),
  InceCNN: () => inceCnn({ width: 1 / 16, dropout: false }),
  'depthwise toy, with a fused activation at its end': depthwiseToy,
  'sequential toy, with a fused sigmoid': sequentialToy,
  'untraceable model': () =>
    tf.sequential({
      layers: [
        tf.layers.conv2d({ name: 'c', inputShape: [8, 8, 3], filters: 3, kernelSize: 3 }),
        new UnknownLayer(),
        tf.layers.flatten(),
        tf.layers.dense({ units: 3 }),
      ],
    }),
};

for (const [name, build] of Object.entries(MODELS)) {
  test(`${name}: the compiled front gives what the layers give`, () => {
    const model = randomiseWeights(build(), 3);
    const [, height, width, channels] = model.inputs[0].shape as number[];
    const x = randomImages([3, height, width, channels], 4);
    for (const layer of convolutionNames(model, 'all')) {
      const tail = cutAtLayer(model, layer);
      const front = compileUntilLayer(model, tail);
      const tensors = tf.memory().numTensors;
      const [actual, expected] = [front.run(x), tail.untilLayer(x)];
      for (const [i, tensor] of [expected.map, ...expected.carried].entries()) {
        const found = [actual.map, ...actual.carried][i];
        assert.deepEqual(found.shape, tensor.shape);
        assert.ok(relativeDifference(found.dataSync(), tensor.dataSync()) < 1e-4, `${layer}, tensor ${i}`);
      }
      tf.dispose([actual.map, expected.map, ...actual.carried, ...expected.carried]);
      assert.equal(tf.memory().numTensors, tensors);
      front.dispose();
    }
    model.dispose();
    x.dispose();
  });
}

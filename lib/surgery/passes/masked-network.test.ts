import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { openBackend } from '../../backend/open-backend.js';
import { ModelError } from '../../errors.js';
import { inceCnn } from '../../models/architectures/ince-cnn.js';
import { resCnn } from '../../models/architectures/res-cnn.js';
import { resNet20 } from '../../models/architectures/res-net-cifar.js';
import { simCnn } from '../../models/architectures/sim-cnn.js';
import { seedStream } from '../../run/mt19937.js';
import * as tf from '../../tf.js';
import { createExtractor } from '../modules/extract.js';
import {
  depthwiseToy,
  randomImages,
  randomiseWeights,
  relativeDifference,
  sequentialToy,
} from '../trace/test-models.fixture.js';
import { createMaskedNetwork } from './masked-network.js';

const MODELS: Record<string, () => tf.LayersModel> = {
  'SimCNN with batch norm': () => simCnn({ width: 1 / 16, variant: 'gradsplitter' }),
  'ResCNN with batch norm': () => resCnn({ width: 1 / 16, variant: 'gradsplitter' }),
  InceCNN: () => inceCnn({ width: 1 / 16 }),
  'ResNet-20, option A': () => resNet20({ width: 0.5 }),
  'ResNet-20, projections': () => resNet20({ width: 0.5, shortcut: 'projection' }),
  'depthwise toy': depthwiseToy,
  'depthwise, with a batch norm that stands alone': () => {
    const { layers } = tf;
    return tf.sequential({
      layers: [
        layers.conv2d({ filters: 5, kernelSize: 3, inputShape: [8, 8, 3], activation: 'relu' }),
        layers.batchNormalization({}),
        layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2 }),
        layers.activation({ activation: 'sigmoid' }),
        layers.separableConv2d({ filters: 6, kernelSize: 3, padding: 'same' }),
        layers.globalAveragePooling2d({}),
        layers.dense({ units: 3 }),
      ],
    });
  },
};

before(async () => {
  await openBackend({ quiet: true });
});

/** Random masks [modules, units] in which no layer is empty, as far as chance goes. */
function randomMasks(modules: number, units: number, seed: number): Float32Array {
  const rng = seedStream(seed, 'masks');
  return Float32Array.from({ length: modules * units }, () => (rng.nextDouble() < 0.7 ? 1 : 0));
}

for (const [name, build] of Object.entries(MODELS)) {
  describe(name, () => {
    test('masked outputs are those of the extracted modules; flipped bits show', () => {
      const model = randomiseWeights(build(), 5);
      const [, height, width, channels] = model.inputs[0].shape as number[];
      const x = randomImages([3, height, width, channels], 6);
      const tensors = tf.memory().numTensors;
      const network = createMaskedNetwork(model);
      const { layout } = network;
      const extractor = createExtractor(model);
      const bits = randomMasks(3, layout.units, 1);
      const masks = tf.tensor2d(bits, [3, layout.units]);
      const outputs = network.outputs(x, masks);
      const perModule = tf.unstack(outputs).map((t) => [t, t.dataSync()] as const);
      perModule.forEach(([, masked], module) => {
        const own = bits.slice(module * layout.units, (module + 1) * layout.units);
        const compiledLogits = (mask: Float32Array) => {
          const compiled = extractor.compile(layout.selection(mask), { onEmptyLayer: assert.fail });
          const y = compiled.predict(x);
          const values = y.dataSync();
          tf.dispose(y);
          compiled.dispose();
          return values;
        };
        assert.ok(relativeDifference(masked, compiledLogits(own)) < 1e-5, `module ${module}`);
        // control: some single bit must make a difference that the tolerance would not swallow
        const shows = Array.from({ length: Math.min(layout.units, 24) }, (_, i) => i).some((unit) => {
          const flipped = own.slice();
          flipped[unit] = 1 - flipped[unit];
          return relativeDifference(masked, compiledLogits(flipped)) > 1e-3;
        });
        assert.ok(shows, 'no flipped bit shows');
      });
      tf.dispose([masks, outputs, ...perModule.map(([t]) => t)]);
      network.dispose();
      extractor.dispose();
      assert.equal(tf.memory().numTensors, tensors);
      model.dispose();
      x.dispose();
    });

    // tfjs's gradient of a maximum counts every one of equal values, and up-sampling makes them equal
    if (build === depthwiseToy) return;

    test('the gradient of a mask is the slope of the output', () => {
      const model = randomiseWeights(build(), 7);
      const [, height, width, channels] = model.inputs[0].shape as number[];
      const x = randomImages([2, height, width, channels], 8);
      const network = createMaskedNetwork(model);
      const { units } = network.layout;
      // away from 0 and 1, where ReLU keeps the slope on both sides
      const masks = tf.tensor2d(
        Float32Array.from({ length: 2 * units }, (_, i) => 0.75 + 0.25 * Math.sin(i)),
        [2, units],
      );
      const rng = seedStream(3, 'direction');
      const weights = tf.tensor(Float32Array.from({ length: 2 * 2 * network.trace.classes }, () => rng.nextNormal()));
      const loss = (m: tf.Tensor) =>
        tf.sum<tf.Scalar>(tf.mul(tf.reshape(network.outputs(x, m as tf.Tensor2D), [-1]), weights));
      const tensors = tf.memory().numTensors;
      const gradient = tf.grad(loss)(masks);
      assert.equal(tf.memory().numTensors, tensors + 1);
      const slopes = gradient.dataSync<'float32'>();
      const step = 2e-3;
      const values = masks.dataSync<'float32'>();
      let agree = 0;
      const probes = [0, 1, Math.floor(units / 2), units - 1, units + 2, 2 * units - 1];
      const largest = slopes.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
      for (const at of probes) {
        const [up, down] = [step, -step].map((delta) => {
          const moved = values.slice();
          moved[at] += delta;
          return tf.tidy(() => loss(tf.tensor2d(moved, [2, units])).dataSync()[0]);
        });
        const slope = (up - down) / (2 * step);
        if (Math.abs(slope - slopes[at]) < 0.02 * largest + 0.02 * Math.abs(slope)) agree++;
      }
      assert.ok(agree >= probes.length - 1, `${agree} of ${probes.length} slopes agree`); // one may cross a kink
      tf.dispose([gradient, masks, weights, x]);
      network.dispose();
      model.dispose();
    });
  });
}

test('what a network cannot do is refused by name', () => {
  const dilated = sequentialToy();
  assert.throws(() => createMaskedNetwork(dilated), (e: unknown) => e instanceof ModelError && /'c1'.*dilation/.test(e.message)); // prettier-ignore
  const dense = tf.sequential({
    layers: [tf.layers.flatten({ inputShape: [4, 4, 3] }), tf.layers.dense({ units: 2 })],
  });
  assert.throws(() => createMaskedNetwork(dense), /no convolution layer whose kernels can be removed/);
});

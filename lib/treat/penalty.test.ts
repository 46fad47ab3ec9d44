import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { openBackend } from '../backend/open-backend.js';
import { withInnerGradients } from '../backend/training/inner-gradient.js';
import { objectMaskSet } from '../datasets/object-masks.js';
import { ModelError } from '../errors.js';
import { inceCnn } from '../models/architectures/ince-cnn.js';
import { resCnn } from '../models/architectures/res-cnn.js';
import { resNetCifar } from '../models/architectures/res-net-cifar.js';
import { seedStream } from '../run/mt19937.js';
import { randomImages, randomiseWeights, relativeDifference } from '../surgery/trace/test-models.fixture.js';
import * as tf from '../tf.js';
import { evidenceAtLayer } from './class-gradients.js';
import { channelPenalty, type ChannelPenaltyOptions, competitors, spacePenalty } from './penalty.js';
import { type PenaltyOptions, treatmentObjective } from './treatment-objective.js';

before(async () => {
  await openBackend({ quiet: true });
});

const close = (actual: number, expected: number, what: string, tolerance = 1e-5): void =>
  assert.ok(
    Math.abs(actual - expected) <= tolerance * Math.max(1, Math.abs(expected)),
    `${what}: ${actual}, not ${expected}`,
  );

/** The head of spec doctor §12.1 behind a convolution that copies its input. */
function goldenHead(): { model: tf.LayersModel; x: tf.Tensor4D; labels: Int32Array; objects: tf.Tensor4D } {
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({ name: 'copy', filters: 3, kernelSize: 1, useBias: false, inputShape: [2, 2, 3] }),
      tf.layers.reLU({}),
      tf.layers.globalAveragePooling2d({}),
      tf.layers.dense({ units: 3, useBias: false }),
    ],
  });
  const byClass = tf.tensor2d([[1, -2, 0.5], [0, 1, -1], [2, 0.25, -0.5]]); // prettier-ignore
  model.setWeights([tf.reshape(tf.eye(3), [1, 1, 3, 3]), tf.transpose(byClass)]);
  const maps = tf.tensor4d(
    [1, -1, 2, 3, 0.5, -0.5, -1, -2, 4, 1, 1, 2, -1, -1, -2, 3, 2, 1, 3, 2, -1, 2, -3, -4],
    [2, 3, 2, 2],
  );
  return {
    model,
    x: tf.transpose(maps, [0, 2, 3, 1]),
    labels: Int32Array.of(0, 1),
    objects: tf.tensor4d([1, 0, 0, 0, 0, 0, 0, 1], [2, 2, 2, 1]),
  };
}

test('the golden fixture of the specification, by formula and by differentiation', () => {
  const { model, x, labels, objects } = goldenHead();
  const relevant = [[1, 0, 0], [0, 1, 1], [1, 0, 1]]; // prettier-ignore
  const expected: [Pick<ChannelPenaltyOptions, 'aggregation' | 'competitor'>, number][] = [
    [{ aggregation: 'abs', competitor: 'masked' }, 1.8125],
    [{ aggregation: 'abs', competitor: 'all' }, 1.96875],
    [{ aggregation: 'positive', competitor: 'masked' }, 1.25],
    [{ aggregation: 'positive', competitor: 'all' }, 1.40625],
  ];
  for (const path of ['formula', 'differentiate'] as const) {
    const evidence = evidenceAtLayer(model, 'copy', path);
    assert.equal(evidence.path, path);
    tf.grad((input) => {
      const { map, carried } = evidence.tail.untilLayer(input as tf.Tensor4D);
      const { logits, gradients, competing } = evidence.at(map, carried, labels, false);
      [2.25, -1.875, 2.03125, -3, 1.5, 1.75].forEach((z, i) => close(logits.dataSync()[i], z, 'logit'));
      assert.deepEqual(Array.from(competing), [2, 2]);
      for (const [options, mean] of expected) {
        for (const [normalisation, value] of [
          ['perSample', mean],
          ['reference', mean / 2],
        ] as const) {
          const penalty = channelPenalty(gradients, labels, competing, relevant, { ...options, normalisation });
          close(penalty.dataSync()[0], value, `${path}, ${JSON.stringify(options)}, ${normalisation}`);
        }
      }
      close(spacePenalty(gradients.label, objects).dataSync()[0], 0.9375, 'space');
      return tf.sum(logits);
    })(x);
  }
});

test('the competitor is the strongest wrong class', () => {
  assert.deepEqual(Array.from(competitors([3, 2, 1, 3, 2, 1, 1, 1, 1], Int32Array.of(0, 1, 0))), [1, 0, 1]);
});

const MODELS: Record<string, { build: () => tf.LayersModel; layer: string; formula: boolean; training: boolean[] }> = {
  'ResNet-8, last layer': { build: () => resNet(), layer: 'conv6', formula: true, training: [false, true] },
  'ResNet-8, inner layer': { build: () => resNet(), layer: 'conv5', formula: false, training: [false, true] },
  'ResCNN with max pooling': {
    build: () => resCnn({ width: 1 / 64, dropout: false, classes: 3 }),
    layer: 'conv9',
    formula: false,
    training: [false],
  },
  InceCNN: {
    build: () => inceCnn({ width: 1 / 64, dropout: false, classes: 3, inputShape: [8, 8, 3] }),
    layer: 'conv9',
    formula: false,
    training: [true],
  },
};
const resNet = (): tf.LayersModel => resNetCifar(8, { width: 0.25, classes: 3, inputShape: [8, 8, 3] });

function penaltyOptions(model: tf.LayersModel, layer: string, images: number): PenaltyOptions {
  const [height, width] = model.inputs[0].shape.slice(1) as number[];
  const kernels = evidenceAtLayer(model, layer).tail.mapShape[2]!;
  const random = seedStream(9, 'relevant');
  const mask = [0, 1, 2].map(() => Array.from({ length: kernels }, () => (random.nextDouble() < 0.4 ? 1 : 0)));
  const left = new Uint8Array(height * width).map((_, i) => (i % width < width / 2 ? 255 : 0));
  return {
    relevant: { layer, classNames: ['a', 'b', 'c'], kernels, mask },
    ...{ alpha: 2, beta: 3, noiseStd: 0.1, aggregation: 'abs', competitor: 'masked', normalisation: 'perSample' },
    masks: objectMaskSet(Array.from({ length: images }, (_, i) => (i === 0 ? null : left)), [height, width]), // prettier-ignore
  };
}

/** The total loss of a batch at the model's present weights. */
function lossOfBatch(model: tf.LayersModel, options: PenaltyOptions, x: tf.Tensor4D, labels: Int32Array): tf.Scalar {
  const indices = Int32Array.from(labels.keys());
  const companion: tf.Tensor4D = tf.div(
    tf.tensor4d(options.masks!.pixels, [labels.length, ...options.masks!.imageShape]),
    255,
  );
  const objective = treatmentObjective(model, options, 1);
  objective.startEpoch(0);
  return objective.lossOf({ x, labels, indices, companion }).total;
}

function lossAndGradients(model: tf.LayersModel, options: PenaltyOptions, x: tf.Tensor4D, labels: Int32Array) {
  const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
  const { value, grads } = tf.variableGrads(() => lossOfBatch(model, options, x, labels), variables);
  return { value: value.dataSync()[0], gradients: variables.map((v) => grads[v.name]), variables };
}

for (const [name, { build, layer, formula, training }] of Object.entries(MODELS)) {
  describe(name, () => {
    test('the gradient of the whole loss agrees with finite differences', () => {
      const model = randomiseWeights(build(), 3);
      const [, height, width] = model.inputs[0].shape as number[];
      const x = randomImages([4, height, width, 3], 5);
      const labels = Int32Array.of(0, 1, 2, 0);
      const options = penaltyOptions(model, layer, 4);
      const { gradients, variables } = lossAndGradients(model, options, x, labels);
      const stride = Math.ceil(variables.length / 12);
      for (let i = variables.length - 1; i >= 0; i -= stride) {
        const variable = variables[i];
        const start = tf.clone(variable);
        const along = tf.mul(tf.randomNormal(variable.shape, 0, 1, 'float32', i), 1 / Math.sqrt(variable.size));
        const at = (by: number): number => {
          variable.assign(tf.add(start, tf.mul(along, by)));
          return withInnerGradients(() => lossOfBatch(model, options, x, labels)).dataSync()[0];
        };
        const slope = tf.sum(tf.mul(gradients[i], along)).dataSync()[0];
        // The loss has kinks and, where ReLUs open, steps; a difference over one is no slope. One of four widths has none.
        const near = [1e-3, 3e-4, 1e-4, 3e-3].some((step) => {
          const numeric = (at(step) - at(-step)) / (2 * step);
          return Math.abs(numeric - slope) < 0.03 * (1 + Math.abs(slope));
        });
        variable.assign(start);
        assert.ok(near, `${variable.name}: ${slope} is no slope`);
      }
    });

    if (!formula) {
      test('there is no formula for it', () => {
        assert.equal(evidenceAtLayer(build(), layer).path, 'differentiate');
      });
      return;
    }
    test('formula and differentiation are equal: gradients, loss and its gradient', () => {
      const model = randomiseWeights(build(), 3);
      const [, height, width] = model.inputs[0].shape as number[];
      const x = randomImages([4, height, width, 3], 5);
      const labels = Int32Array.of(0, 1, 2, 0);
      for (const mode of training) {
        const both = (['formula', 'differentiate'] as const).map((path) => {
          const evidence = evidenceAtLayer(model, layer, path);
          const state = evidence.tail.untilLayer(x);
          let values: Float32Array;
          tf.grad((map) => {
            const { gradients, logits } = evidence.at(map as tf.Tensor4D, state.carried, labels, mode);
            values = tf.concat([gradients.label, gradients.competitor]).dataSync().slice() as Float32Array;
            return tf.sum(logits);
          })(state.map);
          return values!;
        });
        assert.ok(relativeDifference(both[0], both[1]) < 1e-4, `training ${mode}`);
      }
      const options = penaltyOptions(model, layer, 4);
      const [fast, general] = (['formula', 'differentiate'] as const).map((path) =>
        lossAndGradients(model, { ...options, path }, x, labels),
      );
      close(fast.value, general.value, 'loss', 1e-4);
      fast.gradients.forEach((gradient, i) => {
        const difference = relativeDifference(gradient.dataSync(), general.gradients[i].dataSync());
        assert.ok(difference < 1e-3, `${fast.variables[i].name}: ${difference}`);
      });
    });
  });
}

test('a step leaves no tensors behind', () => {
  const model = randomiseWeights(resNet(), 3);
  const x = randomImages([4, 8, 8, 3], 5);
  for (const layer of ['conv6', 'conv5']) {
    const options = penaltyOptions(model, layer, 4);
    const once = () => tf.dispose(tf.tidy(() => lossAndGradients(model, options, x, Int32Array.of(0, 1, 2, 0)).gradients)); // prettier-ignore
    once();
    const tensors = tf.memory().numTensors;
    once();
    assert.equal(tf.memory().numTensors, tensors, layer);
  }
});

test('a layer that is not there is refused', () => {
  assert.throws(() => evidenceAtLayer(resNet(), 'conv7'), ModelError);
});

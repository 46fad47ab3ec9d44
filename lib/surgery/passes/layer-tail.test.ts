import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { openBackend } from '../../backend/open-backend.js';
import { ModelError, OptionError } from '../../errors.js';
import { inceCnn } from '../../models/architectures/ince-cnn.js';
import { resCnn } from '../../models/architectures/res-cnn.js';
import { resNetCifar } from '../../models/architectures/res-net-cifar.js';
import { simCnn } from '../../models/architectures/sim-cnn.js';
import * as tf from '../../tf.js';
import { readLayerGraph } from '../graph/layer-graph.js';
import { requireRelevantKernels } from '../trace/relevant-kernels.js';
import {
  depthwiseToy,
  randomImages,
  randomiseWeights,
  relativeDifference,
  sequentialToy,
} from '../trace/test-models.fixture.js';
import { cutAtLayer } from './layer-tail.js';

/** Model, and layers to cut at beside the last convolution. */
const MODELS: Record<string, [() => tf.LayersModel, string[]]> = {
  'SimCNN with batch norm': [() => simCnn({ width: 1 / 16, variant: 'gradsplitter' }), ['conv3']],
  ResCNN: [() => resCnn({ width: 1 / 16, dropout: false }), ['conv1', 'conv2', 'conv6']],
  InceCNN: [() => inceCnn({ width: 1 / 16, dropout: false }), ['conv4', 'conv10']],
  'ResNet-8, option A': [() => resNetCifar(8, { width: 0.25 }), ['conv0', 'conv3', 'conv4']],
  'ResNet-8, projections': [() => resNetCifar(8, { width: 0.25, shortcut: 'projection' }), ['conv3', 'convShortcut4']],
  'ResNet-20': [() => resNetCifar(20, { width: 0.25 }), ['conv18']],
  'depthwise toy': [depthwiseToy, ['stem', 'dw', 'sep']],
  'sequential toy with fused sigmoid': [sequentialToy, ['c0']],
};

before(async () => {
  await openBackend({ quiet: true });
});

const lastConvolution = (model: tf.LayersModel): string =>
  readLayerGraph(model)
    .filter(({ className }) => className === 'Conv2D')
    .pop()!.name;

for (const [name, [build, layers]] of Object.entries(MODELS)) {
  describe(name, () => {
    test('head and tail together are the model, in both modes', () => {
      const model = randomiseWeights(build(), 3);
      const [, height, width, channels] = model.inputs[0].shape as number[];
      const x = randomImages([4, height, width, channels], 4);
      const whole = model.predict(x) as tf.Tensor;
      const weights = model.getWeights().map((weight) => tf.keep(tf.clone(weight)));
      // Dropout is random, and tf.layers cannot train a batch norm without an offset.
      const repeatable = model.layers.every(
        (layer) => !/Dropout/.test(layer.getClassName()) && layer.getConfig()['center'] !== false,
      );
      const inTraining = repeatable ? (model.apply(x, { training: true }) as tf.Tensor) : null;
      for (const layer of [...layers, lastConvolution(model)]) {
        model.setWeights(weights);
        const tail = cutAtLayer(model, layer);
        const tensors = tf.memory().numTensors;
        const { map, carried } = tail.untilLayer(x);
        assert.deepEqual(map.shape.slice(1), [...tail.mapShape]);
        const y = tail.fromLayer(map, carried);
        assert.ok(relativeDifference(y.dataSync(), whole.dataSync()) < 1e-5, layer);
        tf.dispose([map, ...carried, y]);
        if (inTraining) {
          const state = tail.untilLayer(x, { training: true });
          const logits = tail.fromLayer(state.map, state.carried, { training: true });
          assert.ok(relativeDifference(logits.dataSync(), inTraining.dataSync()) < 1e-4, `${layer} in training`);
          tf.dispose([state.map, ...state.carried, logits]);
        }
        assert.equal(tf.memory().numTensors, tensors, 'no tensors are left');
      }
    });
  });
}

test('the map is what the convolution puts out before a fused activation', () => {
  const model = randomiseWeights(sequentialToy(), 3);
  const { map } = cutAtLayer(model, 'c0').untilLayer(randomImages([2, 8, 8, 3], 4));
  assert.ok(map.dataSync().some((value) => value < 0 || value > 1));
});

test('gradients with respect to the map and to weights agree with finite differences', () => {
  for (const [layer, training] of [
    ['conv3', false],
    ['conv6', false],
    ['conv6', true],
  ] as const) {
    const model = randomiseWeights(resNetCifar(8, { width: 0.25, inputShape: [8, 8, 3], classes: 3 }), 5);
    const weights = model.getWeights().map((weight) => tf.keep(tf.clone(weight)));
    const tail = cutAtLayer(model, layer);
    const { map, carried } = tail.untilLayer(randomImages([3, 8, 8, 3], 6));
    const direction = randomImages(map.shape, 7);
    const value = (t: tf.Tensor): tf.Scalar =>
      tf.sum(tf.square(tail.fromLayer(t as tf.Tensor4D, carried, { training })));
    const slope = tf.sum(tf.mul(tf.grad(value)(map), direction)).dataSync()[0];
    const step = 2e-3;
    const at = (by: number): number => value(tf.add(map, tf.mul(direction, by))).dataSync()[0];
    const numeric = (at(step) - at(-step)) / (2 * step);
    assert.ok(Math.abs(slope - numeric) < 2e-2 * (1 + Math.abs(numeric)), `${layer}: ${slope} and ${numeric}`);
    model.setWeights(weights);
    const dense = model.getLayer('fc0').trainableWeights[0].read() as tf.Variable;
    const { grads } = tf.variableGrads(() => value(map), [dense]);
    const before = dense.dataSync().slice();
    const nudged = (by: number): number => {
      const values = before.slice();
      values[1] += by;
      dense.assign(tf.tensor(values, dense.shape));
      return value(map).dataSync()[0];
    };
    const weightNumeric = (nudged(1e-2) - nudged(-1e-2)) / 2e-2;
    const weightSlope = grads[dense.name].dataSync()[1];
    assert.ok(Math.abs(weightSlope - weightNumeric) < 2e-2 * (1 + Math.abs(weightNumeric)), `${layer}, weight`);
  }
});

test('what cannot be cut is refused', () => {
  const model = resNetCifar(8, { width: 0.25 });
  assert.throws(() => cutAtLayer(model, 'conv99'), (e: Error) => e instanceof ModelError && /conv0, .*conv6/.test(e.message)); // prettier-ignore
  assert.throws(() => cutAtLayer(model, 'bn0'), /BatchNormalization\): expected a 2-D convolution/);
  const flat = tf.sequential({ layers: [tf.layers.conv2d({ name: 'only', filters: 2, kernelSize: 3, inputShape: [8, 8, 3] })] }); // prettier-ignore
  assert.throws(() => cutAtLayer(flat, 'only'), /expected an output of \[batch, classes\]/);
  const tail = cutAtLayer(model, 'conv6');
  assert.throws(() => tail.fromLayer(tf.zeros([1, 8, 8, 16]), []), /expected 1 carried tensors \(shortcut6\), got 0/);
  const relevant = { layer: 'conv6', classNames: ['a', 'b'], kernels: 2, mask: [[1, 0]] };
  assert.throws(() => requireRelevantKernels('treat', relevant), OptionError);
  const odd = [[1, 2], [0, 0]]; // prettier-ignore
  assert.throws(() => requireRelevantKernels('treat', { ...relevant, mask: odd }), /class 'a': expected 2 values of 0 or 1/); // prettier-ignore
});

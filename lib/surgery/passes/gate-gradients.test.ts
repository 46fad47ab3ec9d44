import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { openBackend } from '../../backend/open-backend.js';
import { ModelError } from '../../errors.js';
import { inceCnn } from '../../models/architectures/ince-cnn.js';
import { resCnn } from '../../models/architectures/res-cnn.js';
import { resNet20 } from '../../models/architectures/res-net-cifar.js';
import { simCnn } from '../../models/architectures/sim-cnn.js';
import * as tf from '../../tf.js';
import {
  depthwiseToy,
  randomImages,
  randomiseWeights,
  relativeDifference,
  sequentialToy,
} from '../trace/test-models.fixture.js';
import { type ModelTrace, traceModel } from '../trace/trace.js';
import { createGateGradients } from './gate-gradients.js';

const MODELS: Record<string, () => tf.LayersModel> = {
  'SimCNN with batch norm': () => simCnn({ width: 1 / 16, variant: 'gradsplitter' }),
  ResCNN: () => resCnn({ width: 1 / 16 }),
  InceCNN: () => inceCnn({ width: 1 / 16 }),
  'ResNet-20, option A': () => resNet20({ width: 0.5 }),
  'ResNet-20, projections': () => resNet20({ width: 0.5, shortcut: 'projection' }),
  'depthwise and separable convolutions': depthwiseToy,
  'a batch norm and a sigmoid that stand alone': () => {
    const { layers } = tf;
    return tf.sequential({
      layers: [
        layers.conv2d({ filters: 5, kernelSize: 3, inputShape: [8, 8, 3], activation: 'relu' }),
        layers.batchNormalization({}),
        layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2 }),
        layers.activation({ activation: 'sigmoid' }),
        layers.conv2d({ filters: 4, kernelSize: 3, strides: 2, padding: 'same', activation: 'relu6' }),
        layers.maxPooling2d({ poolSize: 2, padding: 'same' }),
        layers.flatten(),
        layers.dense({ units: 6, activation: 'tanh' }),
        layers.dense({ units: 3 }),
      ],
    });
  },
};

before(async () => {
  await openBackend({ quiet: true });
});

/** The logits with a unit's channels multiplied wherever a convolution or dense layer reads them: by its weights' rows. */
function withGate(model: tf.LayersModel, trace: ModelTrace, unit: number, gate: number, x: tf.Tensor4D): Float32Array {
  const channelsOf = new Map(trace.layers.map((layer) => [layer.name, layer]));
  const changed: [tf.layers.Layer, tf.Tensor[]][] = [];
  for (const layer of model.layers) {
    if (!/^(Conv2D|SeparableConv2D|Dense)$/.test(layer.getClassName())) continue;
    const { channels } = channelsOf.get(channelsOf.get(layer.name)!.inputs[0])!;
    const [kernel, ...rest] = layer.getWeights().map((w) => w.clone());
    const outputs = kernel.shape[kernel.rank - 1];
    const values = kernel.dataSync<'float32'>().map((value, i) => {
      const row = Math.floor(i / outputs) % channels.length;
      return channels[row] === unit ? value * gate : value;
    });
    changed.push([layer, [kernel, ...rest]]);
    const scaled = tf.tensor(values, kernel.shape);
    layer.setWeights([scaled, ...rest]);
    scaled.dispose();
  }
  const logits = tf.tidy(() => (model.predict(x) as tf.Tensor2D).dataSync<'float32'>());
  for (const [layer, weights] of changed) {
    layer.setWeights(weights);
    tf.dispose(weights);
  }
  return logits;
}

/** Gradients of a unit's gates together, [batch · units]. */
function byUnit(values: Float32Array, unitOf: Int32Array, units: number): Float32Array {
  const sums = new Float32Array((values.length / unitOf.length) * units);
  values.forEach((value, i) => {
    sums[Math.floor(i / unitOf.length) * units + unitOf[i % unitOf.length]] += value;
  });
  return sums;
}

for (const [name, build] of Object.entries(MODELS)) {
  describe(name, () => {
    test('the gradients are what small steps of a gate make of the logits, ties as one', () => {
      const model = randomiseWeights(build(), 7);
      const [, height, width, channels] = model.inputs[0].shape as number[];
      const x = randomImages([4, height, width, channels], 3);
      const trace = traceModel(model);
      const tensors = tf.memory().numTensors;
      const gradients = createGateGradients(model);
      const wanted = [2, 0];
      const { byClass, logits } = gradients.run(x, wanted);
      const plain = tf.tidy(() => (model.predict(x) as tf.Tensor2D).dataSync<'float32'>());
      assert.ok(relativeDifference(logits, plain) < 1e-4);
      const { units } = gradients.layout;
      const found = byClass.map((values) => byUnit(values, gradients.unitOf, units));
      gradients.dispose();
      assert.equal(tf.memory().numTensors, tensors);
      const scale = Math.max(...found.flatMap((row) => Array.from(row, Math.abs)));
      let gate = 0;
      let first = 0;
      let compared = 0;
      let kinks = 0;
      for (const group of trace.groups) {
        // Two units per group, the last ones of which are most often tied.
        for (const own of [0, group.units.length - 1].slice(group.units.length === 1 ? 1 : 0)) {
          if (group.protected) continue;
          const step = 1e-3;
          const [down, here, up] = [1 - step, 1, 1 + step].map((g) => withGate(model, trace, first + own, g, x));
          wanted.forEach((c, place) => {
            for (let image = 0; image < 4; image++) {
              const at = image * trace.classes + c;
              const [left, right] = [here[at] - down[at], up[at] - here[at]].map((change) => change / step);
              const allowed = 0.02 * Math.abs(left) + 5e-3 * scale;
              // Where a ReLU or a maximum changes hands in between there is no derivative to compare with.
              if (Math.abs(left - right) > allowed) {
                kinks++;
                continue;
              }
              compared++;
              const value = found[place][image * units + gate + own];
              assert.ok(
                Math.abs((left + right) / 2 - value) < allowed,
                `${group.id}, unit ${own}, class ${c}, image ${image}: ${value}, by steps ${left} and ${right}`,
              );
            }
          });
        }
        if (!group.protected) gate += group.units.length;
        first += group.units.length;
      }
      assert.equal(gate, units);
      assert.ok(compared > 3 * kinks, `${compared} compared, ${kinks} kinks`);
      model.dispose();
      x.dispose();
    });
  });
}

test('the gradients do not depend on the other images of a batch, nor on the other classes asked for', () => {
  const model = randomiseWeights(resNet20({ width: 0.5 }), 1);
  const x = randomImages([3, 32, 32, 3], 2);
  const gradients = createGateGradients(model);
  const [together] = gradients.run(x, [4, 1]).byClass;
  const alone = tf.tidy(() => gradients.run(tf.slice(x, [1, 0, 0, 0], [1, 32, 32, 3]), [4]).byClass[0]);
  const gates = gradients.unitOf.length;
  alone.forEach((value, gate) => assert.ok(Math.abs(value - together[gates + gate]) < 1e-4 * (1 + Math.abs(value))));
  // The stream is read by nine blocks and the dense layer, everything else by one layer.
  const stream = gradients.unitOf.filter((unit) => unit === 0).length;
  assert.ok(stream > 1, `${stream} gates`);
  assert.equal(new Set(gradients.unitOf).size, gradients.layout.units);
  gradients.dispose();
  model.dispose();
  x.dispose();
});

test('a model without a gradient, or with nothing to remove, is refused by name', () => {
  const dilated = sequentialToy();
  assert.throws(() => createGateGradients(dilated), (e: unknown) => e instanceof ModelError && /'c1'.*dilation/.test(e.message)); // prettier-ignore
  const dense = tf.sequential({
    layers: [tf.layers.flatten({ inputShape: [4, 4, 1] }), tf.layers.dense({ units: 2 })],
  });
  assert.throws(() => createGateGradients(dense), /no convolution layer/);
  dilated.dispose();
  dense.dispose();
});

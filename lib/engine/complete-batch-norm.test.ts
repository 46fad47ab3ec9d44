import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { openBackend } from '../backend/open-backend.js';
import { synthetic } from '../datasets/synthetic.js';
import { diagnose } from '../diagnose/diagnose.js';
import { simplify } from '../simplify/simplify.js';
import * as tf from '../tf.js';
import { fit } from '../training/fit.js';

before(() => openBackend({ quiet: true }));

const { train, test: validation } = synthetic({ trainPerClass: 2, testPerClass: 1, size: 16 });

function network({ scale, center }: { scale: boolean; center: boolean }): tf.LayersModel {
  const seeded = (seed: number) => tf.initializers.glorotUniform({ seed });
  const norm = (name: string) => tf.layers.batchNormalization({ name, scale, center });
  return tf.sequential({
    layers: [
      tf.layers.conv2d({
        name: 'c1',
        inputShape: [16, 16, 3],
        filters: 6,
        kernelSize: 3,
        kernelInitializer: seeded(1),
      }),
      norm('n1'),
      tf.layers.reLU({ name: 'r1' }),
      tf.layers.conv2d({ name: 'c2', filters: 5, kernelSize: 3, kernelInitializer: seeded(2) }),
      norm('n2'),
      tf.layers.reLU({ name: 'r2' }),
      tf.layers.globalAveragePooling2d({ name: 'pool' }),
      tf.layers.dense({ name: 'd', units: 10, kernelInitializer: seeded(3) }),
    ],
  });
}

const values = (model: tf.LayersModel, layer: string): number[] =>
  model
    .getLayer(layer)
    .getWeights()
    .flatMap((weight) => Array.from(weight.dataSync<'float32'>()));

/** One step on all images: what the parameters that are there learn does not depend on those that are not. */
async function trained(kind: { scale: boolean; center: boolean }, frozen: string[] = []): Promise<tf.LayersModel> {
  const model = network(kind);
  await fit(model, train, { epochs: 1, batchSize: 20, learningRate: 0.1, frozen });
  return model;
}

describe('batch normalisation without scale or centre', () => {
  for (const kind of [
    { scale: false, center: true },
    { scale: true, center: false },
    { scale: false, center: false },
  ]) {
    const what = JSON.stringify(kind);
    for (const frozen of [[], ['n1']]) {
      test(`is trained as one whose missing parameters are 1 and 0 (${what}, frozen: ${frozen.join()})`, async () => {
        const [complete, own] = [await trained({ scale: true, center: true }, frozen), await trained(kind, frozen)];
        for (const layer of ['c1', 'c2', 'd']) {
          const expected = values(complete, layer);
          values(own, layer).forEach((value, i) => assert.ok(Math.abs(value - expected[i]) < 1e-5, `${layer} ${i}`));
        }
        assert.equal(own.getLayer('n1').weights.length, 2 + Number(kind.scale) + Number(kind.center));
        const tensors = tf.memory().numTensors;
        await fit(own, train, { epochs: 1, batchSize: 20 });
        assert.equal(tf.memory().numTensors, tensors);
        complete.dispose();
        own.dispose();
      });
    }

    test(`is simplified and diagnosed (${what})`, async () => {
      const model = network(kind);
      const found = await diagnose(model, validation, { layers: ['c1'] });
      assert.equal(found.relevance.length, 1);
      const tensors = tf.memory().numTensors;
      const result = await simplify(model, { train, validation }, { preset: 'smoke' });
      assert.ok(result.after.macs < result.before.macs);
      result.model.dispose();
      assert.equal(tf.memory().numTensors, tensors);
      model.dispose();
    });
  }
});

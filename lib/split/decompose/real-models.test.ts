import assert from 'node:assert/strict';
import path from 'node:path';
import { before, test } from 'node:test';
import { openBackend } from '../../backend/open-backend.js';
import type { ImageSet } from '../../datasets/dataset.js';
import { loadDataset } from '../../datasets/load.js';
import { toTensor } from '../../datasets/tensors.js';
import { asLogits } from '../../models/as-logits.js';
import { rawByteInputs } from '../../models/input-ranges.js';
import { loadModel } from '../../models/load-model.js';
import { openNodeModule } from '../../surgery/nodes/module-margins.js';
import type { AddPolicy } from '../../surgery/nodes/node-module-parts.js';
import { createNodeNetwork } from '../../surgery/nodes/node-network.js';
import * as tf from '../../tf.js';
import { split } from '../split.js';
import type { ClassActivity } from './class-activity.js';
import { cutDecomposed } from './cut-modules.js';

const folder = process.env.MODULAB_MODELS;
const skip = folder && process.env.MODULAB_DATA ? false : 'MODULAB_MODELS or MODULAB_DATA is not set';

before(async () => {
  await openBackend({ quiet: true });
});

async function load(file: string, testPerClass: number) {
  const normalisation = file.endsWith('.h5') ? { normalisation: rawByteInputs() } : {};
  const data = await loadDataset('cifar10', { extra: true, perClass: { test: testPerClass }, ...normalisation });
  const { model } = await loadModel(path.join(folder!, file));
  const logits = await asLogits(model);
  model.dispose();
  return { model: logits, ...data };
}

/** Share of images on which a masked network, with all N outputs, answers as the model does; mean over the modules. */
function agreement(model: tf.LayersModel, activity: ClassActivity, addPolicy: AddPolicy, images: ImageSet): number {
  const network = createNodeNetwork(model);
  const x = toTensor(images);
  const answers = (features: tf.Tensor2D) =>
    tf.tidy(() => tf.argMax(network.logits(features), 1).dataSync<'int32'>().slice());
  const features = network.run(x);
  const whole = answers(features);
  features.dispose();
  const { modules } = cutDecomposed(model, activity, { addPolicy, variant: 'MC' });
  let agreeing = 0;
  for (const module of Object.values(modules)) {
    const forward = openNodeModule(network, module);
    const own = forward.features(x);
    answers(own).forEach((answer, i) => (agreeing += answer === whole[i] ? 1 : 0));
    own.dispose();
    forward.dispose();
  }
  x.dispose();
  network.dispose();
  return agreeing / whole.length / Object.keys(modules).length;
}

const near = (value: number, expected: number, tolerance = 0.0011) =>
  assert.ok(Math.abs(value - expected) <= tolerance, `${value.toFixed(4)}, expected ${expected}`);

test('ResNet-20: active nodes and agreement as in spec decompose §9.2', { skip }, async () => {
  const { model, train, test: unseen } = await load('akamaster-cifar10-resnet20.safetensors', 10);
  const nine = await split(model, train, { method: 'decompose', nPos: 9 });
  assert.equal(nine.activity.nNegPerClass, 1);
  near(nine.activeCi, 0.86);
  near(nine.activeTi, 0.919);
  const literal = agreement(model, nine.activity, 'literal', unseen);
  assert.ok(literal < agreement(model, nine.activity, 'reluFedOnly', unseen));

  const many = await split(model, train, { method: 'decompose', nPos: 180 });
  near(many.activeCi, 0.946);
  near(many.activeTi, 0.948);
  assert.ok(agreement(model, many.activity, 'reluFedOnly', unseen) >= 0.99);
  model.dispose();
});

test('ResNet-32: agreement of at least 0.99 with 180 positives', { skip }, async () => {
  const { model, train, test: unseen } = await load('akamaster-cifar10-resnet32.safetensors', 5);
  const { activity } = await split(model, train, { method: 'decompose', nPos: 180 });
  assert.ok(agreement(model, activity, 'reluFedOnly', unseen) >= 0.99);
  model.dispose();
});

test('ResNet-8 with projections: literal masking loses what reluFedOnly keeps (§9.3)', { skip }, async () => {
  const { model, train, test: unseen } = await load('pretrainedResnet.h5', 20);
  const { activity, activeTi, nodes } = await split(model, train, {
    method: 'decompose',
    nPos: 45,
    blnRule: 'literal',
  });
  near(activeTi, 0.9822);
  assert.ok(nodes.every(({ blnFeatures }) => blnFeatures <= 4) && nodes.some(({ blnFeatures }) => blnFeatures === 4));
  assert.ok(agreement(model, activity, 'reluFedOnly', unseen) >= 0.99);
  assert.ok(agreement(model, activity, 'literal', unseen) < 0.9);
  model.dispose();
});

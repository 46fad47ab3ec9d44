import '@tensorflow/tfjs-backend-wasm';
import assert from 'node:assert/strict';
import path from 'node:path';
import { before, test } from 'node:test';
import { loadModel } from '../../models/load-model.js';
import * as tf from '../../tf.js';
import { fullSelection } from '../trace/kernel-selection.js';
import { randomImages, randomSelection, relativeDifference } from '../trace/test-models.fixture.js';
import { fillEmptyLayers } from '../trace/trace.js';
import { createExtractor } from './extract.js';
import { maskKernels } from './mask.js';

const folder = process.env.MODULAB_MODELS;
const skip = folder ? false : 'MODULAB_MODELS is not set';

before(async () => {
  await tf.setBackend('wasm');
});

/** File → convolution layers, channel groups. */
const FILES: [string, number, number][] = [
  ['akamaster-cifar10-resnet20.safetensors', 19, 10],
  ['akamaster-cifar10-resnet32.safetensors', 31, 16],
  ['dans-cifar10-resnet20.safetensors', 21, 12],
  ['pretrainedResnet.h5', 9, 6],
  ['tfjs/zz632893783-cifar10/model.json', 3, 3],
  ['tfjs/zzhang18-mnist-num/model.json', 3, 3],
];

for (const [file, convolutions, groups] of FILES) {
  test(`${file}: masked, extracted and compiled agree with trained weights`, { skip }, async () => {
    const { model } = await loadModel(path.join(folder!, file));
    const shape = model.inputs[0].shape as number[];
    const x = randomImages([4, shape[1], shape[2], shape[3]], 1);
    const logits = (m: { predict(x: tf.Tensor4D): unknown }) =>
      tf.tidy(() => (m.predict(x) as tf.Tensor2D).dataSync<'float32'>());
    const extractor = createExtractor(model);
    assert.equal(extractor.trace.convLayers.length, convolutions);
    assert.equal(extractor.trace.groups.length, groups);
    const whole = logits(model);
    for (const [i, share] of [1, 0.9, 0.6, 0.3].entries()) {
      const random = share === 1 ? fullSelection(extractor.trace) : randomSelection(extractor.trace, share, i);
      const { selection } = fillEmptyLayers(extractor.trace, random);
      const masked = maskKernels(model, selection);
      const extracted = extractor.extract(selection);
      const compiled = extractor.compile(selection);
      const reference = logits(masked);
      assert.ok(relativeDifference(logits(extracted), reference) < 1e-5);
      assert.ok(relativeDifference(logits(compiled), reference) < 1e-5);
      if (share < 1) assert.ok(relativeDifference(reference, whole) > 1e-3);
      else assert.ok(relativeDifference(reference, whole) < 1e-6);
      [masked, extracted, compiled].forEach((m) => m.dispose());
    }
    extractor.dispose();
    model.dispose();
    x.dispose();
  });
}

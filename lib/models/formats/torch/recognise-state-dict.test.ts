import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as tf from '../../../tf.js';
import type { NamedTensor } from '../named-tensor.js';
import { timmName } from './hub-config.js';
import { networkOfStateDict } from './recognise-state-dict.js';

/** A state dict by shapes, its numbers all zero. */
const state = (shapes: Readonly<Record<string, number[]>>): Map<string, NamedTensor> =>
  new Map(
    Object.entries(shapes).map(([name, shape]) => [
      name,
      { dtype: 'F32', shape, values: new Float32Array(shape.reduce((a, b) => a * b, 1)) },
    ]),
  );

const TIMM_VGG = {
  'features.0.weight': [2, 3, 3, 3],
  'features.0.bias': [2],
  'pre_logits.fc1.weight': [4, 2, 7, 7],
  'pre_logits.fc1.bias': [4],
  'pre_logits.fc2.weight': [4, 4, 1, 1],
  'pre_logits.fc2.bias': [4],
  'head.fc.weight': [3, 4],
  'head.fc.bias': [3],
};

test("timm's VGG has an image size, since smaller maps are brought to the window of its dense layers", () => {
  const opened = (imageSize?: [number, number]) => {
    const { network, notes } = networkOfStateDict(state(TIMM_VGG), { imageSize }, 'vgg.pth');
    assert.ok(!(network instanceof tf.LayersModel));
    return { layers: network.layers, notes };
  };
  const usual = opened();
  assert.deepEqual(usual.layers[0].config['batch_input_shape'], [null, 224, 224, 3]);
  assert.ok(usual.notes.changed.some((line) => line.includes('224×224 unless imageSize')));
  assert.ok(usual.layers.every(({ className }) => className !== 'AdaptiveAveragePooling2D'));
  const small = opened([8, 8]);
  assert.ok(small.layers.some(({ className }) => className === 'AdaptiveAveragePooling2D'));
});

test("timm's name of a network is the hub's, or the file's where the tensors' names are another network's too", () => {
  assert.equal(timmName('/models/tf_efficientnet_b0_aa-827b6e33.pth', null), 'tf_efficientnet_b0_aa');
  assert.equal(timmName('/models/best_tf_mobilenetv3_small_100.pth', null), 'tf_mobilenetv3_small_100');
  assert.equal(timmName('/tf_efficientnet/model.pth', null), null);
  assert.equal(timmName('efficientnet_b0.pth', null), null);
});

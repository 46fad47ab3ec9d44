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

/** A ResNet of one block a stage under torchvision's names. */
function resNetShapes(head: Readonly<Record<string, number[]>>, prefix = ''): Record<string, number[]> {
  const bn = (name: string) => ['weight', 'bias', 'running_mean', 'running_var'].map((part) => [`${name}.${part}`, [2]] as const); // prettier-ignore
  const names = [
    ['conv1.weight', [2, 3, 7, 7]] as const,
    ...bn('bn1'),
    ...[1, 2, 3, 4].flatMap((stage) => [
      ...[1, 2].flatMap((i) => [[`layer${stage}.0.conv${i}.weight`, [2, 2, 3, 3]] as const, ...bn(`layer${stage}.0.bn${i}`)]), // prettier-ignore
      ...(stage > 1 ? [[`layer${stage}.0.downsample.0.weight`, [2, 2, 1, 1]] as const, ...bn(`layer${stage}.0.downsample.1`)] : []), // prettier-ignore
    ]),
    ...Object.entries(head),
  ] as const;
  return Object.fromEntries(names.map(([name, shape]) => [prefix + name, [...shape]]));
}

test('a last layer with dropout in front of it is found, and one of several layers refused', () => {
  const one = resNetShapes({ 'fc.1.weight': [5, 2], 'fc.1.bias': [5] });
  const { network } = networkOfStateDict(state(one), {}, 'resnet.pth');
  assert.ok(!(network instanceof tf.LayersModel));
  assert.equal(network.layers.at(-1)!.name, 'fc.1');
  const two = resNetShapes({ 'fc.0.weight': [4, 2], 'fc.0.bias': [4], 'fc.3.weight': [5, 4], 'fc.3.bias': [5] });
  assert.throws(() => networkOfStateDict(state(two), {}, 'resnet.pth'), /'fc' has 2 layers \('fc\.0', 'fc\.3'\)/);
});

test('whatever the attribute is called that holds the network, its name is left out', () => {
  for (const prefix of ['cnn.', 'feature_extractor.', 'learn.model.', '_model.', 'module.resnet.']) {
    const shapes = resNetShapes({ 'fc.weight': [5, 2], 'fc.bias': [5] }, prefix);
    const { notes } = networkOfStateDict(state({ ...shapes, 'criterion.weight': [5] }), {}, 'resnet.pth');
    assert.ok(notes.changed.includes(`the prefix '${prefix}' of all names left out`), notes.changed.join());
    assert.deepEqual(notes.dropped, ["tensor 'criterion.weight'"]);
  }
});

test("timm's name of a network is the hub's, or the file's where the tensors' names are another network's too", () => {
  assert.equal(timmName('/models/tf_efficientnet_b0_aa-827b6e33.pth', null), 'tf_efficientnet_b0_aa');
  assert.equal(timmName('/models/best_tf_mobilenetv3_small_100.pth', null), 'tf_mobilenetv3_small_100');
  assert.equal(timmName('/tf_efficientnet/model.pth', null), null);
  assert.equal(timmName('efficientnet_b0.pth', null), null);
});

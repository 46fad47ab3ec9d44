import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ModelError } from '../../../errors.js';
import * as tf from '../../../tf.js';
import type { NamedTensor } from '../named-tensor.js';
import { knownName } from './hub-config.js';
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

test("a network's name is the hub's, or the file's where a program's publisher or TensorFlow's weights call it so", () => {
  assert.equal(knownName('/models/tf_efficientnet_b0_aa-827b6e33.pth', null), 'tf_efficientnet_b0_aa');
  assert.equal(knownName('/models/best_tf_mobilenetv3_small_100.pth', null), 'tf_mobilenetv3_small_100');
  assert.equal(knownName('/tf_efficientnet/model.pth', null), null);
  assert.equal(knownName('efficientnet_b0_ra-3dd342df.pth', null), 'efficientnet_b0_ra');
  // What somebody calls his own file says nothing of borders.
  assert.equal(knownName('efficientnet_b0.pth', null), null);
});

/** timm's family, one block a stage: kernels of the blocks' convolutions, with squeeze-and-excitation or without. */
function timmShapes(stages: readonly ('ds' | 'ir' | 'er' | 'cn')[], excited: boolean): Record<string, number[]> {
  const shapes: Record<string, number[]> = {};
  const conv = (name: string, to: number, from: number, kernel: number, bn: string) => {
    shapes[`${name}.weight`] = [to, from, kernel, kernel];
    for (const part of ['weight', 'bias', 'running_mean', 'running_var']) shapes[`${bn}.${part}`] = [to];
  };
  const gate = (path: string) => {
    if (!excited) return;
    for (const part of ['conv_reduce', 'conv_expand']) {
      shapes[`${path}.se.${part}.weight`] = [4, 4, 1, 1];
      shapes[`${path}.se.${part}.bias`] = [4];
    }
  };
  conv('conv_stem', 4, 3, 3, 'bn1');
  stages.forEach((kind, stage) => {
    const path = `blocks.${stage}.0`;
    if (kind === 'cn') return conv(`${path}.conv`, 4, 4, 3, `${path}.bn1`);
    if (kind === 'er') {
      conv(`${path}.conv_exp`, 4, 4, 3, `${path}.bn1`);
      return conv(`${path}.conv_pwl`, 4, 4, 1, `${path}.bn2`);
    }
    if (kind === 'ir') conv(`${path}.conv_pw`, 4, 4, 1, `${path}.bn1`);
    conv(`${path}.conv_dw`, 4, 1, 3, `${path}.bn${kind === 'ir' ? 2 : 1}`);
    gate(path);
    conv(kind === 'ir' ? `${path}.conv_pwl` : `${path}.conv_pw`, 4, 4, 1, `${path}.bn${kind === 'ir' ? 3 : 2}`);
  });
  conv('conv_head', 8, 4, 1, 'bn2');
  return { ...shapes, 'classifier.weight': [3, 8], 'classifier.bias': [3] };
}

test('where two networks have the same tensors the caller says which; nothing is guessed', () => {
  const shapes = timmShapes(['ds', 'ir', 'ir', 'ir', 'ir', 'ir', 'ir'], true);
  const layers = (architecture: string | null) => {
    const { network } = networkOfStateDict(state(shapes), { architecture, imageSize: [32, 32] }, 'model.pth');
    assert.ok(!(network instanceof tf.LayersModel));
    return network.layers;
  };
  assert.throws(
    () => layers(null),
    (error: Error) =>
      error instanceof ModelError &&
      /^model\.pth: .*'efficientnet_b0' and 'tf_efficientnet_b0'.*architecture: 'tf_efficientnet_b0'.*torch\.onnx\.export/.test(error.message), // prettier-ignore
  );
  const epsilons = (architecture: string) =>
    new Set(layers(architecture).flatMap(({ config }) => (config['epsilon'] === undefined ? [] : [config['epsilon']])));
  assert.deepEqual(epsilons('tf_efficientnet_b0.ns_jft_in1k'), new Set([1e-3]));
  assert.deepEqual(epsilons('efficientnet_b2_pruned'), new Set([1e-3]));
  assert.deepEqual(epsilons('efficientnet_b0'), new Set([1e-5]));
  assert.ok(layers('efficientnet_b0').some(({ className }) => className === 'ZeroPadding2D'));
  assert.ok(layers('tf_efficientnet_b0').every(({ className }) => className !== 'ZeroPadding2D'));
});

test('an EfficientNet for the EdgeTPU has fused blocks, as EfficientNet-v2 has, and ReLU', () => {
  const shapes = timmShapes(['er', 'er', 'er', 'ir', 'ir', 'ir'], false);
  const { network } = networkOfStateDict(state(shapes), { architecture: 'efficientnet_es' }, 'model.pth');
  assert.ok(!(network instanceof tf.LayersModel));
  const activations = network.layers.flatMap(({ className, config }) => (className === 'Activation' ? [config['activation']] : [])); // prettier-ignore
  assert.deepEqual(new Set(activations), new Set(['relu']));
  // Stage 0 has no shortcut though its shapes allow one; the others of stride 1 have.
  assert.deepEqual(network.layers.flatMap(({ className, name }) => (className === 'Add' ? [name] : [])), ['blocks.4.0.add']); // prettier-ignore
});

test('a network that smooths before it subsamples is refused by its name, AutoAugment in a name is none', () => {
  const shapes = resNetShapes({ 'fc.weight': [5, 2], 'fc.bias': [5] });
  const open = (architecture: string) => networkOfStateDict(state(shapes), { architecture }, 'resnet.pth');
  assert.throws(() => open('resnetblur50'), /smooths before it subsamples/);
  assert.throws(() => open('seresnextaa101d_32x8d'), /smooths before it subsamples/);
  open('resnet18_aa');
});

test('forms for small images, whose strides no tensor says, are refused', () => {
  const bn = (name: string) => Object.fromEntries(['weight', 'bias', 'running_mean', 'running_var'].map((part) => [`${name}.${part}`, [2]])); // prettier-ignore
  const alexNet = {
    'features.0.weight': [2, 3, 11, 11],
    'features.3.weight': [2, 2, 5, 5],
    'classifier.weight': [3, 2],
  };
  const denseNet = { 'features.conv0.weight': [2, 3, 3, 3], ...bn('features.norm0'), ...bn('features.denseblock1.denselayer1.norm1') }; // prettier-ignore
  const googLeNet = { 'conv1.conv.weight': [2, 3, 3, 3], ...bn('conv1.bn'), 'inception3a.branch1.conv.weight': [2, 2, 1, 1] }; // prettier-ignore
  for (const shapes of [alexNet, denseNet, googLeNet]) {
    assert.throws(() => networkOfStateDict(state(shapes), {}, 'small.pth'), /cannot be known\. .*torch\.onnx\.export/);
  }
});

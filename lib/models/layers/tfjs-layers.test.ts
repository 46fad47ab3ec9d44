import './index.js';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as tf from '../../tf.js';
import { distinct, testLayer } from './check-layer.fixture.js';

// What other people's networks use of tfjs-layers itself: the same values and right gradients on every backend.
const { layers } = tf;
const SHAPE = [2, 5, 4, 6] as const;
const LAYERS: Record<string, () => tf.layers.Layer> = {
  layerNormalization: () => layers.layerNormalization({ epsilon: 1e-5 }),
  'layerNormalization without centre': () => layers.layerNormalization({ center: false }),
  conv2dTranspose: () => layers.conv2dTranspose({ filters: 3, kernelSize: 3, strides: 2, padding: 'same' }),
  'conv2dTranspose, valid': () => layers.conv2dTranspose({ filters: 3, kernelSize: 2, activation: 'tanh' }),
  separableConv2d: () => layers.separableConv2d({ filters: 5, kernelSize: 3, depthMultiplier: 2 }),
  depthwiseConv2d: () => layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2, strides: 2, padding: 'same' }),
  upSampling2d: () => layers.upSampling2d({ size: [2, 3] }),
  'depthwiseConv2d, dilated': () => layers.depthwiseConv2d({ kernelSize: 2, dilationRate: 2, padding: 'same' }),
  'upSampling2d, bilinear': () => layers.upSampling2d({ interpolation: 'bilinear' }),
  cropping2D: () => layers.cropping2D({ cropping: [[1, 0], [0, 2]] }), // prettier-ignore
  prelu: () => layers.prelu({ sharedAxes: [1, 2] }),
  leakyReLU: () => layers.leakyReLU({ alpha: 0.1 }),
  elu: () => layers.elu({}),
  permute: () => layers.permute({ dims: [2, 1, 3] }),
  resizing: () => layers.resizing({ height: 3, width: 7 }),
  'resizing, nearest, cropped': () =>
    layers.resizing({ height: 3, width: 7, interpolation: 'nearest', cropToAspectRatio: true }),
  rescaling: () => layers.rescaling({ scale: 2, offset: -1 }),
  ...Object.fromEntries(
    [
      'elu',
      'selu',
      'relu6',
      'sigmoid',
      'hardSigmoid',
      'softplus',
      'softsign',
      'tanh',
      'softmax',
      'gelu',
      'gelu_new',
      'mish',
      'swish',
    ].map((activation) => [`activation ${activation}`, () => layers.activation({ activation: activation as 'elu' })]),
  ),
};
for (const [title, make] of Object.entries(LAYERS)) testLayer(`tfjs-layers: ${title}`, make, SHAPE);
testLayer('tfjs-layers: thresholdedReLU', () => layers.thresholdedReLU({ theta: 0.3 }), SHAPE, undefined, distinct);

test('resizing is as Keras and PyTorch do it, from the centres of pixels', async () => {
  await tf.setBackend('cpu');
  const resized = (from: number[], to: number, interpolation: 'bilinear' | 'nearest') =>
    tf.tidy(() => {
      const layer = layers.resizing({ height: 1, width: to, interpolation });
      return Array.from((layer.apply(tf.tensor4d(from, [1, 1, from.length, 1])) as tf.Tensor).dataSync());
    });
  // tf.image.resize of TensorFlow 2
  assert.deepEqual(resized([1, 2], 4, 'bilinear'), [1, 1.25, 1.75, 2]);
  assert.deepEqual(resized([0, 1, 2, 3], 2, 'bilinear'), [0.5, 2.5]);
  assert.deepEqual(resized([0, 1, 2, 3], 2, 'nearest'), [1, 3]);
  assert.deepEqual(layers.resizing({ height: 3, width: 7 }).computeOutputShape([null, 5, 4, 6]), [null, 3, 7, 6]);
});

test('a dilated depthwise convolution is one', async () => {
  await tf.setBackend('cpu');
  tf.tidy(() => {
    const x = tf.randomNormal<tf.Rank.R4>([2, 7, 6, 3], 0, 1, 'float32', 1);
    const layer = layers.depthwiseConv2d({
      kernelSize: [3, 2],
      dilationRate: [2, 3],
      depthMultiplier: 2,
      useBias: false,
    });
    const y = layer.apply(x) as tf.Tensor4D;
    const [kernel] = layer.getWeights() as tf.Tensor4D[];
    assert.deepEqual(y.shape, layer.computeOutputShape(x.shape));
    const difference = tf.sub(y, tf.depthwiseConv2d(x, kernel, 1, 'valid', 'NHWC', [2, 3]));
    assert.ok(tf.max(tf.abs(difference)).dataSync()[0] < 1e-6);
    layer.dispose();
  });
});

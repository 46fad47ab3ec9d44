import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OptionError } from '../../errors.js';
import { countMacs } from '../../surgery/trace/count-macs.js';
import * as tf from '../../tf.js';
import { countParameters } from '../count-parameters.js';
import { inceCnn } from './ince-cnn.js';
import { resCnn } from './res-cnn.js';
import { resNet20, resNet32, resNet56, resNetCifar } from './res-net-cifar.js';
import { simCnn } from './sim-cnn.js';
import { weakResCnnCifar, weakResCnnSvhn } from './weak-res-cnn.js';
import { weakSimCnnCifar, weakSimCnnSvhn } from './weak-sim-cnn.js';

const zeros = { weights: 'zeros' } as const;
const noBn = { ...zeros, batchNorm: false, shortcut: 'projection' } as const;

/** [build, parameters, BN statistics, MACs or null where no figure is published] (specs cnnsplitter §5, decompose §4). */
const golden: [string, () => tf.LayersModel, number, number, number | null][] = [
  ['SimCNN', () => simCnn(zeros), 15_245_130, 0, 313_725_952],
  ['SimCNN with BN', () => simCnn({ ...zeros, variant: 'gradsplitter' }), 33_646_666, 8448, null],
  ['ResCNN', () => resCnn(zeros), 16_010_122, 0, 431_166_464],
  ['ResCNN with BN', () => resCnn({ ...zeros, variant: 'gradsplitter' }), 16_018_698, 8576, 431_166_464],
  ['InceCNN', () => inceCnn(zeros), 12_637_898, 6400, 1_016_605_312],
  ['weak SimCNN CIFAR', () => weakSimCnnCifar(zeros), 115_146, 0, null],
  ['weak ResCNN CIFAR', () => weakResCnnCifar(zeros), 153_546, 0, null],
  ['weak SimCNN SVHN', () => weakSimCnnSvhn(zeros), 3_221, 0, null],
  ['weak ResCNN SVHN', () => weakResCnnSvhn(zeros), 7_997 - (25 * 8 * 8 + 8), 0, null],
  ['ResNet-20 without BN', () => resNet20(noBn), 271_690, 0, 40_813_184],
  ['ResNet-32 without BN', () => resNet32(noBn), 465_674, 0, 69_124_736],
  ['ResNet-56 without BN', () => resNet56(noBn), 853_642, 0, 125_747_840],
  ['ResNet-20, option A', () => resNet20(zeros), 269_722, 1376, null],
  ['ResNet-20, projection', () => resNet20({ ...zeros, shortcut: 'projection' }), 272_474, 1568, null],
  ['ResNet-20, 100 classes', () => resNet20({ ...zeros, shortcut: 'projection', classes: 100 }), 278_324, 1568, null],
];
for (const [name, build, parameters, statistics, macs] of golden) {
  test(`${name}: published parameter${macs === null ? '' : ' and MAC'} counts`, () => {
    const model = build();
    const count = countParameters(model);
    assert.equal(count.parameters, parameters);
    assert.equal(count.batchNormStatistics, statistics);
    assert.equal(
      count.layers.reduce((sum, layer) => sum + layer.parameters + layer.batchNormStatistics, 0),
      model.countParams(),
    );
    if (macs !== null) assert.equal(countMacs(model).total, macs);
    model.dispose();
  });
}

test('convolution and kernel counts of the strong networks', () => {
  const kernels = (model: tf.LayersModel) =>
    model.layers
      .filter((layer) => layer.getClassName() === 'Conv2D')
      .map((layer) => (layer.outputShape as tf.Shape)[3]!);
  assert.deepEqual([kernels(simCnn(zeros)).length, sum(kernels(simCnn(zeros)))], [13, 4224]);
  assert.deepEqual([kernels(resCnn(zeros)).length, sum(kernels(resCnn(zeros)))], [12, 4288]);
  assert.deepEqual([kernels(inceCnn(zeros)).length, sum(kernels(inceCnn(zeros)))], [12, 3200]);
  assert.deepEqual(
    [20, 32, 56].map((depth) => kernels(resNetCifar(depth, noBn)).length),
    [21, 33, 57],
  );
});

test('spatial sizes at the convolutions (spec cnnsplitter §5.1)', () => {
  const heights = (model: tf.LayersModel) =>
    model.layers
      .filter((layer) => layer.getClassName() === 'Conv2D')
      .map((layer) => (layer.outputShape as tf.Shape)[1]);
  assert.deepEqual(heights(simCnn(zeros)), [32, 32, 16, 16, 8, 8, 8, 4, 4, 4, 2, 2, 2]);
  assert.deepEqual(heights(resCnn(zeros)), [32, 32, 16, 16, 16, 8, 4, 4, 4, 2, 1, 1]);
});

test('MACs of another image size: ResNet at 64×64 is four times 32×32, but for the dense layer', () => {
  const model = resNet20(noBn);
  assert.equal(countMacs(model, [64, 64, 3]).total, 4 * (40_813_184 - 640) + 640);
  assert.equal(countMacs(model).layers[0].macs, 32 * 32 * 27 * 16);
  assert.throws(() => countMacs(model, [32, 32, 1]), OptionError);
  assert.throws(() => countMacs(simCnn(zeros), [64, 64, 3]), /layer fc0 expects 512 .* got 2048/);
});

test('counters open nested models and depthwise convolutions, and refuse layers they do not know', () => {
  const inner = tf.sequential({
    layers: [
      tf.layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2, padding: 'same', inputShape: [8, 8, 3] }),
      tf.layers.separableConv2d({ filters: 5, kernelSize: 3, strides: 2, padding: 'same' }),
    ],
  });
  const outer = tf.sequential({ layers: [inner, tf.layers.flatten(), tf.layers.dense({ units: 4 })] });
  assert.equal(countMacs(outer).total, 64 * 9 * 6 + 16 * (9 * 6 + 6 * 5) + 80 * 4);
  assert.equal(countParameters(outer).parameters, 9 * 6 + 6 + (54 + 30 + 5) + 80 * 4 + 4);
  const recurrent = tf.sequential({ layers: [tf.layers.gru({ units: 2, inputShape: [4, 3] })] });
  assert.throws(() => countMacs(recurrent), /cannot count layer gru.* of type GRU/);
});

test('logits have the right shape, without softmax, and training-mode forward works', () => {
  const images = tf.randomNormal<tf.Rank.R4>([2, 32, 32, 3], 0, 1, 'float32', 5);
  const small = { width: 0.0625, classes: 7 };
  const models = [
    simCnn(small),
    simCnn({ ...small, variant: 'gradsplitter' }),
    resCnn(small),
    resCnn({ ...small, variant: 'gradsplitter' }),
    inceCnn(small),
    weakSimCnnCifar(small),
    weakResCnnCifar(small),
    weakSimCnnSvhn(small),
    weakResCnnSvhn(small),
    resNetCifar(8, { width: 0.25, classes: 7 }),
    resNetCifar(8, { width: 0.25, classes: 7, shortcut: 'projection', batchNorm: false }),
  ];
  for (const model of models) {
    tf.tidy(() => {
      const logits = model.predict(images) as tf.Tensor2D;
      assert.deepEqual(logits.shape, [2, 7], model.name);
      const sums = tf.sum(tf.abs(logits), 1).arraySync() as number[];
      assert.ok(
        sums.every((s) => s > 0 && Number.isFinite(s) && Math.abs(s - 1) > 1e-3),
        model.name,
      );
      assert.deepEqual((model.apply(images, { training: true }) as tf.Tensor).shape, [2, 7]);
    });
    model.dispose();
  }
  images.dispose();
});

test('initial weights: one seed, one net; deviations as specified; a layer does not depend on the others', () => {
  const kernel = (model: tf.LayersModel, layer: string) => model.getLayer(layer).getWeights()[0].dataSync();
  const deviation = (values: ArrayLike<number>) =>
    Math.sqrt(Array.from(values).reduce((total, v) => total + v * v, 0) / values.length);
  const net = simCnn({ seed: 1, width: 0.25 });
  const again = simCnn({ seed: 1, width: 0.25 });
  const other = simCnn({ seed: 2, width: 0.25 });
  assert.deepEqual(kernel(net, 'conv5'), kernel(again, 'conv5'));
  assert.notDeepEqual(kernel(net, 'conv5'), kernel(other, 'conv5'));
  assert.ok(Math.abs(deviation(kernel(net, 'conv5')) / Math.sqrt(2 / (9 * 64)) - 1) < 0.02);
  assert.ok(Math.abs(deviation(kernel(net, 'fc1')) / Math.sqrt(1 / (3 * 128)) - 1) < 0.02);
  assert.ok(kernel(net, 'fc1').every((v) => Math.abs(v) <= 1 / Math.sqrt(128)));
  assert.deepEqual(net.getLayer('conv0').getWeights()[1].dataSync(), new Float32Array(16));
  const resnet = resNet20({ seed: 1 });
  assert.ok(Math.abs(deviation(kernel(resnet, 'conv13')) / Math.sqrt(2 / (9 * 32)) - 1) < 0.03);
  assert.deepEqual(kernel(resnet, 'conv1'), kernel(resNet32({ seed: 1 }), 'conv1'));
});

test('without dropout there are no dropout layers and the same weights', () => {
  const dropouts = (model: tf.LayersModel) => model.layers.filter((layer) => layer.getClassName() === 'Dropout').length;
  assert.equal(dropouts(simCnn(zeros)), 2);
  assert.equal(dropouts(simCnn({ ...zeros, dropout: false })), 0);
  assert.equal(dropouts(resCnn({ ...zeros, dropout: false })), 0);
  assert.equal(dropouts(inceCnn({ ...zeros, dropout: false })), 0);
});

test('options no network can be built from are refused', () => {
  assert.throws(() => simCnn({ classes: 0 }), OptionError);
  assert.throws(() => simCnn({ width: 0 }), OptionError);
  assert.throws(() => simCnn({ width: NaN }), OptionError);
  assert.throws(() => simCnn({ seed: -1, width: 0.1 }), OptionError);
  assert.throws(() => simCnn({ inputShape: [28, 28, 1] }), /only 1×1 pixels are left at pool12/);
  assert.throws(() => resNetCifar(21), /6n \+ 2/);
  assert.throws(() => resNet20({ shortcut: 'B' as 'A' }), OptionError);
});

const sum = (values: number[]) => values.reduce((total, n) => total + n, 0);

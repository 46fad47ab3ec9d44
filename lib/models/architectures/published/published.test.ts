import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { openBackend } from '../../../backend/open-backend.js';
import type { ImageSet } from '../../../datasets/dataset.js';
import { diagnose } from '../../../diagnose/diagnose.js';
import { ModelError, OptionError } from '../../../errors.js';
import { ONLY_THOROUGH } from '../../../run/thorough.fixture.js';
import { simplify } from '../../../simplify/simplify.js';
import { split } from '../../../split/split.js';
import { countMacs } from '../../../surgery/trace/count-macs.js';
import { traceModel } from '../../../surgery/trace/trace.js';
import * as tf from '../../../tf.js';
import { treat } from '../../../treat/treat.js';
import { countParameters } from '../../count-parameters.js';
import * as models from '../../index.js';
import type { ArchitectureOptions } from '../architecture-options.js';

before(async () => void (await openBackend()));

const zeros = { weights: 'zeros' } as const;

/** Parameters, statistics of batch normalisations and multiply-adds, as counted in the modules of torchvision 0.29 and timm; the last two by hand. */
const PUBLISHED: readonly [string, (options: ArchitectureOptions) => tf.LayersModel, number, number, number][] = [
  ['AlexNet', models.alexNet, 61_100_840, 0, 714_188_480],
  ['VGG-16', models.vgg16, 138_357_544, 0, 15_470_264_320],
  ['VGG-16 with BN', (o) => models.vgg16({ ...o, batchNorm: true }), 138_365_992, 8448, 15_470_264_320],
  ['ResNet-18', models.resNet18, 11_689_512, 9600, 1_814_073_344],
  ['ResNet-34', models.resNet34, 21_797_672, 17_024, 3_663_761_408],
  ['ResNet-50', models.resNet50, 25_557_032, 53_120, 4_089_184_256],
  ['SENet-34', models.seNet34, 21_958_868, 17_024, 3_663_918_592],
  ['ResNeXt-50', models.resNext50, 25_028_904, 68_224, 4_230_479_872],
  ['Wide ResNet-50', models.wideResNet50, 68_883_240, 68_224, 11_398_021_120],
  ['DenseNet-121', models.denseNet121, 7_978_856, 83_648, 2_834_161_664],
  ['EfficientNet-B0', models.efficientNetB0, 5_288_548, 42_016, 385_814_752],
  ['EfficientNet-v2-S', (o) => models.efficientNetV2S({ ...o, inputShape: [224, 224, 3] }), 21_458_488, 153_872, 2_849_895_872], // prettier-ignore
  ['GoogLeNet', models.googLeNet, 6_624_904, 14_560, 1_498_376_192],
  ['Inception-v3', models.inceptionV3, 23_834_568, 34_432, 5_713_216_096],
  ['Xception', models.xception, 22_855_952, 54_528, 8_357_403_496],
  ['MobileNetV2', models.mobileNetV2, 3_504_872, 34_112, 300_774_272],
  ['MobileNetV3-Small', models.mobileNetV3Small, 2_542_856, 12_112, 56_510_400],
  ['MobileNetV3-Large', models.mobileNetV3Large, 5_483_032, 24_400, 216_589_760],
  ['ShuffleNetV2', models.shuffleNetV2, 2_278_604, 16_180, 144_907_992],
  ['SqueezeNet 1.0', (o) => models.squeezeNet({ ...o, version: '1.0' }), 1_248_424, 0, 818_924_576],
  ['SqueezeNet 1.1', models.squeezeNet, 1_235_496, 0, 349_151_936],
  ['MnasNet', models.mnasNet, 4_383_312, 37_920, 314_415_872],
  ['WideResNet-28-10', models.wideResNet28, 36_479_194, 17_952, 5_243_328_768],
  ['SimpleNet-v1', models.simpleNet, 5_498_378, 9_088, 631_507_456],
];

for (const [name, build, parameters, statistics, macs] of PUBLISHED) {
  test(`${name} has the published parameters and multiply-adds, and can be traced`, () => {
    const before = tf.memory().numTensors;
    const model = build(zeros);
    const count = countParameters(model);
    assert.deepEqual([count.parameters, count.batchNormStatistics], [parameters, statistics]);
    assert.equal(countMacs(model).total, macs);
    assert.ok(traceModel(model).convLayers.length > 0);
    model.dispose();
    assert.equal(tf.memory().numTensors, before, 'tensors leak');
  });
}

/** Sixteen images of two classes, bright and dark. */
function images(): ImageSet {
  const labels = Int32Array.from({ length: 16 }, (_, i) => i % 2);
  const size = 32 * 32 * 3;
  const pixels = Uint8Array.from({ length: labels.length * size }, (_, i) => labels[Math.floor(i / size)] * 90 + ((i * 31) % 97)); // prettier-ignore
  const normalisation = { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] };
  return { pixels, labels, imageShape: [32, 32, 3], classNames: ['dark', 'bright'], normalisation };
}

/** Narrow networks on small images: one of each way to connect layers. */
const NARROW: readonly [string, (options: ArchitectureOptions) => tf.LayersModel, number][] = [
  ['SENet-34', models.seNet34, 1 / 16],
  ['MobileNetV3-Small', models.mobileNetV3Small, 1 / 4],
  ['ShuffleNetV2', models.shuffleNetV2, 1 / 4],
  ['ResNeXt-50', models.resNext50, 1 / 16],
  ['DenseNet-121', models.denseNet121, 1 / 8],
  ['EfficientNet-B0', models.efficientNetB0, 1 / 8],
  ['GoogLeNet', models.googLeNet, 1 / 16],
];

/** Of these, the ones whose last kernels alone are simplified: each of some fifty layers would be retrained behind. */
const DEEP = new Set(['ResNeXt-50', 'DenseNet-121', 'EfficientNet-B0', 'GoogLeNet']);

for (const [name, build, width] of NARROW) {
  // Every type of layer in them is masked, cut out, compiled and differentiated in lib/surgery/modules/layer-types.test.ts.
  test(`${name}: diagnosed, split, simplified and treated`, { skip: ONLY_THOROUGH }, async () => {
    const set = images();
    const model = build({ classes: 2, inputShape: [32, 32, 3], width, seed: 1 });
    const { kernelMaps, relevance } = await diagnose(model, set);
    assert.ok(kernelMaps.length > 0 && relevance.length > 0);
    const { modules } = await split(model, set, { preset: 'smoke', generations: 1, seed: 1 });
    assert.deepEqual(Object.keys(modules), set.classNames);
    const last = traceModel(model).groups.findLast((group) => !group.protected)!;
    const ends = DEEP.has(name) ? { stop: { kind: 'ratio', keep: 0.5 } as const, layers: [last.id] } : {};
    const { after, before } = await simplify(
      model,
      { train: set, validation: set },
      { preset: 'smoke', seed: 1, ...ends },
    );
    assert.ok(after.parameters < before.parameters);
    const { result, model: treated } = await treat(
      model,
      { train: set, validation: set, test: set },
      { preset: 'smoke', seeds: [1], constraints: ['channel'], relevantKernels: relevance[relevance.length - 1] },
    );
    assert.ok(result.runs.length > 0);
    treated.dispose();
    model.dispose();
  });
}

test('the same seed gives the same weights, another seed others, and grouped and depthwise kernels get some', () => {
  const first = (seed: number, kind: string) => {
    const model = models.resNext50({ classes: 2, inputShape: [64, 64, 3], width: 1 / 16, seed });
    const layer = model.layers.find((one) => one.getClassName() === kind)!;
    const values = Array.from(layer.getWeights()[0].dataSync().slice(0, 8));
    model.dispose();
    return values;
  };
  assert.deepEqual(first(1, 'GroupedConv2D'), first(1, 'GroupedConv2D'));
  assert.notDeepEqual(first(1, 'GroupedConv2D'), first(2, 'GroupedConv2D'));
});

test('options that make no network are refused, and images that are too small', () => {
  assert.throws(() => models.resNet18({ classes: 0 }), OptionError);
  assert.throws(() => models.inceptionV3({ inputShape: [32, 32, 3], ...zeros }), ModelError);
});

test('forms for small images', () => {
  const small = models.resNet18({ classes: 10, inputShape: [32, 32, 3], stem: 'small', ...zeros });
  assert.equal(countParameters(small).parameters, 11_173_962);
  const vgg = models.vgg16({ classes: 10, inputShape: [32, 32, 3], head: 'small', batchNorm: true, ...zeros });
  assert.equal(countParameters(vgg).parameters, 14_728_266);
  for (const model of [small, vgg]) model.dispose();
});

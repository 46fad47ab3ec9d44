import '../models/layers/index.js';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { composeModules } from '../compose/composed-model.js';
import type { ImageSet } from '../datasets/dataset.js';
import { ModelError, OptionError } from '../errors.js';
import { resNetCifar } from '../models/architectures/res-net-cifar.js';
import { readSafetensors } from '../models/formats/safetensors/safetensors.js';
import { AdaptiveAveragePooling2D } from '../models/layers/adaptive-average-pooling.js';
import { ChannelShuffle } from '../models/layers/channel-shuffle.js';
import { GroupedConv2D } from '../models/layers/grouped-conv2d.js';
import { PaddedMaxPooling2D } from '../models/layers/padded-pooling.js';
import { loadModel } from '../models/load-model.js';
import { safetensorsBytes, temporaryFolder, torchResNet8 } from '../models/weight-files.fixture.js';
import { patch } from '../patch/patch.js';
import { extractKernels } from '../surgery/modules/extract.js';
import { KernelModule } from '../surgery/modules/kernel-module.js';
import { fullSelection } from '../surgery/trace/kernel-selection.js';
import { randomiseWeights } from '../surgery/trace/test-models.fixture.js';
import { traceModel } from '../surgery/trace/trace.js';
import * as tf from '../tf.js';
import { exportModel } from './export-model.js';
import { asOneModel } from './one-model.js';

const folder = temporaryFolder();
const CLASSES = ['ant', 'bee', 'fly'];

/** A network of the layers that need care: own paddings, groups, shuffles, gates, several ends. */
function network(seed: number): tf.LayersModel {
  const apply = (layer: tf.layers.Layer, x: tf.SymbolicTensor | tf.SymbolicTensor[]) =>
    layer.apply(x) as tf.SymbolicTensor;
  const image = tf.input({ shape: [9, 9, 3], name: 'image' });
  let x = apply(tf.layers.conv2d({ filters: 8, kernelSize: 3, strides: 2, padding: 'same', name: 'stem.0' }), image);
  x = apply(tf.layers.batchNormalization({ name: 'stem.1' }), x);
  x = apply(new PaddedMaxPooling2D({ poolSize: 3, strides: 2, padding: 1, name: 'pool' }), x);
  let y = apply(new GroupedConv2D({ filters: 8, kernelSize: 3, groups: 2, padding: 'same', name: 'grouped' }), x);
  y = apply(new ChannelShuffle({ groups: 4, name: 'shuffle' }), y);
  y = apply(tf.layers.activation({ activation: 'swish', name: 'act' }), y);
  const gate = apply(
    tf.layers.depthwiseConv2d({ kernelSize: 3, padding: 'same', activation: 'sigmoid', name: 'gate' }),
    x,
  );
  x = apply(tf.layers.concatenate({ name: 'join' }), [apply(tf.layers.multiply({ name: 'gated' }), [y, gate]), x]);
  x = apply(tf.layers.conv2dTranspose({ filters: 6, kernelSize: 3, strides: 2, padding: 'same', name: 'larger' }), x);
  x = apply(tf.layers.conv2dTranspose({ filters: 5, kernelSize: 2, strides: 3, padding: 'valid', name: 'apart' }), x);
  x = apply(new AdaptiveAveragePooling2D({ outputSize: [1, 3], name: 'adapt' }), x);
  x = apply(tf.layers.flatten({ name: 'flatten' }), x);
  x = apply(tf.layers.dense({ units: CLASSES.length, name: 'fc' }), x);
  return randomiseWeights(tf.model({ inputs: image, outputs: x, name: 'net' }), seed);
}

const IMAGES = Float32Array.from({ length: 2 * 9 * 9 * 3 }, (_, i) => Math.sin(3 * i));
const scores = (model: { predict(x: tf.Tensor4D): tf.Tensor | tf.Tensor[] }) =>
  tf.tidy(() => Array.from((model.predict(tf.tensor4d(IMAGES, [2, 9, 9, 3])) as tf.Tensor).dataSync()));

function equal(got: readonly number[], expected: readonly number[]): void {
  assert.equal(got.length, expected.length);
  got.forEach((value, i) => assert.ok(Math.abs(value - expected[i]) < 1e-5, `${i}: ${value}, expected ${expected[i]}`));
}

for (const ending of ['.onnx', '.keras', '.h5', '']) {
  test(`what is written as '${ending || 'a folder'}' answers the same when it is read again`, async () => {
    const before = tf.memory().numTensors;
    const model = network(1);
    const target = await exportModel(model, path.join(folder, `net${ending}`), { classNames: CLASSES });
    const again = await loadModel(target);
    equal(scores(again.model), scores(model));
    if (ending === '.onnx') assert.deepEqual(again.classNames, CLASSES);
    await assert.rejects(exportModel(model, path.join(folder, `net${ending}`)), /there is a (file|model) already/);
    again.model.dispose();
    model.dispose();
    assert.equal(tf.memory().numTensors, before);
  });
}

test("an ONNX graph takes PyTorch's axes where that is asked for", async () => {
  const model = network(2);
  const again = await loadModel(await exportModel(model, path.join(folder, 'nchw.onnx'), { layout: 'NCHW' }));
  assert.ok(again.report.changed?.some((line) => /channels moved last/.test(line)) ?? true);
  equal(scores(again.model), scores(model));
  again.model.dispose();
  model.dispose();
});

test('a state dict goes back under the names with which it came, whole and cut', async () => {
  const tensors = torchResNet8('downsample');
  const file = path.join(folder, 'resnet8.safetensors');
  fs.writeFileSync(file, safetensorsBytes(tensors));
  const { model } = await loadModel(file);
  const { tensors: again } = readSafetensors(await exportModel(model, path.join(folder, 'again.safetensors')));
  assert.deepEqual([...again.keys()].sort(), [...tensors.keys()].sort());
  for (const [name, { shape, values }] of tensors) {
    assert.deepEqual(again.get(name)!.shape, shape, name);
    assert.deepEqual(again.get(name)!.values, values, name);
  }
  const selection = fullSelection(traceModel(model));
  selection['conv1'][0] = 0;
  const cut = extractKernels(model, selection);
  const names = await exportModel(cut, path.join(folder, 'cut.safetensors'), { prefix: 'module.' });
  const { tensors: less } = readSafetensors(names);
  assert.deepEqual(less.get('module.layer1.0.conv1.weight')!.shape, [3, 4, 3, 3]);
  assert.deepEqual(less.get('module.layer1.0.conv2.weight')!.shape, [4, 3, 3, 3]);
  model.dispose();
  cut.dispose();
});

/** A network as splits cut it. */
function plainNetwork(seed: number): tf.LayersModel {
  const apply = (layer: tf.layers.Layer, x: tf.SymbolicTensor) => layer.apply(x) as tf.SymbolicTensor;
  const image = tf.input({ shape: [9, 9, 3] });
  let x = apply(tf.layers.conv2d({ filters: 6, kernelSize: 3, strides: 2, padding: 'same', name: 'conv0' }), image);
  x = apply(
    tf.layers.activation({ activation: 'relu', name: 'relu0' }),
    apply(tf.layers.batchNormalization({ name: 'bn0' }), x),
  );
  x = apply(tf.layers.flatten({ name: 'flatten' }), apply(tf.layers.maxPooling2d({ poolSize: 2, name: 'pool0' }), x));
  const logits = apply(tf.layers.dense({ units: CLASSES.length, name: 'fc0' }), x);
  return randomiseWeights(tf.model({ inputs: image, outputs: logits, name: 'plain' }), seed);
}

function module(seed: number, classIndex: number, head = false): KernelModule {
  const model = plainNetwork(seed);
  const provenance = { method: 'test', seed, options: {}, keptRatio: 1 };
  const own = head
    ? randomiseWeights(
        tf.sequential({ layers: [tf.layers.dense({ inputShape: [3], units: 1, activation: 'sigmoid', name: 'out' })] }),
        seed,
      )
    : undefined;
  return new KernelModule({
    targetClass: CLASSES[classIndex],
    classIndex,
    classNames: CLASSES,
    selection: {},
    model,
    provenance,
    ...(own && { head: own }),
  });
}

for (const head of [false, true]) {
  test(`a composition of modules ${head ? 'with heads ' : ''}is one graph`, async () => {
    const composed = composeModules([module(3, 0, head), module(4, 2, head)]);
    const again = await loadModel(await exportModel(composed, path.join(folder, `composed-${head}.onnx`)));
    equal(scores(again.model), scores(composed));
    again.model.dispose();
    composed.dispose();
  });
}

const calibrationImages: ImageSet = {
  pixels: Uint8Array.from({ length: 6 * 9 * 9 * 3 }, (_, i) => (i * 37) % 256),
  labels: Int32Array.of(0, 1, 2, 1, 0, 1),
  classNames: CLASSES,
  imageShape: [9, 9, 3],
  normalisation: { mean: [0, 0, 0], std: [1, 1, 1] },
};

for (const calibration of ['minMax', 'sigmoid', 'learned'] as const) {
  test(`a patched model is one graph, calibration ${calibration}`, async () => {
    const weak = plainNetwork(5);
    const normalisations = {
      weak: { mean: [0, 0, 0], std: [1, 1, 1] },
      module: { mean: [0.1, 0.2, 0.3], std: [0.5, 0.6, 0.7] },
    };
    const patched = await patch(weak, module(6, 1), {
      classNames: CLASSES,
      calibrationImages,
      calibration,
      normalisations,
    });
    const one = asOneModel(patched);
    equal(scores(one), scores(patched));
    const again = await loadModel(await exportModel(patched, path.join(folder, `patched-${calibration}.onnx`)));
    equal(scores(again.model), scores(patched));
    for (const disposable of [again.model, one, patched]) disposable.dispose();
  });
}

test('what a format has nothing for is named', async () => {
  const model = resNetCifar(8, { inputShape: [9, 9, 3] });
  await assert.rejects(
    exportModel(model, path.join(folder, 'net.pb')),
    (error) => error instanceof OptionError && /\.onnx/.test(error.message),
  );
  const image = tf.input({ shape: [4, 4, 1] });
  class Unheard extends tf.layers.Layer {
    static className = 'Unheard';
    override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
      return Array.isArray(inputs) ? inputs[0] : inputs;
    }
  }
  const flat = tf.layers.flatten().apply(new Unheard({ name: 'odd' }).apply(image)) as tf.SymbolicTensor;
  const odd = tf.model({ inputs: image, outputs: flat });
  for (const ending of ['.onnx', '.keras']) {
    await assert.rejects(
      exportModel(odd, path.join(folder, `odd${ending}`)),
      (error) => error instanceof ModelError && /'odd' \(Unheard\)/.test(error.message),
    );
  }
  assert.ok(!fs.existsSync(path.join(folder, 'odd.onnx')), 'nothing half written');
});

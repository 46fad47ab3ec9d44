import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { before, test, type TestContext } from 'node:test';
import { computesBfloat16, type Precision } from '../../backend/inference-plan.js';
import { openBackend } from '../../backend/open-backend.js';
import { OptionError } from '../../errors.js';
import { inceCnn } from '../../models/architectures/ince-cnn.js';
import { resNetCifar } from '../../models/architectures/res-net-cifar.js';
import { simCnn } from '../../models/architectures/sim-cnn.js';
import { SubsampleChannels } from '../../models/subsample-channels.js';
import * as tf from '../../tf.js';
import { createExtractor } from '../modules/extract.js';
import {
  randomImages,
  randomiseWeights,
  randomSelection,
  relativeDifference as difference,
} from '../trace/test-models.fixture.js';
import { compileInference } from './inference.js';

let isNative = false;
before(async () => {
  await openBackend({ quiet: true });
  isNative = tf.getBackend() === 'onednn';
});

/** Skips where plans cannot run. */
function needsPlans(t: TestContext, precision: Precision = 'f32'): boolean {
  if (!isNative) t.skip('the native backend is not available');
  else if (precision === 'bf16' && !computesBfloat16()) t.skip('the processor does not multiply bfloat16 numbers');
  else return true;
  return false;
}

/** Largest difference of two tensors over the largest value. */
const relativeDifference = (a: tf.Tensor, b: tf.Tensor): number =>
  difference(a.dataSync<'float32'>(), b.dataSync<'float32'>());

type Tensor = tf.SymbolicTensor;

/** A network of one input, `body` and a dense layer on the mean of its maps. */
function network(shape: [number, number, number], body: (x: Tensor) => Tensor, pooled = true): tf.LayersModel {
  const image = tf.input({ shape });
  const maps = body(image);
  const features = (pooled ? tf.layers.globalAveragePooling2d({}) : tf.layers.flatten()).apply(maps);
  const scores = tf.layers.dense({ units: 3 }).apply(features) as Tensor;
  return randomiseWeights(tf.model({ inputs: image, outputs: scores }), 5);
}

const conv = (filters: number, settings: object = {}) =>
  tf.layers.conv2d({ filters, kernelSize: 3, padding: 'same', ...settings });
const chain = (x: Tensor, ...layers: tf.layers.Layer[]): Tensor =>
  layers.reduce((value, layer) => layer.apply(value) as Tensor, x);

/** Windows, borders, strides and numbers of channels that codes for processors treat apart. */
const NETWORKS: Record<string, () => tf.LayersModel> = {
  'ResNet-8, option A': () => randomiseWeights(resNetCifar(8, { seed: 1 }), 2),
  'ResNet-8, projections': () => randomiseWeights(resNetCifar(8, { seed: 1, shortcut: 'projection' }), 2),
  SimCNN: () => randomiseWeights(simCnn({ width: 1 / 4, seed: 1 }), 2),
  'widths that are no blocks': () =>
    network([13, 11, 3], (x) =>
      chain(x, ...[5, 17, 20, 24, 40, 33].map((filters) => conv(filters, { activation: 'relu' }))),
    ),
  'a summand that is read again': () =>
    network([8, 8, 20], (x) => {
      const a = chain(x, conv(20, { activation: 'relu' }));
      const b = tf.layers.add().apply([chain(a, conv(20)), a]) as Tensor;
      const c = tf.layers.add().apply([chain(b, tf.layers.reLU(), conv(20)), a]) as Tensor;
      return tf.layers.add().apply([chain(c, tf.layers.reLU({ maxValue: 6 })), b]) as Tensor;
    }),
  'the image as a summand': () => network([8, 8, 20], (x) => tf.layers.add().apply([chain(x, conv(20)), x]) as Tensor),
  'a map flattened that goes on being used': () => {
    const image = tf.input({ shape: [6, 6, 32] });
    const a = chain(image, conv(32, { activation: 'relu' }));
    const b = tf.layers.add().apply([chain(a, conv(32)), a]) as Tensor;
    const [c, d] = [a, b].map((map) => chain(map, tf.layers.flatten(), tf.layers.dense({ units: 7 })));
    return randomiseWeights(tf.model({ inputs: image, outputs: tf.layers.add().apply([c, d]) as Tensor }), 4);
  },
  'strides, dilations and borders': () =>
    network(
      [15, 12, 3],
      (x) =>
        chain(
          x,
          tf.layers.zeroPadding2d({
            padding: [
              [1, 2],
              [2, 1],
            ],
          }),
          conv(18, { strides: 2, padding: 'valid' }),
          conv(19, { dilationRate: 2 }),
          conv(32, { kernelSize: [1, 5], strides: [1, 2], activation: 'relu6' }),
          conv(34, { padding: 'valid', useBias: false }),
        ),
      false,
    ),
  poolings: () =>
    network([15, 14, 18], (x) =>
      chain(
        x,
        tf.layers.maxPooling2d({ poolSize: 3, strides: 2, padding: 'same' }),
        conv(20),
        tf.layers.averagePooling2d({ poolSize: 3, strides: 1, padding: 'same' }),
        tf.layers.maxPooling2d({ poolSize: 2 }),
        tf.layers.averagePooling2d({ poolSize: 2, padding: 'valid' }),
      ),
    ),
  'depthwise convolutions': () =>
    network([10, 10, 12], (x) =>
      chain(
        x,
        tf.layers.depthwiseConv2d({ kernelSize: 3, padding: 'same' }),
        tf.layers.batchNormalization(),
        tf.layers.reLU({ maxValue: 6 }),
        conv(33, { kernelSize: 1 }),
        tf.layers.depthwiseConv2d({ kernelSize: 3, strides: 2, depthMultiplier: 2, padding: 'same' }),
      ),
    ),
  'copies of channels': () =>
    network([9, 9, 20], (x) =>
      chain(
        x,
        conv(40),
        new SubsampleChannels({ stride: 2, sources: [3, 4, 5, -1, 39, 0, 15, 16, 17, 18, 1] }),
        conv(18),
      ),
    ),
  'dense layers': () =>
    network([6, 6, 5], (x) => chain(x, conv(8), tf.layers.activation({ activation: 'relu' })), false),
  'a softmax at the end': () => {
    const image = tf.input({ shape: [8, 8, 3] });
    const end = [
      tf.layers.flatten(),
      tf.layers.dense({ units: 6, activation: 'relu' }),
      tf.layers.dense({ units: 4, activation: 'softmax' }),
    ];
    return randomiseWeights(tf.model({ inputs: image, outputs: chain(image, conv(6), ...end) }), 4);
  },
};

const imagesOf = (model: tf.LayersModel, count: number): tf.Tensor4D =>
  tf.randomNormal([count, ...(model.inputs[0].shape.slice(1) as [number, number, number])], 0, 1, 'float32', 7);

for (const [name, build] of Object.entries(NETWORKS)) {
  for (const precision of ['f32', 'bf16'] as const) {
    test(`${name}: planned in ${precision} it gives what the layers give`, (t) => {
      if (!needsPlans(t, precision)) return;
      const model = build();
      const before = tf.memory().numTensors;
      const compiled = compileInference(model, { precision });
      const { kernelNames } = planned(() => tf.tidy(() => compiled.predict(imagesOf(model, 1))));
      assert.ok(kernelNames.includes('ModulabRunPlan'), 'it is not run as one plan');
      assert.ok(!kernelNames.some((kernel) => /Conv|MatMul|Pool/.test(kernel)), kernelNames.join());
      // Few images are divided within steps, many among threads, and 67 leave a rest.
      for (const count of [1, 2, 3, 67]) {
        const x = imagesOf(model, count);
        const [expected, found] = [model.predict(x) as tf.Tensor, compiled.predict(x)];
        const error = relativeDifference(found, expected);
        assert.ok(error < (precision === 'f32' ? 1e-4 : 0.04), `${count} images: ${error}`);
        if (precision === 'bf16') assert.ok(error > 1e-6, 'it was computed in float32');
        tf.dispose([x, expected, found]);
      }
      compiled.dispose();
      assert.equal(tf.memory().numTensors, before);
      model.dispose();
    });
  }
}

/** The kernels that run outside the making of images. */
function planned(run: () => tf.Tensor): { kernelNames: string[] } {
  const names: string[] = [];
  const engine = tf.engine();
  const original = engine.runKernel.bind(engine);
  engine.runKernel = (kernel: string, ...rest: [tf.NamedTensorMap]) => {
    names.push(kernel);
    return original(kernel, ...rest);
  };
  try {
    tf.dispose(run());
  } finally {
    engine.runKernel = original;
  }
  return { kernelNames: names };
}

test('maps come out of a plan in float32 and in the order of channels', (t) => {
  if (!needsPlans(t)) return;
  const model = randomiseWeights(resNetCifar(8, { seed: 1 }), 2);
  const maps = model.layers
    .filter((layer) => /Conv2D|Activation|ReLU|Add/.test(layer.getClassName()))
    .map(({ name }) => name);
  const expected = tf.model({
    inputs: model.inputs,
    outputs: maps.map((name) => model.getLayer(name).output as Tensor),
  });
  const compiled = compileInference(model, { maps });
  const x = imagesOf(model, 5);
  const found = compiled.predictWithMaps(x).maps;
  (expected.predict(x) as tf.Tensor[]).forEach((map, i) => {
    assert.ok(relativeDifference(found[maps[i]], map) < 1e-4, maps[i]);
  });
  compiled.dispose();
});

test('an image has the same scores whatever is computed with it, from 16 images on', (t) => {
  if (!needsPlans(t)) return;
  const model = randomiseWeights(resNetCifar(8, { seed: 1 }), 2);
  const compiled = compileInference(model);
  const x = imagesOf(model, 70);
  const all = compiled.predict(x).arraySync();
  for (const count of [16, 17, 31, 33, 64]) {
    assert.deepEqual(compiled.predict(tf.slice(x, [0, 0, 0, 0], [count, -1, -1, -1])).arraySync(), all.slice(0, count));
  }
  compiled.dispose();
});

test('NaN and infinities come out as the layers give them', (t) => {
  if (!needsPlans(t)) return;
  const model = NETWORKS['widths that are no blocks']();
  const compiled = compileInference(model);
  for (const bad of [NaN, Infinity, -Infinity, 1e38]) {
    const x = imagesOf(model, 3);
    const values = x.dataSync().slice();
    values[200] = bad;
    const spoilt = tf.tensor4d(values, x.shape);
    const [found, expected] = [compiled.predict(spoilt), model.predict(spoilt) as tf.Tensor];
    const [a, b] = [found, expected].map((scores) => [...scores.dataSync()].map((v) => (Number.isFinite(v) ? 0 : v)));
    assert.deepEqual(a, b, String(bad));
  }
  compiled.dispose();
  const weights = model.getWeights();
  model.setWeights([tf.fill(weights[0].shape, NaN), ...weights.slice(1)]);
  const spoilt = compileInference(model);
  assert.ok([...spoilt.predict(imagesOf(model, 2)).dataSync()].every(Number.isNaN));
  spoilt.dispose();
});

test('large values that do not overflow are computed all the same', (t) => {
  if (!needsPlans(t)) return;
  const model = NETWORKS['widths that are no blocks']();
  const compiled = compileInference(model);
  const x = tf.mul<tf.Tensor4D>(imagesOf(model, 3), 1e20);
  const { kernelNames } = planned(() => compiled.predict(x));
  assert.deepEqual(kernelNames, ['ModulabRunPlan']);
  assert.ok(relativeDifference(compiled.predict(x), model.predict(x) as tf.Tensor) < 1e-4);
  compiled.dispose();
});

test('a network with a layer that plans do not know runs layer by layer, and is refused in bf16', (t) => {
  if (!needsPlans(t, 'bf16')) return;
  const model = inceCnn({ width: 1 / 16 });
  const compiled = compileInference(model);
  const x = randomImages([2, 32, 32, 3], 1);
  assert.ok(relativeDifference(compiled.predict(x), model.predict(x) as tf.Tensor) < 1e-4);
  assert.throws(
    () => compileInference(model, { precision: 'bf16' }),
    /layer '.*' \(Concatenate\) is not computed in bf16/,
  );
});

test('modules of one network in bf16 are those of float32 to 8 bits of precision', (t) => {
  if (!needsPlans(t, 'bf16')) return;
  const extractor = createExtractor(randomiseWeights(resNetCifar(8, { seed: 1 }), 2));
  const selections = [0.8, 0.6, 0.5].map((share, i) => randomSelection(extractor.trace, share, i));
  const x = randomImages([40, 32, 32, 3], 3);
  const [exact, rough] = (['f32', 'bf16'] as const).map((precision) => {
    const forest = extractor.compileForest(selections, { precision });
    const outputs = forest.predict(x);
    forest.dispose();
    return outputs;
  });
  exact.forEach((expected, i) => {
    const alone = extractor.compile(selections[i]);
    assert.ok(relativeDifference(expected, alone.predict(x)) < 1e-4);
    alone.dispose();
    const error = relativeDifference(rough[i], expected);
    assert.ok(error < 0.04 && error > 1e-6, String(error));
  });
  extractor.dispose();
});

test('bf16 is refused in words where it is not to be had', async (t) => {
  const model = simCnn({ width: 1 / 16 });
  const backend = tf.getBackend();
  await tf.setBackend('cpu');
  assert.throws(() => compileInference(model, { precision: 'bf16' }), /'bf16' takes the native backend .* 'cpu'/);
  assert.throws(() => compileInference(model, { precision: 'f16' as Precision }), OptionError);
  await tf.setBackend(backend);
  if (!needsPlans(t)) return;
  const library = (file: string) => JSON.stringify(path.join(__dirname, '..', '..', file));
  const program = `
    const { openBackend } = require(${library('backend/open-backend.js')});
    const { simCnn } = require(${library('models/architectures/sim-cnn.js')});
    const { compileInference } = require(${library('surgery/passes/inference.js')});
    openBackend({ prefer: 'onednn', quiet: true }).then(() => compileInference(simCnn({ width: 1 / 16 }), { precision: 'bf16' }))
      .catch((error) => console.log(error.name + ': ' + error.message));`;
  const { stdout } = spawnSync(process.execPath, ['-e', program], {
    encoding: 'utf8',
    env: { ...process.env, ONEDNN_MAX_CPU_ISA: 'AVX2' },
  });
  assert.match(stdout, /^OptionError: precision: 'bf16' takes .* on a processor without them/);
});

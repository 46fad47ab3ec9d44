import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as tf from '../../../tf.js';
import { openBackend } from '../../open-backend.js';
import { loadAddon } from '../addon-file.js';
import { assertAsOnCpu, assertValuesClose, kernelsOn, random, whyNoAddon } from '../compare-with-cpu.fixture.js';

const skip = whyNoAddon();

const agreesWithCpu = (compute: () => tf.Tensor[], tolerance = 1e-5): Promise<void> =>
  assertAsOnCpu(compute, tolerance);

const CHANNELS = [1, 2, 3, 6, 8, 13, 16, 31, 48, 64, 77, 130, 512, 2051];

/** Shapes of few and of many rows, the latter enough for all threads. */
const shapesOf = (channels: number): number[][] => [
  [1, 1, 1, channels],
  [3, 11, 3, channels],
  [Math.ceil(40000 / channels / 56) + 1, 8, 7, channels],
];

const vectors = (channels: number): tf.Tensor1D[] => {
  const [mean, offset, scale] = [2, 4, 3].map((seed) => random<tf.Rank.R1>([channels], seed));
  return [mean, random([channels], 5).square().add<tf.Tensor1D>(0.5), offset, scale];
};

const normalise = (x: tf.Tensor, ...[mean, variance, offset, scale]: tf.Tensor[]): tf.Tensor =>
  tf.batchNorm(x as tf.Tensor4D, mean as tf.Tensor1D, variance as tf.Tensor1D, offset as tf.Tensor1D, scale as tf.Tensor1D, 1e-3); // prettier-ignore

for (const channels of CHANNELS) {
  test(`batch normalisation and its gradients agree with cpu: ${channels} channels`, { skip }, async () => {
    for (const shape of shapesOf(channels)) {
      await agreesWithCpu(() => {
        const inputs = [random(shape, 1).add(2), ...vectors(channels)];
        return [normalise(...(inputs as [tf.Tensor])), ...tf.grads(normalise)(inputs, random(shape, 6))];
      });
    }
  });

  test(`mean and variance agree with cpu: ${channels} channels`, { skip }, async () => {
    for (const shape of shapesOf(channels)) {
      await agreesWithCpu(() => {
        const x = random(shape, 1).mul(3).add(20);
        const [mean, variance] =
          tf.getBackend() === 'onednn'
            ? (tf.engine().runKernel('ModulabMoments', { x }) as unknown as tf.Tensor[])
            : Object.values(tf.moments(x, [0, 1, 2]));
        return [mean, variance];
      });
    }
  });

  test(`a batch-norm layer trains as on cpu: ${channels} channels`, { skip }, () =>
    agreesWithCpu(() => {
      const layer = tf.layers.batchNormalization({ momentum: 0.9 });
      const x = random([7, 6, 5, channels], 1).mul(3).add(2);
      layer.apply(x); // creates the weights
      layer.setWeights([2, 3, 4].map((seed) => random([channels], seed)).concat(random([channels], 5).square()));
      const [gamma, beta] = layer.trainableWeights.map((w) => w.read() as tf.Variable);
      const { value, grads } = tf.variableGrads(() => {
        const y = layer.apply(x, { training: true }) as tf.Tensor;
        return tf.sum<tf.Scalar>(tf.mul(tf.square(y), random(y.shape, 6)));
      });
      const dx = tf.grad((t) => tf.square(layer.apply(t, { training: true }) as tf.Tensor))(x, random(x.shape, 7));
      const moved = layer.nonTrainableWeights.map((w) => w.read().clone());
      const results = [value, grads[gamma.name], grads[beta.name], dx, ...moved];
      layer.dispose();
      return results;
    }, 3e-5),
  );

  test(`a following ReLU can be fused: ${channels} channels`, { skip }, async () => {
    await tf.setBackend('cpu');
    const addon = loadAddon();
    for (const shape of shapesOf(channels)) {
      const rows = tf.util.sizeFromShape(shape) / channels;
      const [x, dy] = [1, 6].map((seed) => tf.tidy(() => random(shape, seed).dataSync<'float32'>()));
      const given = tf.tidy(() => vectors(channels).map((v) => v.dataSync<'float32'>()));
      const array = (length: number): Float32Array => new Float32Array(length).fill(NaN);
      const [y, dx] = [array(x.length), array(x.length)];
      const parameters = [0, 1, 2, 3].map(() => array(channels));
      const [mean, variance, offset, scale] = given;
      addon.normalise(rows, channels, x, mean, variance, offset, scale, 1e-3, true, y);
      addon.batchNormGradient(rows, channels, x, dy, y, mean, variance, scale, 1e-3, false, dx, parameters[0], parameters[1], parameters[2], parameters[3]); // prettier-ignore
      const expected = tf.tidy(() => {
        const inputs = [tf.tensor(x, shape), ...given.map((v) => tf.tensor1d(v))];
        const relu = (...t: tf.Tensor[]): tf.Tensor => tf.relu(normalise(...(t as [tf.Tensor])));
        const gradients = tf.grads(relu)(inputs, tf.tensor(dy, shape));
        return [relu(...inputs), ...gradients].map((t) => [...t.dataSync()]);
      });
      [y, dx, ...parameters].forEach((values, i) => assertValuesClose(values, expected[i], 1e-5, `result ${i}`));

      if (rows === 1) continue; // its gradient is zero, up to rounding
      const batch = [0, 1].map(() => array(channels));
      addon.moments(rows, channels, x, batch[0], batch[1]);
      addon.normalise(rows, channels, x, batch[0], batch[1], offset, null, 1e-3, true, y);
      addon.batchNormGradient(rows, channels, x, dy, y, batch[0], batch[1], null, 1e-3, true, dx, parameters[0], parameters[1], parameters[2], parameters[3]); // prettier-ignore
      const ofBatch = tf.tidy(() => {
        const relu = (t: tf.Tensor): tf.Tensor => {
          const m = tf.moments(t, [0, 1, 2]);
          return tf.relu(tf.add(tf.div(tf.sub(t, m.mean), tf.sqrt(tf.add(m.variance, 1e-3))), tf.tensor1d(offset)));
        };
        const input = tf.tensor(x, shape);
        return [relu(input), tf.grad(relu)(input, tf.tensor(dy, shape))].map((t) => [...t.dataSync()]);
      });
      [y, dx].forEach((values, i) => assertValuesClose(values, ofBatch[i], 3e-5, `result ${i} of the batch`));
    }
  });
}

test('scale and offset may be left out; vectors of other shapes and integers compute as on cpu', { skip }, () =>
  agreesWithCpu(() => {
    const x = random<tf.Rank.R4>([2, 3, 4, 6], 1);
    const [mean, variance, offset, scale] = vectors(6);
    const full = random<tf.Rank.R4>(x.shape, 9);
    const integers = tf.range(0, 144, 1, 'int32').reshape<tf.Tensor4D>(x.shape);
    return [
      tf.batchNorm(x, mean, variance),
      tf.batchNorm(x, mean, variance, offset),
      tf.batchNorm(x, mean, variance, undefined, scale),
      tf.batchNorm(x, full, tf.square(full)),
      tf.batchNorm(integers, mean, variance),
      tf.batchNorm(tf.cast(integers, 'float32'), mean, variance),
      tf.batchNorm(tf.zeros<tf.Rank.R4>([0, 3, 4, 6]), mean, variance),
      ...[x.reshape([24, 6]), x.reshape([6, 4, 6])].map((t) =>
        tf.batchNorm(t as tf.Tensor4D, mean, variance, offset, scale),
      ),
    ];
  }),
);

test('NaN and infinities propagate as on cpu', { skip }, async () => {
  for (const channels of [3, 16, 40]) {
    for (const odd of [NaN, Infinity, -Infinity]) {
      await agreesWithCpu(() => {
        const places = tf.buffer([5, 4, 3, channels]);
        places.set(odd, 2, 1, 1, 1);
        const x = random(places.shape, 1).add(places.toTensor());
        const given = vectors(channels);
        const dy = random(x.shape, 2).add(places.toTensor());
        const layer = tf.layers.batchNormalization();
        const trained = (t: tf.Tensor): tf.Tensor => layer.apply(t, { training: true }) as tf.Tensor;
        const results = [
          normalise(x, ...given),
          normalise(random(x.shape, 1), x.slice([2, 1, 1], [1, 1, 1]).reshape([channels]), ...given.slice(1)),
          ...tf.grads(normalise)([x, ...given], random(x.shape, 3)),
          ...tf.grads(normalise)([random(x.shape, 1), ...given], dy),
          trained(x),
          ...layer.nonTrainableWeights.map((w) => w.read().clone()),
          tf.grad(trained)(x, random(x.shape, 3)),
        ];
        layer.dispose();
        return results;
      });
    }
  }
});

test('mean and variance stay exact over many rows far from zero', { skip }, async () => {
  await tf.setBackend('onednn');
  for (const channels of [1, 4, 33]) {
    const rows = 300000;
    const x = new Float32Array(rows * channels).map((_, i) => 1000 + ((i / channels) & 1 ? 0.25 : -0.25));
    const [mean, variance] = [new Float32Array(channels), new Float32Array(channels)];
    loadAddon().moments(rows, channels, x, mean, variance);
    assertValuesClose(mean, new Array<number>(channels).fill(1000), 1e-7, 'mean');
    assertValuesClose(variance, new Array<number>(channels).fill(0.0625), 1e-4, 'variance');
  }
});

test('the same moments come out of every run', { skip }, () => {
  const x = tf.tidy(() => random([50001, 13], 1).dataSync<'float32'>());
  const runs = [0, 1, 2].map(() => {
    const [mean, variance] = [new Float32Array(13), new Float32Array(13)];
    loadAddon().moments(50001, 13, x, mean, variance);
    return [...mean, ...variance];
  });
  assert.deepEqual(runs[1], runs[0]);
  assert.deepEqual(runs[2], runs[0]);
});

const cubed = (y: tf.Tensor): tf.Scalar => tf.sum(tf.mul(tf.mul(y, y), y));

/** d/dx Σ (d/dx Σ f(x)³)² */
const secondOrder = (f: (x: tf.Tensor) => tf.Tensor, x: tf.Tensor): tf.Tensor =>
  tf.grad((t) => tf.sum(tf.square(tf.grad((u) => cubed(f(u)))(t))))(x);

test('second-order gradients agree with cpu; first-order ones take the fast kernels', { skip }, async () => {
  const layer = tf.layers.batchNormalization();
  layer.apply(tf.zeros([1, 1, 1, 7])); // creates the weights
  const trained = (x: tf.Tensor): tf.Tensor => layer.apply(x, { training: true }) as tf.Tensor;
  const x = (): tf.Tensor => random([3, 4, 5, 7], 1);
  await agreesWithCpu(() => [secondOrder((t) => normalise(t, ...vectors(7)), x())], 3e-5);
  await agreesWithCpu(() => [secondOrder(trained, x())], 3e-4);
  assert.ok(
    (await kernelsOn('onednn', () => tf.grad((t) => normalise(t, ...vectors(7)))(x()))).includes(
      'ModulabBatchNormGradient',
    ),
  );
  const names = await kernelsOn('onednn', () => tf.grad((t) => cubed(trained(t)))(x()));
  assert.ok(names.includes('ModulabMoments') && names.includes('ModulabBatchNormGradient'), names.join(' '));
  layer.dispose();
});

test('both backends that train batch normalisation fast do so in one process', { skip }, async () => {
  const layer = tf.layers.batchNormalization();
  layer.apply(tf.zeros([1, 1, 1, 8])); // creates the weights
  const train = async (): Promise<string[]> => {
    const gradient = tf.grad((t) => cubed(layer.apply(t, { training: true }) as tf.Tensor));
    return (await tf.profile(() => tf.tidy(() => [...gradient(random([3, 5, 4, 8], 1)).dataSync()].length)))
      .kernelNames;
  };
  const { name } = await openBackend({ prefer: 'wasm', quiet: true });
  assert.equal(name, 'wasm');
  assert.ok((await train()).includes('ModulabMoments'));
  await tf.setBackend('onednn');
  assert.ok((await train()).includes('ModulabMoments'));
  layer.dispose();
});

test('the addon refuses arrays that do not fit', { skip }, () => {
  const addon = loadAddon();
  const array = (length: number): Float32Array => new Float32Array(length);
  assert.throws(() => addon.moments(2, 3, array(5), array(3), array(3)), /x: expected 6 elements/);
  assert.throws(() => addon.moments(2, 3, array(6), array(3), array(2)), /variance: expected 3/);
  assert.throws(() => addon.moments(0, 3, array(0), array(3), array(3)), RangeError);
  assert.throws(() => addon.moments(2 ** 40, 2 ** 40, array(0), array(3), array(3)), RangeError);
  assert.throws(
    () => addon.normalise(2, 3, array(6), array(3), array(3), array(1), null, 1e-3, false, array(6)),
    /offset: expected 3/,
  );
});

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as tf from '../../tf.js';
import { openBackend } from '../open-backend.js';

type Pad = number | 'same' | 'valid' | [[number, number], [number, number], [number, number], [number, number]];

before(() => openBackend({ prefer: 'wasm', quiet: true }));

const random = (shape: number[], seed: number): tf.Tensor => tf.randomNormal(shape, 0, 1, 'float32', seed);

/** Runs `compute` on both backends and compares every result relative to its largest value; nothing may leak. */
async function agreesWithCpu(compute: () => tf.Tensor[], tolerance = 1e-5): Promise<void> {
  const results: number[][][] = [];
  for (const backend of ['cpu', 'wasm']) {
    await tf.setBackend(backend);
    const before = tf.memory().numTensors;
    results.push(tf.tidy(() => compute().map((t) => [...t.dataSync()])));
    assert.equal(tf.memory().numTensors, before, `${backend} leaks tensors`);
  }
  const [expected, actual] = results;
  assert.equal(actual.length, expected.length);
  expected.forEach((values, i) => {
    assert.equal(actual[i].length, values.length);
    const scale = values.reduce((m, v) => Math.max(m, Math.abs(v)), 1e-6);
    const error = values.reduce((m, v, j) => Math.max(m, Math.abs(v - actual[i][j])), 0) / scale;
    assert.ok(error < tolerance, `result ${i} differs by ${error} of its largest value`);
  });
}

/** [batch, height, width, channels, out channels, filter height, filter width, strides, pad] */
const CONVOLUTIONS: [number, number, number, number, number, number, number, [number, number], Pad][] = [
  [2, 5, 7, 3, 4, 3, 3, [1, 1], 'same'],
  [1, 8, 8, 1, 1, 5, 5, [2, 2], 'same'],
  [3, 9, 6, 3, 10, 3, 3, [2, 2], 'valid'],
  [2, 7, 7, 5, 9, 1, 1, [1, 1], 'same'],
  [3, 5, 5, 40, 9, 1, 1, [1, 1], 'valid'],
  [2, 7, 8, 37, 9, 1, 1, [2, 2], 'valid'],
  [1, 6, 5, 16, 3, 2, 4, [1, 1], 'valid'],
  [2, 11, 9, 6, 17, 3, 2, [3, 3], [[0, 0], [2, 1], [0, 3], [0, 0]]], // prettier-ignore
  [5, 4, 4, 20, 8, 3, 3, [1, 1], 2],
  [2, 9, 9, 4, 8, 3, 3, [2, 1], 'same'],
  [2, 7, 7, 13, 5, 2, 2, [3, 3], 'same'],
  [40, 16, 16, 24, 12, 3, 3, [1, 1], 'same'],
  [1, 5, 5, 2, 2, 1, 1, [1, 1], 1],
  [1, 6, 6, 2, 3, 3, 3, [1, 1], [[0, 0], [3, 3], [4, 4], [0, 0]]], // prettier-ignore
  [2, 6, 6, 6, 7, 5, 5, [1, 1], 'same'],
];

for (const [batch, height, width, channels, outChannels, fh, fw, strides, pad] of CONVOLUTIONS) {
  const name = `${batch}×${height}×${width}×${channels}→${outChannels} ${fh}×${fw} stride ${strides.join('×')} pad ${JSON.stringify(pad)}`;
  test(`conv2d and its gradients agree with cpu: ${name}`, () =>
    agreesWithCpu(() => {
      const x = random([batch, height, width, channels], 1) as tf.Tensor4D;
      const filter = random([fh, fw, channels, outChannels], 2) as tf.Tensor4D;
      const y = tf.conv2d(x, filter, strides, pad);
      const gradients = tf.grads((a, w) => tf.conv2d(a as tf.Tensor4D, w as tf.Tensor4D, strides, pad));
      return [y, ...gradients([x, filter], random(y.shape, 3))];
    }));

  test(`fused conv2d agrees with cpu: ${name}`, () =>
    agreesWithCpu(() => {
      const x = random([batch, height, width, channels], 1) as tf.Tensor4D;
      const filter = random([fh, fw, channels, outChannels], 2) as tf.Tensor4D;
      const bias = random([outChannels], 3);
      return (['linear', 'relu', 'relu6', 'elu'] as const).map((activation) =>
        tf.fused.conv2d({ x, filter, strides, pad, bias, activation }),
      );
    }));
}

for (const [filterSize, channels, outChannels, strides, pad] of [
  [3, 8, 8, 2, 0],
  [3, 3, 5, 2, 0],
  [2, 8, 6, 3, 0],
  [3, 5, 8, 3, 1],
] as const) {
  test(`a convolution whose size is rounded up takes zeros past the image: ${filterSize}×${filterSize} ${channels}→${outChannels} stride ${strides} pad ${pad}`, async () => {
    const compute = (
      conv: (x: tf.Tensor4D, filter: tf.Tensor4D, bias?: tf.Tensor1D) => tf.Tensor4D,
    ): readonly tf.Tensor[] => {
      const x = random([2, 4, 4, channels], 1) as tf.Tensor4D;
      const filter = random([filterSize, filterSize, channels, outChannels], 2) as tf.Tensor4D;
      const y = conv(x, filter);
      const gradients = tf.grads((a, w) => conv(a as tf.Tensor4D, w as tf.Tensor4D));
      return [
        y,
        conv(x, filter, random([outChannels], 4) as tf.Tensor1D),
        ...gradients([x, filter], random(y.shape, 3)),
      ];
    };
    const convolution =
      (padding: Pad, rounding?: 'ceil') =>
      (x: tf.Tensor4D, filter: tf.Tensor4D, bias?: tf.Tensor1D): tf.Tensor4D =>
        bias
          ? tf.fused.conv2d({ x, filter, strides, pad: padding, bias, dimRoundingMode: rounding })
          : tf.conv2d(x, filter, strides, padding, 'NHWC', 1, rounding);
    // The cpu backend's gradients leave out the windows that rounding up adds; enough explicit padding has them.
    const rounded = tf.backend_util.computeConv2DInfo(
      [2, 4, 4, channels], [filterSize, filterSize, channels, outChannels], strides, 1, pad, 'ceil'); // prettier-ignore
    const after = (rounded.outHeight - 1) * strides + filterSize - 4 - pad;
    const explicit: Pad = [[0, 0], [pad, after], [pad, after], [0, 0]]; // prettier-ignore
    await agreesWithCpu(() => [
      ...compute(tf.getBackend() === 'cpu' ? convolution(explicit) : convolution(pad, 'ceil')),
    ]);
  });
}

test('fused conv2d adds one bias to all channels', () =>
  agreesWithCpu(() =>
    [3, 8].flatMap((channels) =>
      [tf.scalar(3), tf.tensor1d([-2])].flatMap((bias) =>
        (['linear', 'relu'] as const).map((activation) =>
          tf.fused.conv2d({
            x: random([2, 6, 5, channels], 1) as tf.Tensor4D,
            filter: random([3, 3, channels, 5], 2) as tf.Tensor4D,
            strides: 1,
            pad: 'same',
            bias,
            activation,
          }),
        ),
      ),
    ),
  ));

test('dilated convolutions still work', () =>
  agreesWithCpu(() => [
    tf.conv2d(random([2, 9, 9, 8], 1) as tf.Tensor4D, random([3, 3, 8, 4], 2) as tf.Tensor4D, 1, 'same', 'NHWC', 2),
  ]));

for (const [shape, multiplier, size, strides, pad] of [
  [[2, 7, 5, 3], 1, 3, 1, 'same'],
  [[1, 8, 9, 4], 2, 3, 2, 'same'],
  [[2, 7, 7, 1], 3, 5, 2, 'valid'],
  [[3, 6, 6, 5], 1, 1, 1, 'valid'],
] as [number[], number, number, number, 'same' | 'valid'][]) {
  test(`depthwise gradients agree with cpu: ${shape.join('×')} ×${multiplier} ${size}×${size} stride ${strides} ${pad}`, () =>
    agreesWithCpu(() => {
      const x = random(shape, 1) as tf.Tensor4D;
      const filter = random([size, size, shape[3], multiplier], 2) as tf.Tensor4D;
      const y = tf.depthwiseConv2d(x, filter, strides, pad);
      const gradients = tf.grads((a, w) => tf.depthwiseConv2d(a as tf.Tensor4D, w as tf.Tensor4D, strides, pad));
      return gradients([x, filter], random(y.shape, 3));
    }));
}

test('matrix products agree with cpu, transposed or not, in batches or not', () =>
  agreesWithCpu(() =>
    [
      [13, 7, 10],
      [1, 5, 3],
      [300, 33, 9],
    ].flatMap(([m, k, n]) =>
      [[], [1], [3]].flatMap((batch) =>
        [0, 1, 2, 3].map((bits) => {
          const [transposeA, transposeB] = [(bits & 1) === 1, (bits & 2) === 2];
          const a = random([...batch, ...(transposeA ? [k, m] : [m, k])], 1);
          const b = random([...batch, ...(transposeB ? [n, k] : [k, n])], 2);
          return tf.matMul(a, b, transposeA, transposeB);
        }),
      ),
    ),
  ));

/** [batch, height, width, channels, filter, strides, pad, rounding] */
const POOLS: [
  number,
  number,
  number,
  number,
  [number, number],
  [number, number],
  Pad,
  ('floor' | 'round' | 'ceil')?,
][] = [
  [2, 8, 8, 8, [2, 2], [2, 2], 'valid'],
  [1, 7, 9, 1, [1, 1], [2, 2], 'valid'],
  [1, 7, 9, 3, [2, 2], [2, 2], 'same'],
  [2, 9, 7, 5, [3, 3], [2, 2], 'valid'],
  [2, 9, 6, 3, [3, 3], [2, 2], 'same'],
  [3, 5, 5, 10, [3, 3], [1, 1], 'same'],
  [1, 6, 7, 4, [5, 2], [1, 3], 'same'],
  [2, 7, 6, 6, [3, 2], [2, 1], [[0, 0], [1, 1], [1, 1], [0, 0]]], // prettier-ignore
  [2, 8, 7, 13, [2, 3], [3, 2], [[0, 0], [1, 0], [0, 2], [0, 0]]], // prettier-ignore
  [1, 4, 3, 2, [7, 7], [1, 1], 3],
  [2, 8, 6, 5, [3, 3], [2, 2], 0, 'floor'],
  [2, 8, 6, 5, [3, 3], [2, 2], 0, 'round'],
  [2, 8, 6, 5, [3, 3], [2, 2], 0, 'ceil'],
  [2, 6, 8, 4, [2, 2], [3, 3], 1, 'ceil'],
];

for (const [batch, height, width, channels, filter, strides, pad, rounding] of POOLS) {
  const name = `${batch}×${height}×${width}×${channels} ${filter.join('×')} stride ${strides.join('×')} pad ${JSON.stringify(pad)} ${rounding ?? ''}`;
  test(`the gradients of max and average pooling agree with cpu: ${name}`, async () => {
    for (const mean of [-5, 0, 5]) {
      await agreesWithCpu(() => {
        const x = random([batch, height, width, channels], 1).add<tf.Tensor4D>(mean);
        const { outShape } = tf.backend_util.computePool2DInfo(x.shape, filter, strides, 1, pad, rounding);
        const dy = random(outShape, 2);
        const attrs = { filterSize: filter, strides, pad, ...(rounding && { dimRoundingMode: rounding }) };
        const maxPoolGrad = (input: tf.Tensor): tf.Tensor =>
          tf.engine().runKernel('MaxPoolGrad', { dy, input, output: dy }, attrs);
        const gradients = [maxPoolGrad(x), maxPoolGrad(tf.round(x))]; // rounded: many ties
        // tfjs-core's own gradient leaves out the rounding mode.
        if (rounding) return gradients;
        const gradient = (pool: typeof tf.maxPool): tf.Tensor =>
          tf.grad((t) => pool(t as tf.Tensor4D, filter, strides, pad))(x, dy);
        return [...gradients, gradient(tf.maxPool), gradient(tf.avgPool)];
      });
    }
  });
}

test('max pooling passes the gradient to the first of equal values and never to NaN', async () => {
  const gradientOf = (values: number[]): number[] =>
    tf.tidy(() => {
      const x = tf.tensor4d(values, [1, 2, values.length / 2, 1]);
      return [...tf.grad((t) => tf.maxPool(t as tf.Tensor4D, 2, 2, 'valid'))(x, tf.tensor4d([3, 5], [1, 1, 2, 1])).dataSync()]; // prettier-ignore
    });
  for (const backend of ['cpu', 'wasm']) {
    await tf.setBackend(backend);
    const tensors = tf.memory().numTensors;
    assert.deepEqual(gradientOf([-2, -1, 0, 0, -1, -1, 0, 0]), [0, 3, 5, 0, 0, 0, 0, 0], backend);
    assert.deepEqual(gradientOf([NaN, -4, NaN, NaN, -3, NaN, NaN, NaN]), [0, 0, 0, 0, 3, 0, 0, 0], backend);
    const [low, high] = [-Infinity, Infinity];
    assert.deepEqual(gradientOf([low, low, low, -1, low, low, high, high]), [0, 0, 0, 0, 0, 0, 5, 0], backend);
    assert.equal(tf.memory().numTensors, tensors);
  }
});

test('the max-pooling gradient reaches every window that the forward pass rounded up to', async () => {
  await tf.setBackend('wasm');
  tf.tidy(() => {
    const x = tf.range(-48, 0).reshape<tf.Tensor4D>([1, 8, 6, 1]);
    const dx = tf.grad((t) => tf.maxPool(t as tf.Tensor4D, 3, 2, 0, 'ceil'))(x, tf.ones([1, 4, 3, 1]));
    const expected = new Array<number>(48).fill(0);
    for (const row of [2, 4, 6, 7]) for (const column of [2, 4, 5]) expected[6 * row + column] = 1;
    assert.deepEqual([...dx.dataSync()], expected);
  });
});

test('the gradient of gather sums over repeated indices', () =>
  agreesWithCpu(() => {
    const indices = tf.tensor1d([3, 0, 3, 1, 3], 'int32');
    const gradient = tf.grad((x) => tf.gather(x, indices));
    return [gradient(random([5, 3, 2], 1), random([5, 3, 2], 2))];
  }));

test('unsorted segment sum drops negative ids', () =>
  agreesWithCpu(() => [tf.unsortedSegmentSum(random([4, 3], 1), tf.tensor1d([1, -1, 0, 1], 'int32'), 3)]));

for (const channels of [4, 8, 12, 28, 3, 6]) {
  test(`batch normalisation and its gradients agree with cpu: ${channels} channels`, () =>
    agreesWithCpu(() => {
      const x = random([3, 11, 9, channels], 1).add<tf.Tensor4D>(2);
      const [mean, scale, offset] = [2, 3, 4].map((seed) => random([channels], seed) as tf.Tensor1D);
      const variance = random([channels], 5).square().add<tf.Tensor1D>(0.5);
      const inputs = [x, mean, variance, offset, scale];
      const normalise = (...t: tf.Tensor[]): tf.Tensor =>
        tf.batchNorm(t[0] as tf.Tensor4D, t[1] as tf.Tensor1D, t[2] as tf.Tensor1D, t[3] as tf.Tensor1D, t[4] as tf.Tensor1D, 1e-3); // prettier-ignore
      return [normalise(...inputs), ...tf.grads(normalise)(inputs, random(x.shape, 6))];
    }));

  test(`a batch-norm layer trains as on cpu: ${channels} channels`, () =>
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
    }, 3e-5));
}

const cubed = (y: tf.Tensor): tf.Scalar => tf.sum(tf.mul(tf.mul(y, y), y));

/** d/dx Σ (d/dx Σ f(x)³)² */
const secondOrder = (f: (x: tf.Tensor) => tf.Tensor, x: tf.Tensor): tf.Tensor =>
  tf.grad((t) => tf.sum(tf.square(tf.grad((u) => cubed(f(u)))(t))))(x);

const kernelsOf = async (compute: () => tf.Tensor): Promise<string[]> => {
  await tf.setBackend('wasm');
  return (await tf.profile(() => tf.tidy(() => [...compute().dataSync()].length))).kernelNames;
};

test('second-order gradients through batch normalisation agree with cpu; first-order ones take the fast kernel', async () => {
  const normalise = (x: tf.Tensor): tf.Tensor =>
    tf.batchNorm4d(
      x as tf.Tensor4D,
      random([8], 2) as tf.Tensor1D,
      random([8], 5).square().add<tf.Tensor1D>(0.5),
      random([8], 4) as tf.Tensor1D,
      random([8], 3) as tf.Tensor1D,
    );
  const x = (): tf.Tensor => random([3, 4, 5, 8], 1);
  await agreesWithCpu(() => [secondOrder(normalise, x())], 3e-5);
  assert.ok((await kernelsOf(() => tf.grad(normalise)(x()))).includes('ModulabBatchNormGradient'));
});

test('second-order gradients through a batch-norm layer agree with cpu; first-order ones take the fast kernels', async () => {
  const layer = tf.layers.batchNormalization();
  layer.apply(tf.zeros([1, 1, 1, 8])); // creates the weights
  const normalise = (x: tf.Tensor): tf.Tensor => layer.apply(x, { training: true }) as tf.Tensor;
  const x = (): tf.Tensor => random([3, 4, 5, 8], 1);
  await agreesWithCpu(() => [secondOrder(normalise, x())], 3e-4);
  const names = await kernelsOf(() => tf.grad((t) => cubed(normalise(t)))(x()));
  assert.ok(names.includes('ModulabMoments') && names.includes('ModulabBatchNormGradient'), names.join(' '));
  layer.dispose();
});

test('sums and means over all but the last axis agree with cpu and stay exact over many rows', async () => {
  await agreesWithCpu(() => {
    const x = random([5, 7, 3, 12], 1);
    return [tf.sum(x, [0, 1, 2]), tf.mean(x, [0, 1, 2], true), tf.sum(x, [0, 2]), tf.mean(x, 3), tf.sum(x)];
  });
  await agreesWithCpu(() => [tf.sum(random([2, 3, 4], 1), [0, 0])]);
  const mean = tf.tidy(() => tf.mean(tf.fill([300000, 4], 0.1), 0).dataSync());
  assert.ok(Math.abs(mean[0] - 0.1) < 5e-6, `mean of 300000 × 0.1 is ${mean[0]}`);
});

test('analytic and numeric gradients of a small convolution agree', async () => {
  await tf.setBackend('wasm');
  tf.tidy(() => {
    const x = random([2, 5, 4, 3], 1) as tf.Tensor4D;
    const filter = random([3, 3, 3, 5], 2) as tf.Tensor4D;
    const weights = random([2, 3, 2, 5], 3);
    const loss = (w: tf.Tensor): number =>
      tf.sum(tf.mul(tf.conv2d(x, w as tf.Tensor4D, 2, 'same'), weights)).dataSync()[0];
    const gradient = tf
      .grad((w) => tf.conv2d(x, w as tf.Tensor4D, 2, 'same'))(filter, weights)
      .dataSync();
    const values = filter.dataSync();
    for (let i = 0; i < values.length; i += 7) {
      const shifted = (by: number): tf.Tensor =>
        tf.tensor(
          values.map((v, j) => (j === i ? v + by : v)),
          filter.shape,
        );
      const numeric = (loss(shifted(0.5)) - loss(shifted(-0.5))) / 1; // linear in the filter: any step is exact
      assert.ok(Math.abs(numeric - gradient[i]) < 1e-3, `element ${i}: ${numeric} and ${gradient[i]}`);
    }
  });
});

test('an identity shares data and survives its original', async () => {
  await tf.setBackend('wasm');
  const before = tf.memory();
  const original = tf.tensor1d([1, 2, 3]);
  const copy = original.clone();
  original.dispose();
  assert.deepEqual([...copy.dataSync()], [1, 2, 3]);
  copy.dispose();
  assert.equal(tf.memory().numTensors, before.numTensors);
});

test('training does not grow the wasm memory from step to step', async () => {
  await tf.setBackend('wasm');
  const backend = tf.backend() as unknown as { wasm: { HEAPU8: Uint8Array } };
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({ inputShape: [12, 12, 4], filters: 8, kernelSize: 3, padding: 'same', useBias: false }),
      tf.layers.batchNormalization(),
      tf.layers.reLU(),
      tf.layers.maxPooling2d({ poolSize: 3, strides: 1 }),
      tf.layers.depthwiseConv2d({ kernelSize: 3, strides: 2 }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 3 }),
    ],
  });
  const optimizer = tf.train.momentum(0.01, 0.9);
  const step = (): void =>
    tf.tidy(() => {
      const loss = (): tf.Scalar =>
        tf.mean(tf.square(model.apply(random([16, 12, 12, 4], 1), { training: true }) as tf.Tensor));
      optimizer.minimize(loss);
    });
  for (let i = 0; i < 5; i++) step();
  const [tensors, bytes] = [tf.memory().numTensors, backend.wasm.HEAPU8.length];
  for (let i = 0; i < 40; i++) step();
  assert.equal(tf.memory().numTensors, tensors);
  assert.equal(backend.wasm.HEAPU8.length, bytes);
  optimizer.dispose();
  model.dispose();
});

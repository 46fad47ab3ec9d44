import { describe, test } from 'node:test';
import * as tf from '../../../tf.js';
import { assertAsOnCpu, assertFailsAsOnCpu, random, whyNoAddon } from '../compare-with-cpu.fixture.js';

const skip = whyNoAddon();

type Padding = Parameters<typeof tf.conv2d>[3];
type Shape4D = [number, number, number, number];

interface Case {
  x: Shape4D;
  /** Height, width, and output channels or, if depthwise, the multiplier. */
  filter: [number, number, number];
  strides?: number | [number, number];
  pad?: Padding;
  dilations?: number | [number, number];
  rounding?: 'floor' | 'round' | 'ceil';
  depthwise?: boolean;
  /** false where tfjs-cpu takes seconds for them. */
  gradients?: boolean;
}

const asymmetric: Padding = [
  [0, 0],
  [2, 1],
  [0, 3],
  [0, 0],
];

const CASES: Record<string, Case> = {
  'plain 3×3, same': { x: [2, 9, 7, 4], filter: [3, 3, 5], pad: 'same' },
  'valid, stride 2, what is left over': { x: [2, 8, 10, 16], filter: [3, 3, 8], strides: 2 },
  'same, stride 2': { x: [2, 9, 8, 16], filter: [3, 3, 16], strides: 2, pad: 'same' },
  'strides that differ': { x: [1, 9, 11, 3], filter: [3, 2, 4], strides: [2, 3], pad: 'same' },
  '1×1, stride 2, as in a residual block': { x: [2, 8, 8, 16], filter: [1, 1, 32], strides: 2, pad: 'same' },
  '1×1, batch 1': { x: [1, 6, 6, 24], filter: [1, 1, 40] },
  '5×5, 13 to 29 channels': { x: [2, 8, 7, 13], filter: [5, 5, 29], pad: 'same' },
  '7×1': { x: [1, 12, 5, 6], filter: [7, 1, 4], pad: 'same' },
  'window as large as the image': { x: [3, 4, 4, 8], filter: [4, 4, 10] },
  '1 channel to 1': { x: [2, 7, 7, 1], filter: [3, 3, 1], pad: 'same' },
  '1 channel to 16': { x: [4, 8, 8, 1], filter: [3, 3, 16], pad: 'same' },
  '16 channels to 1': { x: [2, 6, 6, 16], filter: [3, 3, 1] },
  'one pixel': { x: [1, 1, 1, 3], filter: [3, 3, 7], pad: 'same' },
  'even window, same': { x: [2, 7, 6, 3], filter: [2, 4, 5], pad: 'same' },
  'dilation 2': { x: [2, 9, 9, 8], filter: [3, 3, 8], pad: 'same', dilations: 2 },
  'dilations that differ': { x: [1, 11, 9, 3], filter: [3, 3, 5], dilations: [3, 1] },
  'padding by a number': { x: [2, 6, 6, 4], filter: [3, 3, 8], pad: 2 },
  'padding beyond the window': { x: [1, 4, 5, 3], filter: [2, 2, 4], pad: 4 },
  'asymmetric padding': { x: [2, 6, 6, 4], filter: [3, 3, 8], pad: asymmetric },
  'asymmetric padding, stride 2': { x: [2, 6, 7, 16], filter: [3, 3, 16], pad: asymmetric, strides: 2 },
  'sizes rounded up': { x: [1, 6, 6, 3], filter: [3, 3, 4], strides: 2, pad: 0, rounding: 'ceil' },
  'sizes rounded down': { x: [1, 6, 6, 3], filter: [3, 3, 4], strides: 2, pad: 1, rounding: 'floor' },
  'large enough for Winograd': { x: [1, 32, 32, 32], filter: [3, 3, 32], pad: 'same' },
  'Winograd, odd size, valid': { x: [1, 35, 37, 32], filter: [3, 3, 48], gradients: false },
  depthwise: { x: [2, 7, 9, 8], filter: [3, 3, 1], pad: 'same', depthwise: true },
  'depthwise, 13 channels, stride 2': { x: [2, 9, 9, 13], filter: [3, 3, 1], strides: 2, pad: 'same', depthwise: true },
  'depthwise, multiplier 2': { x: [2, 7, 6, 5], filter: [3, 3, 2], depthwise: true },
  'depthwise, multiplier 2, 16 channels': { x: [1, 8, 8, 16], filter: [5, 5, 2], pad: 'same', depthwise: true },
  'depthwise, 1 channel': { x: [2, 6, 6, 1], filter: [3, 3, 1], pad: 'same', depthwise: true },
  'depthwise, 1 channel to 3': { x: [1, 6, 6, 1], filter: [3, 3, 3], depthwise: true },
  'depthwise, dilation 2': { x: [1, 9, 9, 4], filter: [3, 3, 1], pad: 'same', dilations: 2, depthwise: true },
  'depthwise, asymmetric padding': { x: [1, 6, 6, 4], filter: [3, 3, 1], pad: asymmetric, depthwise: true },
};

const operandsOf = ({ x, filter: [height, width, out] }: Case): { x: tf.Tensor4D; filter: tf.Tensor4D } => ({
  x: random<tf.Rank.R4>(x, 1),
  filter: random<tf.Rank.R4>([height, width, x[3], out], 2),
});

function convolve(c: Case, x: tf.Tensor4D, filter: tf.Tensor4D): tf.Tensor4D {
  const { strides = 1, pad = 'valid', dilations = 1, rounding } = c;
  return c.depthwise
    ? tf.depthwiseConv2d(x, filter, strides, pad, 'NHWC', dilations, rounding)
    : tf.conv2d(x, filter, strides, pad, 'NHWC', dilations, rounding);
}

describe('convolutions', { skip }, () => {
  for (const [name, c] of Object.entries(CASES)) {
    test(`${name}: the result`, () =>
      assertAsOnCpu(() => {
        const { x, filter } = operandsOf(c);
        return convolve(c, x, filter);
      }));

    if (c.gradients === false || c.dilations !== undefined) continue; // tfjs has no gradients of dilated convolutions
    test(`${name}: the gradients`, () =>
      assertAsOnCpu(() => {
        const { x, filter } = operandsOf(c);
        const dy = random(convolve(c, x, filter).shape, 3);
        return tf.grads((a: tf.Tensor, b: tf.Tensor) => convolve(c, a as tf.Tensor4D, b as tf.Tensor4D))(
          [x, filter],
          dy,
        );
      }));
  }

  test('an empty batch', () =>
    assertAsOnCpu(() => tf.conv2d(tf.zeros<tf.Rank.R4>([0, 5, 5, 3]), tf.ones([3, 3, 3, 4]), 1, 'same')));

  test('a cast that shares integers with the original', () =>
    assertAsOnCpu(() => {
      const x = tf.tensor4d([1, 2, 3, 4], [1, 2, 2, 1], 'int32').toFloat<tf.Tensor4D>();
      return tf.conv2d(x, tf.ones([1, 1, 1, 2]), 1, 'valid');
    }));

  test('channels first', () =>
    assertAsOnCpu(() =>
      tf.conv2d(random<tf.Rank.R4>([1, 3, 6, 6], 1), random<tf.Rank.R4>([3, 3, 3, 4], 2), 1, 'same', 'NCHW'),
    ));

  test('the transposed convolution', () =>
    assertAsOnCpu(() => {
      const [x, filter] = [random([2, 4, 4, 6], 1), random([3, 3, 5, 6], 2)] as [tf.Tensor4D, tf.Tensor4D];
      return tf.conv2dTranspose<tf.Tensor4D>(x, filter, [2, 8, 8, 5], 2, 'same');
    }));
});

const ACTIVATIONS = ['linear', 'relu', 'relu6', 'elu', 'sigmoid', 'leakyrelu', 'prelu'] as const;

interface FusedOptions {
  x: Shape4D;
  filter: Shape4D;
  activation: (typeof ACTIVATIONS)[number];
  bias?: number[];
  depthwise?: boolean;
  /** A value that is put into x at index 7. */
  x7?: number;
  biasValue?: number;
}

function fused({ x, filter, activation, bias, depthwise = false, x7, biasValue }: FusedOptions): tf.Tensor {
  const values = random(x, 1).dataSync().slice();
  if (x7 !== undefined) values[7] = x7;
  const out = depthwise ? x[3] * filter[3] : filter[3];
  return (depthwise ? tf.fused.depthwiseConv2d : tf.fused.conv2d)({
    x: tf.tensor4d(values, x),
    filter: random<tf.Rank.R4>(filter, 2),
    strides: 1,
    pad: 'same',
    bias: bias && (biasValue === undefined ? random(bias, 3) : tf.fill(bias, biasValue)),
    activation,
    leakyreluAlpha: 0.3,
    preluActivationWeights: activation === 'prelu' ? random([out], 4) : undefined,
  });
}

describe('fused convolutions', { skip }, () => {
  const small = { x: [2, 6, 6, 3] as Shape4D, filter: [3, 3, 3, 13] as Shape4D };
  const winograd = { x: [1, 32, 32, 32] as Shape4D, filter: [3, 3, 32, 32] as Shape4D };
  const depthwise = { x: [1, 6, 6, 8] as Shape4D, filter: [3, 3, 8, 2] as Shape4D, depthwise: true };

  for (const activation of ACTIVATIONS) {
    test(`${activation} with and without bias`, async () => {
      await assertAsOnCpu(() => fused({ ...small, activation, bias: [13] }));
      await assertAsOnCpu(() => fused({ ...small, activation }));
      await assertAsOnCpu(() => fused({ ...depthwise, activation, bias: [16] }));
    });

    test(`${activation} of NaN and infinities`, async () => {
      for (const x7 of [NaN, Infinity, -Infinity]) {
        await assertAsOnCpu(() => fused({ ...small, activation, bias: [13], x7 }));
        await assertAsOnCpu(() => fused({ ...depthwise, activation, x7 }));
      }
      await assertAsOnCpu(() => fused({ ...small, activation, bias: [13], biasValue: NaN }));
    });
  }

  test('one bias for all channels', () => assertAsOnCpu(() => fused({ ...small, activation: 'relu', bias: [] })));

  test('Winograd with bias and ReLU', () =>
    assertAsOnCpu(() => fused({ ...winograd, activation: 'relu', bias: [32] })));

  test('Winograd keeps NaN and infinities where they belong', async () => {
    await assertAsOnCpu(() => fused({ ...winograd, activation: 'linear', x7: NaN }));
    await assertAsOnCpu(() => fused({ ...winograd, activation: 'relu', bias: [32], x7: -Infinity }));
  });

  test('gradients through bias and ReLU', () =>
    assertAsOnCpu(() =>
      tf.grads((x: tf.Tensor, filter: tf.Tensor, bias: tf.Tensor) =>
        tf.fused.conv2d({
          x: x as tf.Tensor4D,
          filter: filter as tf.Tensor4D,
          bias,
          strides: 1,
          pad: 'same',
          activation: 'relu',
        }),
      )([random([2, 6, 6, 3], 1), random([3, 3, 3, 5], 2), random([5], 3)]),
    ));

  test('a gradient with an infinity in dy', () =>
    assertAsOnCpu(() => {
      const dy = random([1, 32, 32, 32], 3).dataSync().slice();
      dy[5] = Infinity;
      const filter = random<tf.Rank.R4>(winograd.filter, 2);
      return tf.grad((x: tf.Tensor) => tf.conv2d(x as tf.Tensor4D, filter, 1, 'same'))(
        random(winograd.x, 1),
        tf.tensor(dy, [1, 32, 32, 32]),
      );
    }));
});

describe('convolutions of shapes that do not fit', { skip }, () => {
  test('fail as on cpu', async () => {
    const x = (): tf.Tensor4D => tf.ones([1, 5, 5, 3]);
    await assertFailsAsOnCpu(() => tf.conv2d(x(), tf.ones([3, 3, 4, 2]), 1, 'same'));
    await assertFailsAsOnCpu(() => tf.conv2d(x(), tf.ones([3, 3, 3, 2]), 2, 'same', 'NHWC', 2));
    await assertFailsAsOnCpu(() => tf.depthwiseConv2d(x(), tf.ones([3, 3, 2, 1]), 1, 'same'));
    await assertFailsAsOnCpu(() => tf.conv2d(x(), tf.ones([3, 3, 3, 2]), 1, 1.5, 'NHWC', 1, 'floor'));
    await assertFailsAsOnCpu(() =>
      tf.fused.conv2d({ x: x(), filter: tf.ones([3, 3, 3, 2]), strides: 1, pad: 'same', bias: tf.ones([5]) }),
    );
  });
});

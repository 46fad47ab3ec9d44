import assert from 'node:assert/strict';
import * as tf from '../../../tf.js';
import { loadAddon } from '../addon-file.js';
import { nativeTest } from '../compare-with-cpu.fixture.js';
import { assertLikeCpu, floats, type Given } from './given.fixture.js';

type OfOne = (x: tf.Tensor) => tf.Tensor;
type OfTwo = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;

const OF_ONE: Record<string, OfOne> = {
  relu: tf.relu,
  relu6: tf.relu6,
  leakyRelu: (x) => tf.leakyRelu(x, 0.3),
  elu: tf.elu,
  sigmoid: tf.sigmoid,
  tanh: tf.tanh,
  softplus: tf.softplus,
  exp: tf.exp,
  log: tf.log,
  sqrt: tf.sqrt,
  rsqrt: tf.rsqrt,
  square: tf.square,
  abs: tf.abs,
  neg: tf.neg,
  reciprocal: tf.reciprocal,
  step: (x) => tf.step(x, 0.25),
  clip: (x) => tf.clipByValue(x, -1, 2),
  floor: tf.floor,
  ceil: tf.ceil,
  round: tf.round,
  sign: tf.sign,
};

const ARITHMETIC: Record<string, OfTwo> = {
  add: tf.add,
  sub: tf.sub,
  mul: tf.mul,
  div: tf.div,
  maximum: tf.maximum,
  minimum: tf.minimum,
  squaredDifference: tf.squaredDifference,
  prelu: tf.prelu,
};

const COMPARISONS: Record<string, OfTwo> = {
  greater: tf.greater,
  greaterEqual: tf.greaterEqual,
  less: tf.less,
  lessEqual: tf.lessEqual,
  equal: tf.equal,
  notEqual: tf.notEqual,
};

const of = (...values: number[]): Given => ({ shape: [values.length], values: Float32Array.from(values) });

const SPECIAL = of(
  NaN,
  Infinity,
  -Infinity,
  0,
  1,
  -1,
  0.5,
  1.5,
  2.5,
  -0.5,
  -1.5,
  3e38,
  -3e38,
  1e-38,
  1e-42,
  -1e-42,
  88.7,
  89,
  -87.5,
  -100,
  -104,
  13.9,
  -13.9,
  15,
  1e-7,
  -1e-7,
  -1e-3,
  0.34,
  -0.35,
  0.625,
  6,
  7,
);

for (const [name, f] of Object.entries(OF_ONE)) {
  nativeTest(`${name} is that of tfjs-cpu`, async () => {
    await assertLikeCpu(`${name} of special values`, [SPECIAL], ([x]) => f(x));
    for (const shape of [[], [1], [3, 5, 7], [2, 17, 1, 1031], [0, 4]]) {
      await assertLikeCpu(`${name} of [${shape.join()}]`, [floats(shape)], ([x]) => f(x));
    }
  });
}

nativeTest('functions that cancel near 0 keep their relative accuracy', async () => {
  const tiny = of(1e-6, -1e-6, 3e-5, -3e-5, 1e-3, -1e-3, 0.01, -0.01, 0.2, -0.3);
  for (const f of [tf.tanh, tf.elu]) await assertLikeCpu('scaled', [tiny], ([x]) => f(x).div(x));
  // Below the range in which tfjs-cpu takes e^x for ln(1 + e^x), too.
  await assertLikeCpu('softplus', [of(-5, -10, -13, -15, -50)], ([x]) => tf.softplus(x).div(x.exp()));
  await assertLikeCpu('log', [of(0.999, 1.001, 0.9, 1.1, 1e-30)], ([x]) => tf.log(x).div(x.sub(1)));
});

const SHAPES: [number[], number[]][] = [
  [
    [2, 3, 5],
    [2, 3, 5],
  ],
  [[], []],
  [[1], [1, 1]],
  [[2, 3, 5], []],
  [
    [1, 1],
    [7, 3],
  ],
  [[4, 9, 9, 3], [3]],
  [[3], [4, 9, 9, 3]],
  [
    [4, 33, 33, 5],
    [1, 1, 1, 5],
  ],
  [
    [1, 1, 1, 16],
    [3, 32, 32, 16],
  ],
  [
    [3, 32, 32, 16],
    [3, 1, 1, 16],
  ],
  [
    [3, 32, 32, 1],
    [3, 32, 32, 17],
  ],
  [
    [128, 1],
    [128, 10],
  ],
  [
    [5, 1, 7],
    [5, 11, 7],
  ],
  [
    [5, 1, 700],
    [5, 110, 700],
  ],
  [
    [5, 1, 7],
    [1, 11, 1],
  ],
  [
    [2, 1, 3, 1, 5, 1],
    [1, 4, 1, 2, 1, 3],
  ],
  [
    [129, 1],
    [1, 257],
  ],
  [[0, 3], [3]],
  [[1, 40000], [40000]],
];

for (const [name, f] of Object.entries({ ...ARITHMETIC, ...COMPARISONS })) {
  nativeTest(`${name} is that of tfjs-cpu for all ways to broadcast`, async () => {
    for (const [a, b] of SHAPES) {
      await assertLikeCpu(`${name} of [${a.join()}] and [${b.join()}]`, [floats(a, 1), floats(b, 2)], ([x, y]) =>
        f(x, y),
      );
    }
    const special = Float32Array.of(NaN, Infinity, -Infinity, 0, 1, -2);
    const column: Given = { shape: [6, 1], values: special };
    await assertLikeCpu(`${name} of special values`, [column, { shape: [6], values: special }], ([x, y]) => f(x, y));
  });
}

nativeTest('equal elements compare as equal', async () => {
  const x = floats([3, 50]);
  for (const f of Object.values(COMPARISONS)) await assertLikeCpu('compared with itself', [x, x], ([a, b]) => f(a, b));
});

nativeTest('float32 tensors that hold integers are read as numbers', async () => {
  const given: Given = { shape: [2, 2], values: Int32Array.of(1, 2, 3, 4) };
  await assertLikeCpu('cast', [given, floats([2])], ([n, x]) => tf.add(n.cast('float32'), x));
});

nativeTest('addN adds any number of tensors', async () => {
  const terms = [1, 2, 3, 4, 5].map((seed) => floats([3, 77, 101], seed));
  await assertLikeCpu('five', terms, (x) => tf.addN(x));
  await assertLikeCpu('one', terms.slice(0, 1), (x) => tf.addN(x));
});

nativeTest('gradients of activations are those of tfjs-cpu', async () => {
  const activations: ((x: tf.Tensor) => tf.Tensor)[] = [tf.relu, tf.elu, tf.sigmoid, tf.tanh, tf.softplus];
  for (const f of activations) {
    await assertLikeCpu('gradient', [floats([5, 13])], ([x]) => tf.grad(f)(x));
  }
});

nativeTest('the addon refuses arrays that do not fit', () => {
  const addon = loadAddon();
  const [two, three] = [new Float32Array(2), new Float32Array(3)];
  assert.throws(() => addon.unary.Relu(two, three, 0, 0), TypeError);
  assert.throws(() => addon.binary.Add(Int32Array.of(3, 1, 1), three, two, three), TypeError);
  assert.throws(() => addon.binary.Add(Int32Array.of(3, 1), three, three, three), RangeError);
  assert.throws(() => addon.binary.Add(Int32Array.of(3, 0, 0), three, three, three), RangeError);
  assert.throws(() => addon.binary.Add(Int32Array.of(-3, 1, 1), three, three, three), RangeError);
  const huge = 2 ** 31 - 1;
  assert.throws(() => addon.binary.Add(Int32Array.of(huge, 1, 1, huge, 0, 1, huge, 1, 0), two, two, two), Error);
  assert.throws(() => addon.addN([two, three], two), TypeError);
  assert.throws(() => addon.addN([], two), RangeError);
});

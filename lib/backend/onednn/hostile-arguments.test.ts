import assert from 'node:assert/strict';
import { loadAddon } from './addon-file.js';
import { nativeTest } from './compare-with-cpu.fixture.js';

const MAX = 2 ** 31 - 1;
const array = (length: number): Float32Array => new Float32Array(length);

nativeTest('pooling refuses shapes whose number of elements is beyond 64 bits', () => {
  const addon = loadAddon();
  const side = 2 ** 16;
  // 2^16 to the fourth is 0 in 64 bits, the length of an empty array.
  const shape = Int32Array.of(side, side, side, side, 1, 1, 0, side, side, 1, 1, 0);
  const none = array(0);
  assert.throws(() => addon.maxPool(shape, none, none), Error);
  assert.throws(() => addon.averagePool(shape, none, none), Error);
  assert.throws(() => addon.maxPoolGradient(shape, none, none, none), Error);
  assert.throws(() => addon.averagePoolGradient(shape, none, none), Error);
});

nativeTest('padding refuses a result whose number of elements is beyond 64 bits', () => {
  // (2^32 - 65535)·(2^32 + 65536) is 65536 in 64 bits.
  const [first, second] = [2 ** 32 - 65535, 2 ** 32 + 65536];
  const rows = second - 2 * MAX;
  const dimensions = Int32Array.of(1, MAX, first - 1 - MAX, rows, MAX, MAX);
  assert.throws(() => loadAddon().pad(dimensions, array(1), array(rows), array(65536)), Error);
});

nativeTest('a strided copy writes no element twice', () => {
  const twice = Int32Array.of(3, 1, 1, 3, 1, 1);
  assert.throws(() => loadAddon().copyStrided(twice, array(5), 0, array(5), 0), RangeError);
  const long = 2 ** 20;
  const endless = Int32Array.from({ length: 15 }, (_, i) => (i % 3 === 0 ? long : i % 3 === 1 ? 0 : 1));
  assert.throws(() => loadAddon().copyStrided(endless, array(1), 0, array(5 * long), 0), Error);
});

nativeTest('rows are gathered by the indices that were checked, where the result takes their place', () => {
  const count = 100_000;
  const out = new Int32Array(2 * count);
  loadAddon().gatherRows(2, out.subarray(0, count), new Int32Array(2).fill(MAX), out);
  assert.ok(out.every((value) => value === MAX));
});

nativeTest('addN reads no memory that a getter of its list has given back', () => {
  const addon = loadAddon();
  const buffer = addon.allocate(4 * 5000);
  const inputs = [new Float32Array(buffer), array(5000)];
  Object.defineProperty(inputs, 1, {
    get: () => {
      addon.release(buffer);
      return array(5000);
    },
  });
  assert.throws(() => addon.addN(inputs, array(5000)), TypeError);
});

/** A plan of one 3×3 convolution of 4×4 maps, 2 channels to 3, with numbers of the step replaced. */
function convolutionPlan(changed: { readonly [at: number]: number }, kernel = 9 * 2 * 3, outputs = [1]): object {
  const step = Int32Array.of(0, 0, -1, 1, 4, 4, 3, 3, 3, 1, 1, 1, 1, 1, 1, 1);
  for (const [at, value] of Object.entries(changed)) step[Number(at)] = value;
  const weights = [array(kernel), array(3)];
  return loadAddon().createInferencePlan(step, Int32Array.of(4, 4, 2), weights, Int32Array.from(outputs), false, false);
}

nativeTest('a plan reads nothing beyond its values, weights and arrays', () => {
  const addon = loadAddon();
  const refused: [string, () => unknown][] = [
    ['a kind that is none', () => convolutionPlan({ 0: 8 })],
    ['a value that is not there', () => convolutionPlan({ 1: 1 })],
    ['a summand that is not there', () => convolutionPlan({ 2: 1 })],
    ['a summand of another shape', () => convolutionPlan({ 2: 0 })],
    ['an activation that is not fused', () => convolutionPlan({ 3: 4 })],
    ['no rows', () => convolutionPlan({ 4: 0 })],
    ['windows beyond the map', () => convolutionPlan({ 4: 9 })],
    ['windows in the border alone', () => convolutionPlan({ 13: 3 })],
    ['groups that do not divide', () => convolutionPlan({ 15: 2 })],
    ['a kernel that is too short', () => convolutionPlan({}, 9 * 2 * 3 - 1)],
    ['an output that is not there', () => convolutionPlan({}, 54, [2])],
    ['the image as an output', () => convolutionPlan({}, 54, [0])],
    ['dense of a map', () => convolutionPlan({ 0: 1, 4: 1, 5: 1 })],
    ['pooling to another number of channels', () => convolutionPlan({ 0: 2 })],
    ['a mean of another size', () => convolutionPlan({ 0: 4 })],
    ['features of another number', () => convolutionPlan({ 0: 5, 4: 1, 5: 1, 6: 31 })],
    ['sources that are floats', () => convolutionPlan({ 0: 6 })],
    ['a sum of another shape', () => convolutionPlan({ 0: 7 })],
  ];
  for (const [what, make] of refused) assert.throws(make, /RangeError|TypeError/, what);
  const copy = Int32Array.of(6, 0, -1, 0, 4, 4, 2, 1, 1, 1, 1, 1, 1, 0, 0, 1);
  const copies = (sources: number[]) => () =>
    addon.createInferencePlan(
      copy,
      Int32Array.of(4, 4, 2),
      [Int32Array.from(sources), null],
      Int32Array.of(1),
      false,
      false,
    );
  assert.throws(copies([0, 2]), RangeError);
  assert.throws(copies([0, -2]), RangeError);

  const plan = convolutionPlan({});
  assert.equal(addon.runInferencePlan(plan, 2, array(64), [array(96)]), true);
  assert.throws(() => addon.runInferencePlan(plan, 2, array(63), [array(96)]), TypeError);
  assert.throws(() => addon.runInferencePlan(plan, 2, array(64), [array(95)]), TypeError);
  assert.throws(() => addon.runInferencePlan(plan, 2, array(64), []), TypeError);
  assert.throws(() => addon.runInferencePlan(plan, 0, array(0), [array(0)]), RangeError);
  assert.throws(() => addon.runInferencePlan({}, 2, array(64), [array(96)]), TypeError);
  addon.releaseInferencePlan(plan);
  assert.throws(() => addon.runInferencePlan(plan, 2, array(64), [array(96)]), /released/);
});

nativeTest('a plan does not read weights that were given back before it ran', () => {
  const addon = loadAddon();
  const buffer = addon.allocate(4 * 54);
  const step = Int32Array.of(0, 0, -1, 1, 4, 4, 3, 3, 3, 1, 1, 1, 1, 1, 1, 1);
  const weights = [new Float32Array(buffer).fill(1), null];
  const plan = addon.createInferencePlan(step, Int32Array.of(4, 4, 2), weights, Int32Array.of(1), false, false);
  addon.release(buffer);
  assert.throws(() => addon.runInferencePlan(plan, 1, array(32), [array(48)]), TypeError);
});

/** A training plan of a dense layer of 3×3 maps with numbers of its first step, a convolution of 4×4 maps, replaced. */
function trainingPlan(changed: { readonly [at: number]: number } = {}, last: readonly number[] = []): object {
  const steps = Int32Array.of(
    ...[0, 0, -1, 1, 3, 3, 3, 2, 2, 1, 1, 1, 1, 0, 0, 1, 15],
    ...[5, 1, -1, 0, 1, 1, 27, 1, 1, 1, 1, 1, 1, 0, 0, 1, 0],
    ...[1, 2, -1, 0, 1, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 1, 15],
    ...last,
  );
  for (const [at, value] of Object.entries(changed)) steps[Number(at)] = value;
  const count = steps.length / 17;
  const sources = Array.from({ length: count }, () => null);
  return loadAddon().createTrainingPlan(steps, Int32Array.of(4, 4, 2), sources, array(count));
}

nativeTest('a training plan reads and writes nothing beyond its values, weights and arrays', () => {
  const addon = loadAddon();
  const refused: [string, () => unknown][] = [
    ['a kind that is none', () => trainingPlan({ 0: 11 })],
    ['a value that is not there', () => trainingPlan({ 1: 1 })],
    ['a second value of a convolution', () => trainingPlan({ 2: 0 })],
    ['an activation that is none', () => trainingPlan({ 3: 2 })],
    ['no rows', () => trainingPlan({ 4: 0 })],
    ['windows beyond the map', () => trainingPlan({ 4: 9 })],
    ['windows in the border alone', () => trainingPlan({ 13: 2 })],
    ['groups', () => trainingPlan({ 15: 2 })],
    ['a convolution without a kernel', () => trainingPlan({ 16: 2 })],
    ['a bias that is trained and not there', () => trainingPlan({ 16: 9 })],
    ['statistics of a convolution', () => trainingPlan({ 16: 31 })],
    ['flags that are none', () => trainingPlan({ 16: 32 })],
    ['features of another number', () => trainingPlan({ 23: 26 })],
    ['weights of features', () => trainingPlan({ 33: 1 })],
    ['a value that nothing reads', () => trainingPlan({ 35: 0 })],
    ['dense of a map', () => trainingPlan({ 35: 1 })],
    ['half a step', () => trainingPlan({}, [7, 3, -1])],
    ['a sum of another shape', () => trainingPlan({}, [7, 3, 2, 0, 1, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 1, 0])],
    ['a join of nothing', () => trainingPlan({}, [9, 3, -1, 0, 1, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 1, 0])],
    ['a mask with an activation', () => trainingPlan({}, [10, 3, -1, 1, 1, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 1, 0])],
    ['copies without sources', () => trainingPlan({ 0: 6, 4: 4, 5: 4 })],
  ];
  for (const [what, make] of refused) assert.throws(make, /RangeError|TypeError/, what);

  const plan = trainingPlan();
  const kernels = (): (Float32Array | null)[] => [array(24), array(3), null, null, array(135), array(5)];
  const none = [null, null, null, null, null, null];
  const masks = [null, null, null];
  const run = (weights = kernels(), gradients = kernels(), x = array(64), labels = new Int32Array(2)): unknown =>
    addon.runTrainingPlan(plan, 2, x, labels, weights, gradients, none, masks);
  assert.deepEqual((run() as number[])[1], 2);
  for (let i = 0; i < 6; i++) {
    const short = kernels();
    const length = short[i]?.length;
    if (length === undefined) continue;
    short[i] = array(length - 1);
    assert.throws(() => run(short), TypeError);
    assert.throws(() => run(kernels(), short), TypeError);
    short[i] = null;
    assert.throws(() => run(kernels(), short), TypeError);
  }
  assert.throws(() => run(kernels(), kernels(), array(63)), TypeError);
  assert.throws(() => run(kernels(), kernels(), array(64), new Int32Array(1)), TypeError);
  assert.throws(() => run(kernels().slice(1)), TypeError);
  assert.throws(() => addon.runTrainingPlan(plan, 0, array(0), new Int32Array(0), kernels(), kernels(), none, masks));
  assert.throws(() => addon.runTrainingPlan({}, 2, array(64), new Int32Array(2), kernels(), kernels(), none, masks));
  const buffer = addon.allocate(4 * 24);
  const lent = kernels();
  lent[0] = new Float32Array(buffer);
  Object.defineProperty(lent, 5, { get: () => (addon.release(buffer), array(5)) });
  assert.throws(() => run(lent), TypeError);
  const gone = kernels();
  Object.defineProperty(gone, 5, { get: () => (addon.releaseTrainingPlan(plan), array(5)) });
  assert.throws(() => run(gone), /released/);
});

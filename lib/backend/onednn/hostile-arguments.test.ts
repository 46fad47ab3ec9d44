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

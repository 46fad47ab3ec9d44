import assert from 'node:assert/strict';
import { loadAddon } from '../addon-file.js';
import { nativeTest } from '../compare-with-cpu.fixture.js';

const three = (): Float32Array => new Float32Array(3);
const two = new Float32Array(2);

nativeTest('the addon refuses arrays of different lengths and other types', () => {
  const native = loadAddon();
  assert.throws(() => native.reluGradient(three(), two, three(), 6), /x: expected 3 elements, got 2/);
  assert.throws(() => native.reluGradient([1] as never, two, two, 6), /dy: expected a typed array/);
  assert.throws(() => native.reluGradient(new Float64Array(3) as never, two, two, 6), TypeError);
  assert.throws(() => native.reluGradient(three(), three(), three(), undefined as never), /max: expected a number/);
  assert.throws(() => native.sgdStep(three(), two, null, three(), null, 1, 0, 0), /gradient/);
  assert.throws(() => native.sgdStep(three(), three(), three(), three(), null, 1, 0, 0), /newVelocity/);
  const arrays = Array.from({ length: 7 }, three);
  const names = ['variable', 'gradient', 'mean', 'square', 'newVariable', 'newMean', 'newSquare'];
  for (let i = 1; i < arrays.length; i++) {
    const [w, g, m, q, newW, newM, newQ] = arrays.map((array, j) => (i === j ? two : array));
    assert.throws(
      () => native.adamStep(w, g, m, q, newW, newM, newQ, 0, 0, 0, 0, 0, 0),
      new RegExp(`${names[i]}: expected 3`),
    );
  }
});

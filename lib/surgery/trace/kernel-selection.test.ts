import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DataError, OptionError } from '../../errors.js';
import {
  fullSelection,
  intersection,
  jaccard,
  keptCounts,
  keptRatio,
  type KernelSelection,
  selectionFromJSON,
  selectionToJSON,
  union,
  validateSelection,
} from './kernel-selection.js';
import { sequentialToy } from './test-models.fixture.js';
import { traceModel } from './trace.js';

const bits = (text: string) => Uint8Array.from(text, Number);
const a: KernelSelection = { c0: bits('110000'), c1: bits('10101') };
const b: KernelSelection = { c0: bits('011000'), c1: bits('10100') };

test('kept kernels are counted over all convolution layers', () => {
  assert.deepEqual(keptCounts(a), { c0: 2, c1: 3 });
  assert.equal(keptRatio(a), 5 / 11);
  assert.equal(keptRatio({}), 0);
});

test('jaccard, union and intersection know a kernel by layer and number', () => {
  assert.equal(jaccard(a, b), 3 / 6);
  assert.equal(jaccard(a, a), 1);
  assert.equal(jaccard({ c0: bits('10') }, { c0: bits('01') }), 0);
  assert.equal(jaccard({ c0: bits('00') }, { c0: bits('00') }), 1);
  assert.deepEqual(union(a, b), { c0: bits('111000'), c1: bits('10101') });
  assert.deepEqual(intersection(a, b), { c0: bits('010000'), c1: bits('10100') });
  assert.throws(() => jaccard(a, { c0: a['c0'] }), /only the first selection has a layer 'c1'/);
  assert.throws(() => union({ c0: a['c0'] }, a), /only the second selection has a layer 'c1'/);
  assert.throws(() => intersection(a, { ...b, c1: bits('1') }), /'c1' has 5 kernels in one, 1 in the other/);
});

test('a selection survives JSON', () => {
  const json = JSON.stringify(selectionToJSON(a));
  assert.equal(json, '{"c0":{"kernels":6,"kept":[0,1]},"c1":{"kernels":5,"kept":[0,2,4]}}');
  assert.deepEqual(selectionFromJSON(JSON.parse(json)), a);
});

test('malformed JSON is refused with the layer', () => {
  const cases: [unknown, RegExp][] = [
    [[], /expected an object of layers, got \[\]/],
    [null, /got null/],
    [{ c0: 3 }, /layer 'c0': expected \{ kernels/],
    [{ c0: { kernels: -1, kept: [] } }, /layer 'c0'/],
    [{ c0: { kernels: 2, kept: [2] } }, /layer 'c0': .*0 to 1, got 2/],
    [{ c0: { kernels: 2, kept: [1, 1] } }, /got 1 twice/],
    [{ c0: { kernels: 2, kept: ['0'] } }, /got "0"/],
    [{ c0: { kernels: 1e9, kept: [] } }, /layer 'c0': expected at most 1048576 kernels in all layers, got 1000000000/],
  ];
  for (const [json, message] of cases) {
    assert.throws(
      () => selectionFromJSON(json),
      (e: unknown) => e instanceof DataError && message.test(e.message),
    );
  }
});

test('a selection that does not fit the model is refused with layer, expected and actual', () => {
  const model = sequentialToy();
  const trace = traceModel(model);
  model.dispose();
  validateSelection(trace, a);
  assert.deepEqual(fullSelection(trace), { c0: bits('111111'), c1: bits('11111') });
  const cases: [KernelSelection, RegExp][] = [
    [{ c0: a['c0'] }, /layer 'c1' is missing, expected 5/],
    [{ ...a, c2: bits('1') }, /no convolution layer 'c2'; it has c0, c1/],
    [{ ...a, c1: bits('1010') }, /'c1': expected 5 values, one per kernel, got 4/],
    [{ ...a, c1: bits('10301') }, /'c1': kernel 2 has 3, expected 0 or 1/],
  ];
  for (const [selection, message] of cases) {
    assert.throws(
      () => validateSelection(trace, selection),
      (e: unknown) => e instanceof OptionError && message.test(e.message),
    );
  }
});

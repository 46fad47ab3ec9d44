/** Where images lie, and how the channels of a graph's values run. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FixtureNode } from './onnx.fixture.js';
import { answer, CHANNELS_FIRST, picks } from './onnx-answers.fixture.js';

const FLATTENED: FixtureNode = { op: 'Flatten', in: ['x'], out: 'flat' };

test('the matrix behind a flattening follows the channels that moved last', async () => {
  const fc = { shape: [2, 32], floats: [...picks(17), ...picks(6)] };
  const gemm: FixtureNode = { op: 'Gemm', in: ['flat', 'fc.weight'], out: 'y', int: { transB: 1 } };
  const { values } = await answer('gemm', {
    nodes: [FLATTENED, gemm],
    tensors: { 'fc.weight': fc },
    input: [1, 2, 4, 4],
  });
  assert.deepEqual(values, [CHANNELS_FIRST[17], CHANNELS_FIRST[6]]);
});

test("an exporter's arithmetic on shapes in front of a flattening is computed", async () => {
  const nodes: FixtureNode[] = [
    { op: 'Shape', in: ['x'], out: 'shape' },
    { op: 'Gather', in: ['shape', 'zero'], out: 'n', int: { axis: 0 } },
    { op: 'Unsqueeze', in: ['n', 'axes'], out: 'n1' },
    { op: 'Concat', in: ['n1', 'rest'], out: 'target', int: { axis: 0 } },
    { op: 'Reshape', in: ['x', 'target'], out: 'flat' },
    { op: 'MatMul', in: ['flat', 'w'], out: 'm' },
    { op: 'Add', in: ['m', 'b'], out: 'y' },
  ];
  const tensors = {
    zero: { shape: [], ints: [0] },
    axes: { shape: [1], ints: [0] },
    rest: { shape: [1], ints: [-1] },
    w: { shape: [32, 1], floats: picks(20) },
    b: { shape: [1], floats: [0.5] },
  };
  const { values, layers } = await answer('reshape', { nodes, tensors });
  assert.equal(values.length, 2, 'one logit became two classes');
  assert.equal(layers.filter((layer) => layer.endsWith('Dense')).length, 1);
});

test("a channel shuffle of Reshape, Transpose, Reshape is one layer, and its channels come out in ONNX's order", async () => {
  const wide: FixtureNode = { op: 'Conv', in: ['x', 'conv.weight'], out: 'c' };
  const nodes: FixtureNode[] = [
    wide,
    { op: 'Reshape', in: ['c', 'apart'], out: 'a' },
    { op: 'Transpose', in: ['a'], out: 't', ints: { perm: [0, 2, 1, 3, 4] } },
    { op: 'Reshape', in: ['t', 'together'], out: 's' },
    { op: 'GlobalMaxPool', in: ['s'], out: 'p' },
    { op: 'Flatten', in: ['p'], out: 'y' },
  ];
  const factors = [1, 2, 3, 4, 5, 6];
  const tensors = {
    'conv.weight': { shape: [6, 2, 1, 1], floats: factors.flatMap((f) => [f, 0]) },
    apart: { shape: [5], ints: [0, 2, 3, 4, 4] },
    together: { shape: [4], ints: [-1, 6, 4, 4] },
  };
  const { values, layers } = await answer('shuffle', { nodes, tensors });
  assert.deepEqual(
    values,
    [1, 4, 2, 5, 3, 6].map((f) => 33 * f),
  );
  assert.ok(layers.some((layer) => layer.endsWith('ChannelShuffle')));
  assert.ok(layers.includes('conv Conv2D'), "layers get the names of PyTorch's modules");
});

test('images [batch, height, width, channels] with a Transpose in front stay as they are', async () => {
  const nodes: FixtureNode[] = [
    { op: 'Transpose', in: ['x'], out: 't', ints: { perm: [0, 3, 1, 2] } },
    { op: 'Conv', in: ['t', 'w'], out: 'c' },
    { op: 'ReduceMean', in: ['c'], out: 'y', ints: { axes: [2, 3] }, int: { keepdims: 0 } },
  ];
  const tensors = { w: { shape: [3, 2, 1, 1], floats: [1, 0, 0, 1, 1, 1] } };
  const { values, layers } = await answer('nhwc', { nodes, tensors, input: ['n', 4, 4, 2] });
  assert.deepEqual(values.map(Math.round), [17, 117, 133]);
  assert.ok(!layers.some((layer) => /Permute|Reshape/.test(layer)));
});

test('a gate in an order with channels last meets its map without turning it', async () => {
  const nodes: FixtureNode[] = [
    { op: 'Conv', in: ['x', 'w'], out: 'c' },
    { op: 'Transpose', in: ['c'], out: 'last', ints: { perm: [0, 2, 3, 1] } },
    { op: 'ReduceMean', in: ['last'], out: 'gate', ints: { axes: [1, 2] }, int: { keepdims: 1 } },
    { op: 'Mul', in: ['last', 'gate'], out: 'gated' },
    { op: 'Transpose', in: ['gated'], out: 'first', ints: { perm: [0, 3, 1, 2] } },
    { op: 'GlobalMaxPool', in: ['first'], out: 'most' },
    { op: 'Flatten', in: ['most'], out: 'y' },
  ];
  const { values, layers } = await answer('gate', {
    nodes,
    tensors: { w: { shape: [2, 2, 1, 1], floats: [1, 0, 0, 1] } },
    input: [1, 2, 4, 4],
  });
  assert.deepEqual(values, [33 * 16.5, 133 * 116.5]);
  assert.ok(layers.every((layer) => !layer.endsWith('Permute')), layers.join()); // prettier-ignore
});

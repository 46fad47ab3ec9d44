/** Operators as layers that answer the same. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FixtureNode } from '../onnx.fixture.js';
import { answer, CHANNELS_FIRST } from '../onnx-answers.fixture.js';

test('GELU that is taken apart, layer normalisation and a hard swish are recognised by what they compute', async () => {
  const nodes: FixtureNode[] = [
    { op: 'Conv', in: ['x', 'w'], out: 'c' },
    { op: 'Div', in: ['c', 'root2'], out: 'd' },
    { op: 'Erf', in: ['d'], out: 'e' },
    { op: 'Add', in: ['e', 'one'], out: 'f' },
    { op: 'Mul', in: ['c', 'f'], out: 'g' },
    { op: 'Mul', in: ['g', 'half'], out: 'gelu' },
    { op: 'Add', in: ['gelu', 'three'], out: 'h' },
    { op: 'Clip', in: ['h', 'zero', 'six'], out: 'i' },
    { op: 'Mul', in: ['gelu', 'i'], out: 'j' },
    { op: 'Div', in: ['j', 'six'], out: 'k' },
    { op: 'GlobalAveragePool', in: ['k'], out: 'p' },
    { op: 'Flatten', in: ['p'], out: 'y' },
  ];
  const scalar = (value: number) => ({ shape: [], floats: [value] });
  const tensors = {
    w: { shape: [3, 2, 1, 1], floats: [0.01, 0, 0, 0.01, -0.01, 0.01] },
    root2: scalar(Math.SQRT2), one: scalar(1), half: scalar(0.5), three: scalar(3), zero: scalar(0), six: scalar(6),
  }; // prettier-ignore
  const { layers } = await answer('gelu', { nodes, tensors });
  assert.deepEqual(
    layers.map((layer) => layer.split(' ')[1]),
    ['InputLayer', 'Conv2D', 'Activation', 'Activation', 'GlobalAveragePooling2D'],
  );
});

test('a transposed convolution repeats pixels, and its pads are cut off', async () => {
  const identity = {
    shape: [2, 2, 2, 2],
    floats: [...[1, 1, 1, 1], ...[0, 0, 0, 0], ...[0, 0, 0, 0], ...[1, 1, 1, 1]],
  };
  const nodes: FixtureNode[] = [
    { op: 'ConvTranspose', in: ['x', 'w'], out: 'up', ints: { strides: [2, 2], pads: [1, 1, 1, 1] } },
    { op: 'Slice', in: ['up', 'starts', 'ends', 'axes'], out: 'row' },
    { op: 'Flatten', in: ['row'], out: 'y' },
  ];
  const tensors = {
    w: identity,
    starts: { shape: [2], ints: [0, 0] },
    ends: { shape: [2], ints: [1, 1] },
    axes: { shape: [2], ints: [1, 2] },
  };
  const { values } = await answer('deconvolution', { nodes, tensors, input: [1, 2, 4, 4] });
  assert.deepEqual(values, [0, 1, 1, 2, 2, 3]); // the first row of channel 0, every pixel twice, without the border
});

test('Resize to a size takes the means between the centres of pixels', async () => {
  const resize = (mode: string): FixtureNode => ({
    op: 'Resize',
    in: ['x', '', '', 'sizes'],
    out: 'r',
    text: { mode },
  });
  const tensors = { sizes: { shape: [4], ints: [1, 2, 2, 2] } };
  const nodes: FixtureNode[] = [resize('linear'), { op: 'Flatten', in: ['r'], out: 'y' }];
  const { values, layers } = await answer('resize', { nodes, tensors, input: [1, 2, 4, 4] });
  assert.ok(layers.some((layer) => layer.endsWith('Resizing')));
  assert.deepEqual(values, [5.5, 7.5, 25.5, 27.5, 105.5, 107.5, 125.5, 127.5]);
});

const ELEMENTWISE: Readonly<Record<string, readonly [FixtureNode, (x: number) => number]>> = {
  'Clip to any bounds': [{ op: 'Clip', in: ['x', 'low', 'high'], out: 'z' }, (x) => Math.min(Math.max(x, 12), 57)],
  'Elu with alpha': [{ op: 'Elu', in: ['shifted'], out: 'z', float: { alpha: 0.5 } }, (x) => (x > 50 ? x - 50 : 0.5 * Math.expm1(x - 50))], // prettier-ignore
  'Celu with alpha': [{ op: 'Celu', in: ['shifted'], out: 'z', float: { alpha: 2 } }, (x) => (x > 50 ? x - 50 : 2 * Math.expm1((x - 50) / 2))], // prettier-ignore
  Abs: [{ op: 'Abs', in: ['shifted'], out: 'z' }, (x) => Math.abs(x - 50)],
};

for (const [name, [node, f]] of Object.entries(ELEMENTWISE)) {
  test(`${name}: layers that do the same`, async () => {
    const shift: FixtureNode = { op: 'Sub', in: ['x', 'fifty'], out: 'shifted' };
    const flatten: FixtureNode = { op: 'Flatten', in: ['z'], out: 'y' };
    const { values } = await answer(name, {
      nodes: [shift, node, flatten],
      tensors: {
        fifty: { shape: [], floats: [50] },
        low: { shape: [], floats: [12] },
        high: { shape: [], floats: [57] },
      },
    });
    CHANNELS_FIRST.map(f).forEach((wanted, i) => assert.ok(Math.abs(values[i] - wanted) < 1e-4, `${i}: ${values[i]}, not ${wanted}`)); // prettier-ignore
  });
}

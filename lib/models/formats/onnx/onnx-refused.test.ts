/** Graphs that cannot become a model: what is said of each. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { ModelError } from '../../../errors.js';
import { loadModel } from '../../load-model.js';
import { type FixtureGraph, type FixtureNode, onnxFixture } from './onnx.fixture.js';
import { folder, HEAD, refused } from './onnx-answers.fixture.js';

const one = (node: FixtureNode): FixtureGraph => ({ nodes: [node, ...HEAD] });

const REFUSED: Readonly<Record<string, readonly [FixtureGraph, RegExp]>> = {
  'an operator outside the map': [
    one({ op: 'NonZero', in: ['x'], out: 'z' }),
    /node 'node z' \(NonZero\): the operator is not among/,
  ],
  'an operator of another domain': [one({ op: 'Relu', domain: 'com.acme', in: ['x'], out: 'z' }), /com\.acme\.Relu/],
  'a quantised network': [
    { ...one({ op: 'DynamicQuantizeLinear', in: ['x'], out: ['z', 'scale', 'zero'] }) },
    /\(DynamicQuantizeLinear\): the network is quantised to integers.*before quantisation/,
  ],
  'maps that are rounded': [
    {
      ...one({ op: 'QuantizeLinear', in: ['x', 'scale'], out: 'z' }),
      tensors: { scale: { shape: [], floats: [0.1] } },
    },
    /\(QuantizeLinear\): the network is quantised to integers/,
  ],
  'weights with a scale per block': [
    {
      nodes: [
        { op: 'DequantizeLinear', in: ['q', 'scale'], out: 'w', int: { axis: 0 } },
        { op: 'Conv', in: ['x', 'w'], out: 'z' },
      ],
      tensors: { q: { shape: [2, 3, 1, 1], ints: [1, 2, 3, 4, 5, 6] }, scale: { shape: [3], floats: [1, 1, 1] } },
      outputs: ['z'],
    },
    /\(DequantizeLinear\).*one per position along axis 0/,
  ],
  'a circle': [one({ op: 'Add', in: ['x', 'y'], out: 'z' }), /goes in a circle/],
  'a value from nowhere': [
    one({ op: 'Add', in: ['x', 'nothing'], out: 'z' }),
    /reads 'nothing', which nothing in the file makes/,
  ],
  'a value made twice': [{ nodes: [...HEAD, { op: 'Relu', in: ['x'], out: 'y' }] }, /two nodes make the value 'y'/],
  'an old operator set': [
    { ...one({ op: 'Relu', in: ['x'], out: 'z' }), opset: 6 },
    /expected opset 7 or later, got 6/,
  ],
  'images of no size': [
    { ...one({ op: 'Relu', in: ['x'], out: 'z' }), input: ['b', 3, 'height', 'width'] },
    /'height'.*imageSize: \[224, 224\]/,
  ],
  'two outputs': [
    { ...one({ op: 'Relu', in: ['x'], out: 'z' }), outputs: ['y', 'z'] },
    /expected one output.* got 2 \('y', 'z'\)/,
  ],
  'a map as output': [
    { nodes: [{ op: 'Relu', in: ['x'], out: 'y' }] },
    /expected \[batch, classes\], got \[batch, 2, 4, 4\].*segmentation/,
  ],
  attention: [one({ op: 'MatMul', in: ['x', 'x'], out: 'z' }), /attention/],
  'a function that calls itself': [
    {
      nodes: [{ op: 'f', domain: 'own', in: ['x'], out: 'y' }],
      functions: [
        { name: 'f', inputs: ['a'], outputs: ['b'], nodes: [{ op: 'f', domain: 'own', in: ['a'], out: 'b' }] },
      ],
    },
    /function 'f' calls itself/,
  ],
  'functions that double': [
    {
      nodes: [{ op: 'f0', domain: 'own', in: ['x'], out: 'y' }],
      functions: Array.from({ length: 40 }, (_, i) => ({
        name: `f${i}`,
        inputs: ['a'],
        outputs: ['b'],
        nodes: i < 39 ? [{ op: `f${i + 1}`, domain: 'own', in: ['a'], out: 'm' }, { op: `f${i + 1}`, domain: 'own', in: ['m'], out: 'b' }] : [{ op: 'Relu', in: ['a'], out: 'b' }], // prettier-ignore
      })),
    },
    /at most 200000 nodes/,
  ],
  'a tensor of 10⁹ numbers out of nothing': [
    {
      nodes: [{ op: 'ConstantOfShape', in: ['s'], out: 'big' }, { op: 'Add', in: ['x', 'big'], out: 'z' }, ...HEAD],
      tensors: { s: { shape: [3], ints: [1000, 1000, 1000] } },
    },
    /expected at most \d+ known numbers, it makes \[1000, 1000, 1000\]/,
  ],
  'a tensor larger than its bytes': [
    {
      nodes: [{ op: 'Conv', in: ['x', 'w'], out: 'z' }, ...HEAD],
      tensors: { w: { shape: [1000, 1000, 1000, 1000], floats: [1] } },
    },
    /tensor 'w': float \[1000, 1000, 1000, 1000\] takes .* bytes, got 4/,
  ],
  'kernels that do not fit': [
    {
      nodes: [{ op: 'Conv', in: ['x', 'w'], out: 'z' }, ...HEAD],
      tensors: { w: { shape: [1, 3, 1, 1], floats: [1, 1, 1] } },
    },
    /node 'node z' \(Conv\): kernels \[1, 3, 1, 1\] in 1 groups do not fit 2 channels/,
  ],
  'a window larger than the image': [
    one({ op: 'MaxPool', in: ['x'], out: 'z', ints: { kernel_shape: [9, 9] } }),
    /larger than the image/,
  ],
  'images mixed with each other': [
    {
      nodes: [{ op: 'Reshape', in: ['x', 's'], out: 'z' }, ...HEAD],
      tensors: { s: { shape: [4], ints: [-1, 1, 4, 4] } },
    },
    /mixes the images of a batch/,
  ],
};

for (const [name, [graph, message]] of Object.entries(REFUSED))
  test(`refused: ${name}`, () => refused(name, graph, message));

test('every cut and every changed byte of a file gives a model or a ModelError', async () => {
  const nodes: FixtureNode[] = [{ op: 'Conv', in: ['x', 'w'], out: 'z', ints: { pads: [1, 1, 1, 1] } }, ...HEAD];
  const good = await onnxFixture({
    nodes,
    tensors: { w: { shape: [3, 2, 3, 3], floats: new Array<number>(54).fill(0.5) } },
  });
  const file = path.join(folder, 'fuzzed.onnx');
  const cuts = Array.from({ length: 40 }, (_, i) => good.subarray(0, 3 + Math.floor((i * (good.length - 3)) / 40)));
  const changed = Array.from({ length: 120 }, (_, i) => {
    const copy = Buffer.from(good);
    copy[(i * 7919) % copy.length] ^= 1 << (i % 8);
    return copy;
  });
  for (const bytes of [...cuts, ...changed]) {
    fs.writeFileSync(file, bytes);
    try {
      (await loadModel(file)).model.dispose();
    } catch (error) {
      assert.ok(error instanceof ModelError, (error as Error).stack);
    }
  }
});

/** What stands in a file beside the graph: its own functions, names, weights elsewhere, an image's size. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { loadModel } from '../../load-model.js';
import type { FixtureNode } from './onnx.fixture.js';
import { answer, folder, refused, written } from './onnx-answers.fixture.js';

test('a function of the model itself is put in where it is called', async () => {
  const inside: FixtureNode[] = [
    { op: 'Relu', in: ['a'], out: 'r' },
    { op: 'GlobalMaxPool', in: ['r'], out: 'b' },
  ];
  const nodes: FixtureNode[] = [
    { op: 'pool', domain: 'own', in: ['x'], out: 'p' },
    { op: 'Flatten', in: ['p'], out: 'y' },
  ];
  const functions = [{ name: 'pool', inputs: ['a'], outputs: ['b'], nodes: inside }];
  assert.deepEqual((await answer('function', { nodes, functions })).values, [33, 133]);
});

test('class names in the metadata are read, as a list and as Python writes them', async () => {
  const nodes: FixtureNode[] = [{ op: 'GlobalMaxPool', in: ['x'], out: 'p' }, { op: 'Flatten', in: ['p'], out: 'y' }]; // prettier-ignore
  const spellings: Record<string, string>[] = [{ class_names: '["cat", "dog"]' }, { names: "{0: 'cat', 1: 'dog'}" }];
  for (const metadata of spellings) {
    assert.deepEqual((await answer('names', { nodes, metadata })).names, ['cat', 'dog']);
  }
});

test('weights are read from a file beside, and from nowhere else', async () => {
  fs.writeFileSync(path.join(folder, 'weights.data'), Buffer.from(Float32Array.of(9, 1, 0, 0, 1, 1, 1).buffer));
  const nodes: FixtureNode[] = [
    { op: 'Conv', in: ['x', 'w'], out: 'c' },
    { op: 'GlobalMaxPool', in: ['c'], out: 'p' },
    { op: 'Flatten', in: ['p'], out: 'y' },
  ];
  const at = (location: string, offset = 4) => ({ nodes, external: { w: { shape: [3, 2, 1, 1], location, offset } } });
  assert.deepEqual((await answer('external', at('weights.data'))).values, [33, 133, 166]);
  await refused('outside', at('../weights.data'), /tensor 'w': expected its data in a file beside/);
  await refused('absolute', at('/etc/hostname'), /tensor 'w': expected its data in a file beside/);
  await refused('missing', at('other.data'), /'other.data', which cannot be read \(ENOENT\).* same folder/);
  await refused('short', at('weights.data', 8), /expected 24 bytes at 8 of 'weights.data', which has 28/);
});

test('a graph of any image size takes the size that the caller says', async () => {
  const nodes: FixtureNode[] = [
    { op: 'GlobalAveragePool', in: ['x'], out: 'p' },
    { op: 'Flatten', in: ['p'], out: 'y' },
  ];
  const file = await written('any size', { nodes, input: ['b', 2, 'height', 'width'] });
  const { model } = await loadModel(file, { imageSize: [6, 5] });
  assert.deepEqual(model.inputs[0].shape, [null, 6, 5, 2]);
  model.dispose();
});

test('weights that are stored as whole numbers with a scale per kernel are what they stand for', async () => {
  const nodes: FixtureNode[] = [
    { op: 'DequantizeLinear', in: ['w.q', 'w.scale', 'w.zero'], out: 'w', int: { axis: 0 } },
    { op: 'Conv', in: ['x', 'w'], out: 'c' },
    { op: 'GlobalMaxPool', in: ['c'], out: 'p' },
    { op: 'Flatten', in: ['p'], out: 'y' },
  ];
  const tensors = {
    'w.q': { shape: [3, 2, 1, 1], ints: [12, 10, 1, 3, 0, 4] },
    'w.scale': { shape: [3], floats: [0.5, 1, 0.25] },
    'w.zero': { shape: [3], ints: [10, 1, 0] },
  };
  // Kernels (1, 0), (0, 2), (0, 1); the channels' largest values are 33 and 133.
  assert.deepEqual((await answer('dequantised', { nodes, tensors })).values, [33, 266, 133]);
});

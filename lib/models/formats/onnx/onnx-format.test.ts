import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { ModelError } from '../../../errors.js';
import * as tf from '../../../tf.js';
import { loadModel } from '../../load-model.js';
import { temporaryFolder } from '../../weight-files.fixture.js';
import { type FixtureGraph, type FixtureNode, onnxFixture } from './onnx.fixture.js';

const folder = temporaryFolder();

async function written(name: string, graph: FixtureGraph): Promise<string> {
  const file = path.join(folder, `${name.replace(/\W+/g, '-')}.onnx`);
  fs.writeFileSync(file, await onnxFixture(graph));
  return file;
}

/** 2 channels of 4×4, channel c at row y and column x: 100c + 10y + x, as the model takes it. */
const IMAGE = Float32Array.from(
  { length: 32 },
  (_, i) => 100 * (i % 2) + 10 * Math.floor(i / 8) + (Math.floor(i / 2) % 4),
);

/** What a graph answers to the image. */
async function answer(
  name: string,
  graph: FixtureGraph,
): Promise<{ values: number[]; layers: string[]; names: string[] | null }> {
  const before = tf.memory().numTensors;
  const { model, classNames } = await loadModel(await written(name, graph));
  try {
    const y = tf.tidy(() => Array.from((model.predict(tf.tensor4d(IMAGE, [1, 4, 4, 2])) as tf.Tensor).dataSync()));
    return {
      values: y,
      layers: model.layers.map((layer) => `${layer.name} ${layer.getClassName()}`),
      names: classNames,
    };
  } finally {
    model.dispose();
    assert.equal(tf.memory().numTensors, before, 'tensors leak');
  }
}

const FLATTENED: FixtureNode = { op: 'Flatten', in: ['x'], out: 'flat' };
/** ONNX's order of the features: all of channel 0, then all of channel 1. */
const CHANNELS_FIRST = Array.from(
  { length: 32 },
  (_, i) => 100 * Math.floor(i / 16) + 10 * (Math.floor(i / 4) % 4) + (i % 4),
);
const picks = (position: number) => Array.from({ length: 32 }, (_, i) => (i === position ? 1 : 0));

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

async function refused(name: string, graph: FixtureGraph | Buffer, message: RegExp): Promise<void> {
  const before = tf.memory().numTensors;
  let file: string;
  if (Buffer.isBuffer(graph)) {
    file = path.join(folder, `${name}.onnx`);
    fs.writeFileSync(file, graph);
  } else file = await written(name, graph);
  const started = process.memoryUsage().rss;
  await assert.rejects(loadModel(file), (error: Error) => {
    assert.ok(error instanceof ModelError, error.stack);
    assert.match(error.message, message);
    assert.ok(error.message.startsWith(file), error.message);
    return true;
  });
  assert.ok(process.memoryUsage().rss - started < 400e6, 'memory');
  assert.equal(tf.memory().numTensors, before, 'tensors leak');
}

const HEAD: FixtureNode[] = [{ op: 'GlobalMaxPool', in: ['z'], out: 'p' }, { op: 'Flatten', in: ['p'], out: 'y' }]; // prettier-ignore
const one = (node: FixtureNode): FixtureGraph => ({ nodes: [node, ...HEAD] });

const REFUSED: Readonly<Record<string, readonly [FixtureGraph, RegExp]>> = {
  'an operator outside the map': [
    one({ op: 'NonZero', in: ['x'], out: 'z' }),
    /node 'node z' \(NonZero\): the operator is not among/,
  ],
  'an operator of another domain': [one({ op: 'Relu', domain: 'com.acme', in: ['x'], out: 'z' }), /com\.acme\.Relu/],
  'a quantised network': [one({ op: 'QuantizeLinear', in: ['x', 's'], out: 'z' }), /reads 's', which nothing/],
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

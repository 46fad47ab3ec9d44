import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { before, test } from 'node:test';
import { ModelError } from '../errors.js';
import * as tf from '../tf.js';
import { countParameters } from './count-parameters.js';
import type { NamedTensor } from './formats/named-tensor.js';
import { parseNpz } from './formats/numpy/npz.js';
import { parseSafetensors } from './formats/safetensors/safetensors.js';
import { rawByteInputs, unitInputs } from './input-ranges.js';
import { loadModel } from './load-model.js';
import { loadWeights } from './load-weights.js';
import { outputKind } from './output-kind.js';
import {
  npyBytes,
  safetensorsBytes,
  temporaryFolder,
  torchResNet8,
  writeKerasH5,
  zipBytes,
} from './weight-files.fixture.js';

before(() => tf.setBackend('cpu'));
const folder = temporaryFolder();
const write = (name: string, bytes: Buffer) => {
  const file = path.join(folder, name);
  fs.writeFileSync(file, bytes);
  return file;
};

test('safetensors: names, shapes, values of every number type, and metadata', () => {
  const half = Buffer.from(new Uint16Array([0x3c00, 0xc000, 0x0001, 0x7bff, 0x8000, 0x3555]).buffer);
  const data = Buffer.concat([
    Buffer.from(new Float32Array([1.5, -2]).buffer),
    half,
    Buffer.from(new BigInt64Array([-7n]).buffer),
  ]);
  const header = {
    __metadata__: { note: 'ä' },
    a: { dtype: 'F32', shape: [2, 1], data_offsets: [0, 8] },
    h: { dtype: 'F16', shape: [6], data_offsets: [8, 20] },
    n: { dtype: 'I64', shape: [], data_offsets: [20, 28] },
  };
  const text = Buffer.from(JSON.stringify(header).padEnd(400));
  const length = Buffer.alloc(8);
  length.writeUInt32LE(text.length);
  const { tensors, metadata } = parseSafetensors(Buffer.concat([length, text, data]), 'x');
  assert.deepEqual(metadata, { note: 'ä' });
  assert.deepEqual(tensors.get('a'), { dtype: 'F32', shape: [2, 1], values: new Float32Array([1.5, -2]) });
  assert.deepEqual(tensors.get('h')?.values, new Float32Array([1, -2, 2 ** -24, 65504, -0, 0.333251953125]));
  assert.deepEqual(tensors.get('n')?.values, new BigInt64Array([-7n]));
});

for (const deflate of [false, true]) {
  test(`npz: ${deflate ? 'deflated' : 'stored'} arrays, C and Fortran order`, () => {
    const values = new Float32Array([0, 1, 2, 3, 4, 5]);
    const bytes = zipBytes(
      {
        'c.npy': npyBytes('<f4', [2, 3], Buffer.from(values.buffer)),
        'f.npy': npyBytes('<f4', [2, 3], Buffer.from(values.buffer), true),
        'd.npy': npyBytes('<f8', [1], Buffer.from(new Float64Array([0.1]).buffer)),
      },
      deflate,
    );
    const tensors = parseNpz(bytes, 'x');
    assert.deepEqual(tensors.get('c'), { dtype: '<f4', shape: [2, 3], values });
    assert.deepEqual(tensors.get('f')?.values, new Float32Array([0, 2, 4, 1, 3, 5]));
    assert.deepEqual(tensors.get('d')?.values, new Float64Array([0.1]));
  });
}

for (const shortcut of ['A', 'downsample', 'shortcut'] as const) {
  test(`a PyTorch ResNet is recognised and its axes are reordered, shortcut ${shortcut}`, async () => {
    const tensors = torchResNet8(shortcut);
    const bytes = safetensorsBytes(tensors, { mean: '[0.1, 0.2, 0.3]', std: '[1, 2, 3]', classes: '5' });
    const file = write('resnet8.safetensors', bytes);
    const { model, normalisation, classNames, source } = await loadModel(file);
    assert.deepEqual(normalisation, { mean: [0.1, 0.2, 0.3], std: [1, 2, 3] });
    assert.equal(classNames, null);
    assert.equal(source.path, file);
    assert.match(source.sha256, /^[0-9a-f]{64}$/);
    assert.equal(outputKind(model), 'logits');
    assert.deepEqual(model.outputs[0].shape, [null, 5]);
    const count = countParameters(model);
    assert.equal(
      count.parameters + count.batchNormStatistics,
      [...tensors.values()].reduce((total, tensor) => total + tensor.values.length, 0),
    );
    const kernel = (await model.getLayer('conv3').getWeights()[0].array()) as number[][][][];
    const torch = tensors.get('layer2.0.conv1.weight')!; // [out 8, in 4, kh 3, kw 3]
    for (const [o, i, y, x] of [
      [0, 0, 0, 0],
      [7, 3, 2, 1],
      [5, 2, 0, 2],
    ]) {
      assert.equal(kernel[y][x][i][o], torch.values[((o * 4 + i) * 3 + y) * 3 + x]);
    }
    const head = tensors.get(shortcut === 'downsample' ? 'fc.weight' : 'linear.weight')!;
    const dense = (await model.getLayer('fc0').getWeights()[0].array()) as number[][];
    assert.equal(dense[11][3], head.values[3 * 16 + 11]);
    const statistics = model
      .getLayer('bn4')
      .getWeights()
      .map((w) => w.dataSync());
    assert.deepEqual(
      statistics,
      ['weight', 'bias', 'running_mean', 'running_var'].map((part) => tensors.get(`layer2.0.bn2.${part}`)!.values),
    );
    model.dispose();
  });
}

test('the same ResNet comes from npz and with DataParallel names', async () => {
  const arrays: Record<string, Buffer> = {};
  for (const [name, { shape, values }] of torchResNet8('A')) {
    arrays[`module.${name}.npy`] = npyBytes('<f4', shape, Buffer.from(values.buffer));
  }
  arrays['module.bn1.num_batches_tracked.npy'] = npyBytes('<i8', [1], Buffer.alloc(8));
  const fromNpz = await loadModel(write('resnet8.npz', zipBytes(arrays, true)));
  const fromSafetensors = await loadModel(write('resnet8.safetensors', safetensorsBytes(torchResNet8('A'))));
  assert.equal(fromNpz.normalisation, null);
  fromNpz.model.weights.forEach((weight, i) => {
    assert.deepEqual(weight.read().dataSync(), fromSafetensors.model.weights[i].read().dataSync());
  });
  fromNpz.model.dispose();
  fromSafetensors.model.dispose();
});

test('Keras h5: architecture, weights, L2 regularizer and output kind', async () => {
  const file = path.join(folder, 'dense.h5');
  await writeKerasH5(file);
  const { model, normalisation } = await loadModel(file);
  assert.equal(normalisation, null);
  assert.equal(outputKind(model), 'probabilities');
  const [kernel, bias] = model.getWeights();
  assert.deepEqual(await kernel.array(), [
    [0, 1],
    [2, 3],
    [4, 5],
  ]);
  assert.deepEqual(await bias.array(), [6, 7]);
  model.dispose();
});

test('loadWeights writes nothing when anything is wrong, and says everything that is', () => {
  const model = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3], name: 'head' })] });
  const was = model.getWeights()[0].dataSync();
  const float = (shape: number[], ...values: number[]): NamedTensor => ({
    dtype: 'F32',
    shape,
    values: new Float32Array(values),
  });
  assert.throws(
    () =>
      loadWeights(
        model,
        new Map([
          ['head/kernel', float([3, 2], 1, 2, 3, 4, 5, 6)],
          ['extra', float([1], 1)],
        ]),
        {
          file: 'w.npz',
        },
      ),
    (error: Error) =>
      error instanceof ModelError &&
      /^w\.npz: missing tensors: 'head\/bias' \(layer head\)\. tensors without a place in model .*: 'extra'\.$/.test(
        error.message,
      ),
  );
  assert.deepEqual(model.getWeights()[0].dataSync(), was);
  assert.throws(
    () =>
      loadWeights(
        model,
        new Map([
          ['head/kernel', float([2, 3], 1, 2, 3, 4, 5, 6)],
          ['head/bias', float([2], 1, Infinity)],
        ]),
      ),
    /'head\/kernel' \(layer head\): expected \[3, 2\], got \[2, 3\]; 'head\/bias' \(layer head\): .*got Infinity at position 1/,
  );
  const numTensors = tf.memory().numTensors;
  loadWeights(
    model,
    new Map([
      ['k', float([2, 3], 1, 2, 3, 4, 5, 6)],
      ['head/bias', float([2], 7, 8)],
    ]),
    {
      mapping: { 'head/kernel': { tensor: 'k', axes: [1, 0] }, 'head/bias': { tensor: 'head/bias' } },
    },
  );
  assert.equal(tf.memory().numTensors, numTensors);
  assert.deepEqual(model.getWeights()[0].arraySync(), [
    [1, 4],
    [2, 5],
    [3, 6],
  ]);
  model.dispose();
});

test('input conventions undo and keep the division by 255', () => {
  const seen = (byte: number, { mean, std }: { mean: readonly number[]; std: readonly number[] }) =>
    (byte / 255 - mean[0]) / std[0];
  assert.ok(Math.abs(seen(200, rawByteInputs()) - 200) < 1e-9);
  assert.equal(seen(255, unitInputs(1)), 1);
  assert.equal(unitInputs(1).mean.length, 1);
});

test('output kind looks through dropout, reshape and nested models', () => {
  const kind = (...layers: tf.layers.Layer[]) => outputKind(tf.sequential({ layers }));
  const dense = (activation?: 'softmax' | 'sigmoid' | 'relu') =>
    tf.layers.dense({ units: 2, inputShape: [3], activation });
  assert.equal(kind(dense()), 'logits');
  assert.equal(kind(dense('relu')), 'logits');
  assert.equal(kind(dense('sigmoid')), 'probabilities');
  assert.equal(kind(dense(), tf.layers.softmax()), 'probabilities');
  assert.equal(
    kind(dense(), tf.layers.activation({ activation: 'softmax' }), tf.layers.dropout({ rate: 0.1 })),
    'probabilities',
  );
  assert.equal(
    kind(tf.sequential({ layers: [dense('softmax')] }), tf.layers.reshape({ targetShape: [2] })),
    'probabilities',
  );
  assert.equal(kind(dense('softmax'), tf.layers.dense({ units: 2 })), 'logits');
});

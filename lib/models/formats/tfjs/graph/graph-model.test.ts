import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { before, test } from 'node:test';
import { ModelError } from '../../../../errors.js';
import { seedStream } from '../../../../run/mt19937.js';
import { traceModel } from '../../../../surgery/trace/trace.js';
import * as tf from '../../../../tf.js';
import { loadModel } from '../../../load-model.js';
import { temporaryFolder } from '../../../weight-files.fixture.js';

before(() => tf.setBackend('cpu'));

const folder = temporaryFolder();
const random = seedStream(1, 'graph model');
const SHAPES: Readonly<Record<string, number[]>> = {
  first: [3, 3, 3, 4],
  bias: [4],
  each: [3, 3, 4, 2],
  again: [3, 3, 8, 5],
  last: [5, 3],
  ends: [3],
};
const WEIGHTS = Object.fromEntries(
  Object.entries(SHAPES).map(([name, shape]) => [
    name,
    Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => random.nextDouble() - 0.5),
  ]),
);
const INTS: Readonly<Record<string, number[]>> = {
  rows: [1, 2],
  block: [2, 2],
  around: [2, 2, 2, 2],
  cut: [0, 0, 0, 0],
};

const text = (value: string) => ({ s: Buffer.from(value).toString('base64') });
const ints = (...list: number[]) => ({ list: { i: list.map(String) } });
const window = (padding: string, stride = 1) => ({ padding: text(padding), strides: ints(1, stride, stride, 1), data_format: text('NHWC'), dilations: ints(1, 1, 1, 1) }); // prettier-ignore

/** What tfjs's converter writes: constants without their numbers, operations with names of what they read. */
function nodes(activation = 'Relu6') {
  const fusedOps = (...names: string[]) => ({ fused_ops: { list: { s: names.map((name) => text(name).s) } } });
  return [
    { name: 'image', op: 'Placeholder', attr: { shape: { shape: { dim: ['-1', '9', '9', '3'].map((size) => ({ size })) } } } }, // prettier-ignore
    ...[...Object.keys(SHAPES), ...Object.keys(INTS)].map((name) => ({ name, op: 'Const' })),
    { name: 'net/conv', op: '_FusedConv2D', input: ['image', 'first', 'bias'], attr: { ...window('SAME', 1), ...fusedOps('BiasAdd', activation) } }, // prettier-ignore
    { name: 'net/pool', op: 'MaxPool', input: ['net/conv:0', '^net/conv'], attr: { ...window('VALID', 2), ksize: ints(1, 3, 3, 1) } }, // prettier-ignore
    { name: 'net/depth', op: 'DepthwiseConv2dNative', input: ['net/pool', 'each'], attr: window('SAME') },
    { name: 'net/apart', op: 'SpaceToBatchND', input: ['net/depth', 'block', 'around'] },
    { name: 'net/dilated', op: 'Conv2D', input: ['net/apart', 'again'], attr: window('VALID') },
    { name: 'net/together', op: 'BatchToSpaceND', input: ['net/dilated', 'block', 'cut'] },
    { name: 'net/mean', op: 'Mean', input: ['net/together', 'rows'], attr: { keep_dims: { b: false } } },
    { name: 'net/dense', op: '_FusedMatMul', input: ['net/mean', 'last', 'ends'], attr: fusedOps('BiasAdd') },
    { name: 'net/softmax', op: 'Softmax', input: ['net/dense'] },
    { name: 'Identity', op: 'Identity', input: ['net/softmax'] },
  ];
}

function write(node: readonly object[], name: string): string {
  const at = path.join(folder, name);
  fs.mkdirSync(at);
  const weights = [
    ...Object.entries(SHAPES).map(([key, shape]) => ({ name: key, shape, dtype: 'float32' })),
    ...Object.entries(INTS).map(([key, list]) => ({ name: key, shape: [list.length], dtype: 'int32' })),
  ];
  const numbers = [...Object.values(WEIGHTS), ...Object.values(INTS).map((list) => Int32Array.from(list))];
  fs.writeFileSync(path.join(at, 'weights.bin'), Buffer.concat(numbers.map(({ buffer }) => Buffer.from(buffer))));
  const json = { format: 'graph-model', signature: { outputs: { scores: { name: 'Identity:0' } } }, modelTopology: { node }, weightsManifest: [{ paths: ['weights.bin'], weights }] }; // prettier-ignore
  const file = path.join(at, 'model.json');
  fs.writeFileSync(file, JSON.stringify(json));
  return file;
}

test("a graph of convolutions becomes layers that answer as tfjs's own operations", async () => {
  const { model, report } = await loadModel(write(nodes(), 'plain'));
  const weight = <R extends tf.Rank>(name: string) => tf.tensor<R>(WEIGHTS[name], SHAPES[name] as tf.ShapeMap[R]);
  const image = tf.randomUniform<tf.Rank.R4>([2, 9, 9, 3], -2, 2, 'float32', 3);
  const [wanted, got] = tf.tidy(() => {
    const conv = tf.clipByValue(tf.add(tf.conv2d(image, weight<tf.Rank.R4>('first'), 1, 'same'), weight('bias')), 0, 6);
    const pooled = tf.maxPool(conv as tf.Tensor4D, 3, 2, 'valid');
    const depth = tf.depthwiseConv2d(pooled, weight<tf.Rank.R4>('each'), 1, 'same');
    const dilated = tf.conv2d(depth, weight<tf.Rank.R4>('again'), 1, 'same', 'NHWC', 2);
    const dense = tf.add(tf.matMul(tf.mean(dilated, [1, 2]), weight<tf.Rank.R2>('last')), weight('ends'));
    return [tf.softmax(dense as tf.Tensor2D).dataSync(), (model.predict(image) as tf.Tensor).dataSync()];
  });
  wanted.forEach((p, i) => assert.ok(Math.abs(p - got[i]) < 1e-5, `${p} ${got[i]}`));
  assert.match(report.summary.join('\n'), /graph model/);
  assert.equal(traceModel(model).convLayers.length, 2, 'the depthwise one follows the one before');
  model.dispose();
});

test('an operation without a counterpart is named, with the way to a layers model', async () => {
  const odd = nodes().map((node) => (node.name === 'net/pool' ? { ...node, op: 'Where' } : node));
  for (const [list, wanted] of [
    [odd, /node 'net\/pool' \(Where\)/],
    [nodes('Cube'), /node 'net\/conv' \(_FusedConv2D\): the fused operation Cube/],
  ] as const) {
    await assert.rejects(loadModel(write(list, String(wanted).length.toString())), (error: Error) => {
      assert.ok(error instanceof ModelError, error.stack);
      assert.match(error.message, wanted);
      assert.match(error.message, /tfjs_layers_model/);
      return true;
    });
  }
});

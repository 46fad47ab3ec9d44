/** Weight files that ask for more memory than they could fill: refused before it is taken. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { before, test } from 'node:test';
import { ModelError } from '../errors.js';
import * as tf from '../tf.js';
import { parseNpz } from './formats/numpy/npz.js';
import { parseSafetensors } from './formats/safetensors/safetensors.js';
import { loadModel } from './load-model.js';
import { npyBytes, temporaryFolder, writeKerasH5, zipBytes } from './weight-files.fixture.js';

before(() => tf.setBackend('cpu'));
const folder = temporaryFolder();
const HUGE = 2 ** 31;

test('ZIP: entries that unpack to much more than the archive, one by one or together', () => {
  const entry = npyBytes('<f4', [2 ** 22], Buffer.alloc(2 ** 24));
  const bomb = zipBytes(Object.fromEntries(Array.from({ length: 5 }, (_, i) => [`${i}.npy`, entry])), true);
  assert.throws(() => parseNpz(bomb, 'x.npz'), ModelError);
  const claims = zipBytes({ 'a.npy': npyBytes('<f4', [1], Buffer.alloc(4)) }, true);
  claims.writeUInt32LE(0xfffffff0, claims.lastIndexOf(Buffer.from('PK\x01\x02', 'latin1')) + 24);
  assert.throws(() => parseNpz(claims, 'x.npz'), ModelError);
});

test('safetensors: tensors on top of each other, and a header of more bytes than there are', () => {
  const data = Buffer.alloc(2 ** 22);
  const tensor = { dtype: 'F32', shape: [2 ** 20], data_offsets: [0, data.length] };
  const header = JSON.stringify(Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [`t${i}`, tensor])));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const before = process.memoryUsage.rss();
  assert.throws(() => parseSafetensors(Buffer.concat([length, Buffer.from(header), data]), 'x'), ModelError);
  assert.ok(process.memoryUsage.rss() - before < 1e9);
  length.writeBigUInt64LE(2n ** 63n);
  assert.throws(() => parseSafetensors(Buffer.concat([length, Buffer.alloc(64)]), 'x'), ModelError);
});

test('HDF5: a weight of any number of zeros that are not stored', async () => {
  const file = path.join(folder, 'huge.h5');
  await writeKerasH5(file);
  const h5 = await import('h5wasm/node');
  await h5.ready;
  const out = new h5.File(file, 'a');
  const root = out.get('model_weights') as InstanceType<typeof h5.Group>;
  const layer = root.get('dense') as InstanceType<typeof h5.Group>;
  const inner = layer.create_group('other');
  const chunked = { chunks: [1, 8], maxshape: [HUGE, HUGE], dtype: '<f' };
  const weight = inner.create_dataset({ name: 'kernel:0', data: [0, 1, 2, 3, 4, 5], shape: [3, 2], ...chunked });
  weight.resize([HUGE / 16, 16]);
  layer.delete_attribute('weight_names');
  layer.create_attribute('weight_names', ['other/kernel:0', 'dense/bias:0']);
  out.close();
  await assert.rejects(loadModel(file), (error: Error) => {
    assert.ok(error instanceof ModelError, String(error.stack));
    assert.match(error.message, /expected at most \d+ bytes of arrays in this file, got shape \[134217728, 16\]/);
    return true;
  });
});

test('tfjs: a layer of more weights than the files could fill, and one weight file named a thousand times', async () => {
  const file = path.join(folder, 'model.json');
  fs.writeFileSync(path.join(folder, 'w.bin'), Buffer.alloc(16));
  const dense = (units: number) => ({
    ...{ class_name: 'Dense' },
    config: { name: 'dense', units, batch_input_shape: [null, 100_000], use_bias: false, trainable: true },
  });
  const write = (units: number, paths: string[], size: number) => {
    const modelTopology = { class_name: 'Sequential', config: { name: 's', layers: [dense(units)] } };
    const weightsManifest = [{ paths, weights: [{ name: 'dense/kernel', shape: [size], dtype: 'float32' }] }];
    fs.writeFileSync(file, JSON.stringify({ format: 'layers-model', modelTopology, weightsManifest }));
  };
  const { numTensors } = tf.memory();
  write(1_000_000, ['w.bin'], 4);
  await assert.rejects(loadModel(file), (error: Error) => {
    assert.ok(error instanceof ModelError, String(error.stack));
    assert.match(error.message, /its layers ask for more than \d+ weights, e\.g\. \[100000, 1000000\]/);
    return true;
  });
  write(2, Array<string>(1000).fill('w.bin'), 4000);
  await assert.rejects(loadModel(file), /weight file 'w\.bin' is named twice/);
  write(2, ['../../../../../../etc/hostname'], 4);
  await assert.rejects(loadModel(file), /lies outside the model's folder/);
  assert.equal(tf.memory().numTensors, numTensors);
});

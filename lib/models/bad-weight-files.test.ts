import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { before, test } from 'node:test';
import { ModelError } from '../errors.js';
import * as tf from '../tf.js';
import { resNetCifar } from './architectures/res-net-cifar.js';
import { loadModel } from './load-model.js';
import { saveModel } from './save-model.js';
import {
  type FixtureTensor,
  KERAS_DENSE_CONFIG,
  type KerasFixture,
  npyBytes,
  safetensorsBytes,
  type SafetensorsEntry,
  temporaryFolder,
  torchResNet8,
  writeKerasH5,
  zipBytes,
} from './weight-files.fixture.js';

before(() => tf.setBackend('cpu'));
const folder = temporaryFolder();
const PNG = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');

/** Loads the file and checks that the error is a ModelError that starts with the file's path and says `message`. */
async function refused(file: string, message: RegExp): Promise<void> {
  const numTensors = tf.memory().numTensors;
  await assert.rejects(loadModel(file), (error: Error) => {
    assert.ok(error instanceof ModelError, `${error.name}: ${error.stack}`);
    assert.ok(error.message.startsWith(file), error.message);
    assert.match(error.message, message);
    return true;
  });
  assert.equal(tf.memory().numTensors, numTensors, 'tensors left behind');
}

function mutated(name: string, bytes: Buffer, message: RegExp): void {
  test(`${name}`, async () => {
    const file = path.join(folder, name.replace(/[^\w.]+/g, '-'));
    fs.writeFileSync(file, bytes);
    await refused(file, message);
  });
}

// safetensors ------------------------------------------------------------------------------------------------------
const good = safetensorsBytes(torchResNet8('downsample'));
const headerLength = Number(good.readBigUInt64LE(0));
const withTensors = (edit: (tensors: Map<string, FixtureTensor>) => void) => {
  const tensors = torchResNet8('downsample');
  edit(tensors);
  return safetensorsBytes(tensors);
};
const withEntry = (name: string, edit: (entry: SafetensorsEntry) => void) =>
  safetensorsBytes(torchResNet8('downsample'), {}, (header) => edit(header[name] as SafetensorsEntry));
const withMetadata = (metadata: Record<string, string>) => safetensorsBytes(torchResNet8('downsample'), metadata);
const patched = (bytes: Buffer, at: number, patch: Buffer) => {
  const copy = Buffer.from(bytes);
  patch.copy(copy, at);
  return copy;
};
const length = (n: number) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(n));
  return bytes;
};

mutated('empty.safetensors', Buffer.alloc(0), /got an empty file/);
mutated('five bytes.safetensors', Buffer.from('hello'), /got 5 bytes, too few/);
mutated('a png.safetensors', PNG, /header length of \d+ bytes exceeds the 8 bytes .*89504e47/);
mutated(
  'header length too large.safetensors',
  patched(good, 0, length(good.length)),
  /header length of \d+ bytes exceeds/,
);
mutated('header length too small.safetensors', patched(good, 0, length(headerLength - 9)), /header: expected JSON/);
mutated('header not JSON.safetensors', patched(good, 8, Buffer.from('<xml>')), /header: expected JSON, got "<xml>/);
mutated('header a list.safetensors', Buffer.concat([length(2), Buffer.from('[]')]), /expected a JSON object, got \[\]/);
mutated('cut in the header.safetensors', good.subarray(0, 200), /header length of \d+ bytes exceeds the 192 bytes/);
mutated(
  'cut in the data.safetensors',
  good.subarray(0, good.length - 100),
  /ends at byte \d+, but there are only \d+ bytes/,
);
mutated(
  'bytes too many.safetensors',
  Buffer.concat([good, PNG]),
  /expected \d+ bytes of data after the header, got \d+/,
);
mutated(
  'unknown number type.safetensors',
  withEntry('conv1.weight', (e) => (e.dtype = 'F8_E4M3')),
  /'conv1.weight': expected number type F16, .* got F8_E4M3/,
);
mutated(
  'number type of an inherited name.safetensors',
  withEntry('conv1.weight', (e) => (e.dtype = 'constructor')),
  /expected number type .* got constructor/,
);
mutated(
  'offsets outside.safetensors',
  withEntry('fc.bias', (e) => (e.data_offsets = [1e9, 1e9 + 20])),
  /'fc.bias': ends at byte 1000000020/,
);
mutated(
  'offsets overlapping.safetensors',
  withEntry('fc.bias', (e) => (e.data_offsets = [0, 20])),
  /expected its data at byte \d+, where the tensor before it ends/,
);
mutated(
  'offsets and shape disagree.safetensors',
  withEntry('fc.bias', (e) => (e.shape = [6])),
  /'fc.bias': F32 \[6\] takes 24 bytes, data_offsets .* give 20/,
);
mutated(
  'negative shape.safetensors',
  withEntry('fc.bias', (e) => (e.shape = [-5])),
  /'fc.bias': expected dtype, shape and data_offsets/,
);
mutated(
  'missing tensor.safetensors',
  withTensors((t) => t.delete('layer2.0.bn1.running_var')),
  /missing tensors: 'layer2.0.bn1.running_var' \(layer bn3\)/,
);
mutated(
  'missing head.safetensors',
  withTensors((t) => t.delete('fc.weight')),
  /tensor 'fc.weight' is missing/,
);
mutated(
  'extra tensor.safetensors',
  withTensors((t) => t.set('aux.weight', { shape: [1], values: new Float32Array(1) })),
  /without a place in model resnet8: 'aux.weight'/,
);
mutated(
  'transposed.safetensors',
  withTensors((t) => (t.get('layer2.0.conv1.weight')!.shape = [3, 3, 4, 8])),
  /'layer2.0.conv1.weight' \[3, 3, 4, 8\] does not fit 4 channels/,
);
mutated(
  'wrong rank.safetensors',
  withTensors((t) => (t.get('conv1.weight')!.shape = [4, 27])),
  /'conv1.weight': expected 4 axes, got \[4, 27\]/,
);
mutated(
  'a NaN.safetensors',
  withTensors((t) => (t.get('layer3.0.conv2.weight')!.values[7] = NaN)),
  /'layer3.0.conv2.weight' \(layer conv6\): expected finite numbers, got NaN at position 7/,
);
mutated(
  'an infinity.safetensors',
  withTensors((t) => (t.get('fc.bias')!.values[0] = -Infinity)),
  /'fc.bias' \(layer fc0\): expected finite numbers, got -Infinity/,
);
mutated(
  'integer weights.safetensors',
  withEntry('fc.bias', (e) => (e.dtype = 'I32')),
  /'fc.bias' \(layer fc0\): expected floating-point numbers, got I32/,
);
mutated('class count.safetensors', withMetadata({ classes: '10' }), /metadata declare 10 classes, 'fc.weight' has 5/);
mutated('other epsilon.safetensors', withMetadata({ bn_eps: '0.001' }), /epsilon 0.00001, its metadata say 0.001/);
mutated(
  'two means.safetensors',
  withMetadata({ mean: '[0.1, 0.2]', std: '[1, 1, 1]' }),
  /metadata 'mean': expected a list of 3 numbers, got "\[0.1, 0.2\]"/,
);
mutated(
  'zero deviation.safetensors',
  withMetadata({ mean: '[0, 0, 0]', std: '[1, 0, 1]' }),
  /metadata 'std': expected a list of 3 positive numbers/,
);
mutated('mean without deviation.safetensors', withMetadata({ mean: '[0, 0, 0]' }), /metadata 'std': expected/);
mutated(
  'uneven stages.safetensors',
  withTensors((t) => t.set('layer3.1.conv1.weight', { shape: [1], values: new Float32Array(1) })),
  /three stages of equally many blocks, got 1, 1, 2/,
);
mutated(
  'four stages.safetensors',
  withTensors((t) => t.set('layer4.0.conv1.weight', { shape: [1], values: new Float32Array(1) })),
  /tensor 'layer4.0.conv1.weight': expected 4 axes, got \[1\]/,
);
mutated(
  'another network.safetensors',
  safetensorsBytes(new Map([['features.0.weight', { shape: [1], values: new Float32Array(1) }]])),
  /weights without a network: their names \(features.0.weight\) are not those of ResNet/,
);
mutated('no tensors.safetensors', safetensorsBytes(new Map()), /their names \(none\) are not those of/);
mutated('a model.xyz', PNG, /expected a model file ending in/);
test('the content says what a file is, not its ending', async () => {
  const file = path.join(folder, 'weights.bin');
  fs.writeFileSync(file, good);
  (await loadModel(file)).model.dispose();
});

test('a file that is not there', () => refused(path.join(folder, 'nowhere.safetensors'), /cannot be read \(ENOENT\)/));
test('a folder', async () => {
  const file = path.join(folder, 'folder.h5');
  fs.mkdirSync(file);
  await refused(file, /expected a model in this folder .*found nothing/);
});

// npz --------------------------------------------------------------------------------------------------------------
const float = Buffer.from(new Float32Array([1, 2, 3]).buffer);
const zip = zipBytes({ 'conv1.weight.npy': npyBytes('<f4', [3], float) }, true);
const zipped = (npy: Buffer) => zipBytes({ 'conv1.weight.npy': npy }, false);
mutated('cut.npz', zip.subarray(0, zip.length - 30), /expected a ZIP archive/);
mutated('a png.npz', PNG, /expected a ZIP archive/);
mutated('damaged deflate.npz', patched(zip, 46, Buffer.from('ffffffffffff', 'hex')), /'conv1.weight.npy': /);
mutated('damaged array.npz', patched(zipped(npyBytes('<f4', [3], float)), 46 + 120, PNG), /CRC-32 does not match/);
mutated(
  'complex numbers.npz',
  zipped(npyBytes('<c8', [3], Buffer.alloc(24))),
  /array 'conv1.weight': expected number type .*f2, .* got <c8/,
);
mutated('not an array.npz', zipped(PNG), /array 'conv1.weight': expected an .npy array, got the bytes 89504e470d0a/);
mutated('array too short.npz', zipped(npyBytes('<f4', [4], float)), /<f4 \[4\] takes 16 bytes, got 12/);
mutated('another network.npz', zip, /weights without a network: their names \(conv1.weight\)/);

// Keras h5 ---------------------------------------------------------------------------------------------------------
function keras(name: string, options: KerasFixture, message: RegExp, edit = (bytes: Buffer) => bytes): void {
  test(name, async () => {
    const file = path.join(folder, name.replace(/[^\w.]+/g, '-'));
    await writeKerasH5(file, options);
    fs.writeFileSync(file, edit(fs.readFileSync(file)));
    await refused(file, message);
  });
}
const config = (edit: (layer: { class_name: string; config: Record<string, unknown> }) => void) => {
  const copy = structuredClone(KERAS_DENSE_CONFIG);
  edit(copy.config.layers[0]);
  return JSON.stringify(copy);
};
mutated('a png.h5', PNG, /expected an HDF5 file, got the bytes 89504e47/);
mutated('empty.h5', Buffer.alloc(0), /got an empty file/);
keras('cut.h5', {}, /damaged HDF5 file: truncated file/, (bytes) => bytes.subarray(0, bytes.length / 2));
keras('damaged inside.h5', {}, /damaged HDF5 file|expected/, (bytes) => bytes.fill(0x5a, 200, bytes.length - 200));
keras(
  'weights only.h5',
  { config: null },
  /expected a Keras model with an attribute model_config, found weights alone/,
);
keras('no weights.h5', { weights: false }, /HDF5|expected a group 'model_weights'/);
keras(
  'integer weights.h5',
  { dtype: '<i' },
  /'dense\/kernel' \(layer dense\): expected floating-point numbers, got int32/,
);
keras('config not JSON.h5', { config: '{' }, /model_config: expected JSON/);
keras('config a list.h5', { config: '[]' }, /model_config: expected a JSON object/);
keras(
  'unknown layer.h5',
  { config: config((layer) => (layer.class_name = 'MultiHeadAttention')) },
  /unknown layer type 'MultiHeadAttention'/,
);
keras(
  'units disagree.h5',
  { config: config((layer) => (layer.config['units'] = 4)) },
  /'dense\/kernel' \(layer dense\): expected \[3, 4\], got \[3, 2\]/,
);

// tfjs -------------------------------------------------------------------------------------------------------------
interface ModelJson {
  format: string;
  modelTopology?: {
    config: { layers: { class_name: string; config: Record<string, unknown>; inbound_nodes: unknown }[] };
  };
  weightsManifest?: { paths: string[]; weights: { name: string; shape: number[]; dtype: string }[] }[];
  userDefinedMetadata?: Record<string, unknown>;
}
function tfjs(name: string, message: RegExp, edit: (json: ModelJson, shard: string) => void, inShard = false): void {
  test(`tfjs: ${name}`, async () => {
    const target = path.join(folder, name.replace(/\W+/g, '-'));
    const model = resNetCifar(8, { width: 0.25 });
    const file = await saveModel(model, target);
    model.dispose();
    const json = JSON.parse(fs.readFileSync(file, 'utf8')) as ModelJson;
    const shard = path.join(target, json.weightsManifest![0].paths[0]);
    edit(json, shard);
    fs.writeFileSync(file, JSON.stringify(json));
    if (inShard)
      await assert.rejects(
        loadModel(file),
        (error: Error) => error instanceof ModelError && error.message.startsWith(shard) && message.test(error.message),
      );
    else await refused(file, message);
  });
}
const layer = (json: ModelJson, kind: string) => json.modelTopology!.config.layers.find((l) => l.class_name === kind)!;
mutated('not json.json', PNG, /expected JSON/);
mutated('null.json', Buffer.from('null'), /expected a JSON object, got null/);
tfjs('no topology', /with a modelTopology, found format/, (json) => delete json.modelTopology);
tfjs('a graph model', /got a graph model/, (json) => (json.format = 'graph-model'));
tfjs('no manifest', /expected a weightsManifest/, (json) => delete json.weightsManifest);
tfjs('missing shard', /cannot be read \(ENOENT\)/, (_, shard) => fs.rmSync(shard), true);
tfjs('empty shard', /got an empty file/, (_, shard) => fs.truncateSync(shard), true);
tfjs('shard too short', /its \d+ weights take \d+ bytes, weights-\w+\.bin has \d+/, (_, shard) =>
  fs.truncateSync(shard, 1000),
);
tfjs('shard too long', /its \d+ weights take \d+ bytes/, (_, shard) => fs.appendFileSync(shard, 'more'));
tfjs(
  'shard elsewhere',
  /'\.\.\/secret\.bin' lies outside the model's folder/,
  (json) => (json.weightsManifest![0].paths = ['../secret.bin']),
);
tfjs('weight not listed', /missing tensors: 'fc0\/bias' \(layer fc0\)/, (json, shard) => {
  const weights = json.weightsManifest![0].weights;
  const at = weights.findIndex((spec) => spec.name === 'fc0/bias');
  const offset = weights.slice(0, at).reduce((n, spec) => n + 4 * spec.shape.reduce((a, b) => a * b, 1), 0);
  const bytes = fs.readFileSync(shard);
  fs.writeFileSync(shard, Buffer.concat([bytes.subarray(0, offset), bytes.subarray(offset + 40)]));
  weights.splice(at, 1);
});
tfjs('weight renamed', /missing tensors: 'fc0\/bias'.*without a place in model resnet8: 'fc9\/bias'/, (json) => {
  json.weightsManifest![0].weights.find((spec) => spec.name === 'fc0/bias')!.name = 'fc9/bias';
});
tfjs(
  'text weights',
  /'\S+': expected number type .* got string/,
  (json) => (json.weightsManifest![0].weights[0].dtype = 'string'),
);
tfjs('a NaN', /'conv0\/kernel' \(layer conv0\): expected finite numbers, got NaN at position 0/, (_, shard) => {
  const bytes = fs.readFileSync(shard);
  bytes.writeFloatLE(NaN, 0);
  fs.writeFileSync(shard, bytes);
});
tfjs('unknown layer', /unknown layer type 'Teleport'/, (json) => (layer(json, 'Add').class_name = 'Teleport'));
tfjs(
  'shortcut without sources',
  /\(SubsampleChannels\) does not fit: .*sources must be a list/,
  (json) => delete layer(json, 'SubsampleChannels').config['sources'],
);
tfjs(
  'shortcut outside its input',
  /channel 99 is outside the input's 4 channels/,
  (json) => (layer(json, 'SubsampleChannels').config['sources'] = [99, 0, 0, 0, 0, 0, 0, 0]),
);
tfjs('input from nowhere', /layer 'add2' takes its input from 'elsewhere'/, (json) => {
  (layer(json, 'Add').inbound_nodes as unknown[][][])[0][0][0] = 'elsewhere';
});
tfjs('a loop', /takes its input from its own output/, (json) => {
  (layer(json, 'BatchNormalization').inbound_nodes as unknown[][][])[0][0][0] = 'relu2';
});
tfjs('two layers of one name', /two layers are called 'conv0'/, (json) => {
  json.modelTopology!.config.layers.push(layer(json, 'Conv2D'));
});
tfjs('a call without inputs', /layer 'add2' takes its input from nowhere/, (json) => {
  layer(json, 'Add').inbound_nodes = [{ args: [], kwargs: {} }];
});
tfjs(
  'topology without layers',
  /expected the description of a Keras model/,
  (json) => (json.modelTopology = { config: {} } as never),
);
tfjs(
  'three class names',
  /classNames: expected 10 names, one per output, got 3/,
  (json) => (json.userDefinedMetadata = { classNames: ['a', 'b', 'c'] }),
);
tfjs(
  'negative deviation',
  /normalisation: expected mean and std as equally many numbers, each std above 0/,
  (json) => (json.userDefinedMetadata = { normalisation: { mean: [0, 0, 0], std: [-1, 1, 1] } }),
);

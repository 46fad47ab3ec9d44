import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import zlib from 'node:zlib';
import { seedStream } from '../run/mt19937.js';

/** For tests: writers of small weight files, independent of the readers. */
export interface FixtureTensor {
  shape: number[];
  values: Float32Array;
}

/** A folder of its own for one test file, removed when the process ends. */
export function temporaryFolder(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'modulab-models-'));
  process.on('exit', () => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The state dict of a PyTorch CIFAR ResNet of one block per stage with a stem of 4, 5 classes, filled at random. */
export function torchResNet8(shortcut: 'A' | 'downsample' | 'shortcut'): Map<string, FixtureTensor> {
  const rng = seedStream(1, 'fixture');
  const tensors = new Map<string, FixtureTensor>();
  const put = (name: string, shape: number[], positive = false) => {
    const values = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => rng.nextNormal() * 0.3);
    tensors.set(name, { shape, values: positive ? values.map((v) => Math.abs(v) + 0.5) : values });
  };
  const bn = (name: string, channels: number) => {
    for (const part of ['weight', 'bias', 'running_mean', 'running_var']) {
      put(`${name}.${part}`, [channels], part === 'running_var');
    }
  };
  put('conv1.weight', [4, 3, 3, 3]);
  bn('bn1', 4);
  for (const [stage, width] of [4, 8, 16].entries()) {
    const block = `layer${stage + 1}.0`;
    const before = stage === 0 ? 4 : width / 2;
    put(`${block}.conv1.weight`, [width, before, 3, 3]);
    bn(`${block}.bn1`, width);
    put(`${block}.conv2.weight`, [width, width, 3, 3]);
    bn(`${block}.bn2`, width);
    if (shortcut !== 'A' && stage > 0) {
      put(`${block}.${shortcut}.0.weight`, [width, before, 1, 1]);
      bn(`${block}.${shortcut}.1`, width);
    }
  }
  const head = shortcut === 'downsample' ? 'fc' : 'linear';
  put(`${head}.weight`, [5, 16]);
  put(`${head}.bias`, [5]);
  return tensors;
}

export interface SafetensorsEntry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}
export type SafetensorsHeader = Record<string, SafetensorsEntry | Record<string, string>>;

/** safetensors bytes; `edit` may change the header before it is written. */
export function safetensorsBytes(
  tensors: Map<string, FixtureTensor>,
  metadata: Record<string, string> = {},
  edit: (header: SafetensorsHeader) => void = () => {},
): Buffer {
  const header: SafetensorsHeader = { __metadata__: metadata };
  const parts: Buffer[] = [];
  let at = 0;
  for (const [name, { shape, values }] of tensors) {
    header[name] = { dtype: 'F32', shape, data_offsets: [at, at + values.byteLength] };
    parts.push(Buffer.from(values.slice().buffer));
    at += values.byteLength;
  }
  edit(header);
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, ...parts]);
}

/** One .npy array. */
export function npyBytes(descr: string, shape: number[], data: Uint8Array, fortranOrder = false): Buffer {
  const dims = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const text = `{'descr': '${descr}', 'fortran_order': ${fortranOrder ? 'True' : 'False'}, 'shape': (${dims}), }`;
  const header = Buffer.from(text.padEnd(Math.ceil((text.length + 11) / 64) * 64 - 11) + '\n', 'latin1');
  const start = Buffer.from('\x93NUMPY\x01\x00\x00\x00', 'latin1');
  start.writeUInt16LE(header.length, 8);
  return Buffer.concat([start, header, data]);
}

/** A ZIP archive of the given files. */
export function zipBytes(files: Record<string, Buffer>, deflate: boolean): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const [name, content] of Object.entries(files)) {
    const packed = deflate ? zlib.deflateRawSync(content) : content;
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(deflate ? 8 : 0, 4);
    fields.writeUInt32LE(zlib.crc32(content), 10);
    fields.writeUInt32LE(packed.length, 14);
    fields.writeUInt32LE(content.length, 18);
    fields.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), fields, Buffer.from(name), packed]);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(at, 10);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00', 'latin1'), fields, place, Buffer.from(name)]));
    locals.push(local);
    at += local.length;
  }
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(directory.length, 8);
  end.writeUInt16LE(directory.length, 10);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...locals, ...directory, end]);
}

/** Settings of a small Keras 2 model file: one dense layer of 3 inputs and 2 outputs. */
export interface KerasFixture {
  /** null leaves the attribute out. */
  config?: string | null;
  weights?: boolean;
  dtype?: '<f' | '<i';
}

export const KERAS_DENSE_CONFIG = {
  class_name: 'Sequential',
  config: {
    name: 'sequential',
    layers: [
      {
        class_name: 'Dense',
        config: {
          name: 'dense',
          trainable: true,
          batch_input_shape: [null, 3],
          dtype: 'float32',
          units: 2,
          activation: 'softmax',
          use_bias: true,
          kernel_initializer: { class_name: 'GlorotUniform', config: { seed: null } },
          kernel_regularizer: { class_name: 'L2', config: { l2: 0.5 } },
        },
      },
    ],
  },
  keras_version: '2.4.0',
  backend: 'tensorflow',
};

/** Writes the file as Keras 2 does: kernel [[0, 1], [2, 3], [4, 5]], bias [6, 7]. */
export async function writeKerasH5(file: string, options: KerasFixture = {}): Promise<void> {
  const { config = JSON.stringify(KERAS_DENSE_CONFIG), weights = true, dtype = '<f' } = options;
  const h5 = await import('h5wasm/node');
  await h5.ready;
  const out = new h5.File(file, 'w');
  if (config !== null) out.create_attribute('model_config', config);
  if (weights) {
    const root = out.create_group('model_weights');
    root.create_attribute('layer_names', ['dense']);
    const layer = root.create_group('dense');
    layer.create_attribute('weight_names', ['dense/kernel:0', 'dense/bias:0']);
    const inner = layer.create_group('dense');
    inner.create_dataset({ name: 'kernel:0', data: [0, 1, 2, 3, 4, 5], shape: [3, 2], dtype });
    inner.create_dataset({ name: 'bias:0', data: [6, 7], shape: [2], dtype });
  }
  out.close();
}

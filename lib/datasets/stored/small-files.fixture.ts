/** Small files of every stored set, as they should be, for tests that change them. */
import { deflateSync, gzipSync } from 'node:zlib';
import jpeg from 'jpeg-js';
import { PNG } from 'pngjs';

export function cifar(
  records: number,
  labelBytes: number,
  change: (bytes: Buffer) => Buffer | void = () => {},
): Buffer {
  const record = labelBytes + 3072;
  const bytes = Buffer.alloc(records * record);
  for (let i = 0; i < bytes.length; i++) bytes[i] = (i * 7) & 255;
  for (let r = 0; r < records; r++) for (let k = 0; k < labelBytes; k++) bytes[r * record + k] = r % 10;
  return change(bytes) ?? bytes;
}

export function idx(
  type: number,
  shape: number[],
  fill: (i: number) => number,
  length = shape.reduce((a, b) => a * b, 1),
): Buffer {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header.set([0, 0, type, shape.length]);
  shape.forEach((size, d) => header.writeUInt32BE(size, 4 + 4 * d));
  return Buffer.concat([header, Buffer.from(Array.from({ length }, (_, i) => fill(i)))]);
}

function element(type: number, data: Buffer): Buffer {
  const tag = Buffer.alloc(8);
  tag.writeUInt32LE(type, 0);
  tag.writeUInt32LE(data.length, 4);
  return Buffer.concat([tag, data, Buffer.alloc(type === 15 ? 0 : (8 - (data.length % 8)) % 8)]);
}

function int32(...values: number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, i) => bytes.writeInt32LE(value, 4 * i));
  return bytes;
}

export function matVariable(name: string, dims: number[], data: Buffer, matClass = 9, storage = 2): Buffer {
  const parts = [element(6, int32(matClass, 0)), element(5, int32(...dims)), element(1, Buffer.from(name))];
  return element(14, Buffer.concat([...parts, element(storage, data)]));
}

export function mat(...variables: Buffer[]): Buffer {
  const header = Buffer.alloc(128, ' ');
  header.write('MATLAB 5.0 MAT-file');
  header.set([0, 1, 0x49, 0x4d], 124);
  return Buffer.concat([header, ...variables.map((variable) => element(15, deflateSync(variable)))]);
}

export const svhnX = matVariable('X', [32, 32, 3, 2], Buffer.alloc(6144, 9));
export const svhnY = (...labels: number[]): Buffer => matVariable('y', [labels.length, 1], Buffer.from(labels));

export function png(width: number, height: number): Buffer {
  const image = new PNG({ width, height });
  for (let i = 0; i < image.data.length; i++) image.data[i] = (i * 13) & 255;
  return PNG.sync.write(image);
}

export const jpegBytes = (): Buffer =>
  Buffer.from(jpeg.encode({ width: 16, height: 16, data: Buffer.alloc(1024, 99) }).data);

export const images = (count: number): Buffer => idx(8, [count, 4, 4], (i) => i & 255);
export const idxLabels = (count: number): Buffer => idx(8, [count], (i) => i % 10);

const CIFAR10 = { 'cifar-10/data_batch_1.bin': cifar(3, 1), 'cifar-10/test_batch.bin': cifar(2, 1) };
const CIFAR100 = { 'cifar-100/train.bin': cifar(3, 2), 'cifar-100/test.bin': cifar(2, 2) };
const MNIST = {
  'mnist/train-images-idx3-ubyte': images(5),
  'mnist/train-labels-idx1-ubyte': idxLabels(5),
  'mnist/t10k-images-idx3-ubyte.gz': gzipSync(images(3)),
  'mnist/t10k-labels-idx1-ubyte.gz': gzipSync(idxLabels(3)),
};
const SVHN = { 'svhn/train_32x32.mat': mat(svhnX, svhnY(10, 3)), 'svhn/test_32x32.mat': mat(svhnX, svhnY(1, 9)) };
const FOLDER = {
  'train/cat/a.png': png(8, 8),
  'train/dog/b.png': png(8, 8),
  'test/cat/c.png': png(8, 8),
};

export type Files = Record<string, Buffer | null>;
export type Base = 'cifar10' | 'cifar100' | 'mnist' | 'svhn' | 'folder';
export const BASES: Record<Base, Files> = {
  cifar10: CIFAR10,
  cifar100: CIFAR100,
  mnist: MNIST,
  svhn: SVHN,
  folder: FOLDER,
};

export function flipped(bytes: Buffer, at: number): Buffer {
  bytes.writeUInt8(bytes.readUInt8(at) ^ 0x10, at);
  return bytes;
}

export function matHeaderChanged(values: number[]): Buffer {
  const bytes = mat(svhnX, svhnY(10, 3));
  bytes.set(values, 124);
  return bytes;
}

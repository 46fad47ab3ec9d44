import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { DataError } from '../../errors.js';
import { loadDataset } from '../load.js';

async function folderWith(t: TestContext, files: Record<string, Buffer>): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'modulab-names-'));
  t.after(() => rm(folder, { recursive: true }));
  for (const [name, bytes] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), bytes);
  }
  return folder;
}

/** A pickle of Python 2 (protocol 2), as the official files are: a dictionary of an array of bytes and lists of numbers. */
function pickle(
  images: Buffer,
  lists: Record<string, number[]>,
  array = 'numpy.core.multiarray\n_reconstruct\n',
): Buffer {
  const short = (text: string): Buffer =>
    Buffer.concat([Buffer.from([0x55, text.length]), Buffer.from(text, 'latin1')]);
  const int = (value: number): Buffer => {
    const bytes = Buffer.alloc(5, 0x4a);
    bytes.writeInt32LE(value, 1);
    return bytes;
  };
  const long = Buffer.alloc(5, 0x54);
  long.writeInt32LE(images.length, 1);
  const text = (value: string): Buffer => Buffer.from(value, 'latin1');
  const dtype = [text('cnumpy\ndtype\n'), short('u1'), int(0), int(1), text('\x87R'), text('('), int(3), short('|'), text('NNN'), int(-1), int(-1), int(0), text('tb')]; // prettier-ignore
  const data = [
    ...[short('data'), text(`c${array}`), text('cnumpy\nndarray\n'), int(0), text('\x85'), short('b'), text('\x87R')],
    ...[
      text('('),
      int(1),
      int(images.length / 3072),
      int(3072),
      text('\x86'),
      ...dtype,
      text('\x89'),
      long,
      images,
      text('tb'),
    ],
  ];
  const entries = Object.entries(lists).flatMap(([key, values]) => [
    short(key),
    text(']('),
    ...values.map(int),
    text('e'),
  ]);
  return Buffer.concat([text('\x80\x02}('), ...data, ...entries, text('u.')]);
}

const planes = (count: number, seed: number): Buffer =>
  Buffer.from(Array.from({ length: count * 3072 }, (_, i) => (i * 7 + seed) & 255));

/** The same images and labels as records of the binary version. */
const records = (images: Buffer, ...labels: number[][]): Buffer =>
  Buffer.concat(
    labels[0].map((_, i) =>
      Buffer.concat([Buffer.from(labels.map((list) => list[i])), images.subarray(i * 3072, (i + 1) * 3072)]),
    ),
  );

test("CIFAR-10's python version is read as its binary version", async (t) => {
  const [train, unseen] = [planes(3, 1), planes(2, 9)];
  const python = await folderWith(t, {
    'cifar-10-batches-py/data_batch_1': pickle(train, { labels: [3, 9, 0] }),
    'cifar-10-batches-py/data_batch_2': pickle(unseen, { labels: [5, 5] }),
    'cifar-10-batches-py/test_batch': pickle(unseen, { labels: [1, 8] }),
  });
  const binary = await folderWith(t, {
    'cifar-10/data_batch_1.bin': records(train, [3, 9, 0]),
    'cifar-10/data_batch_2.bin': records(unseen, [5, 5]),
    'cifar-10/test_batch.bin': records(unseen, [1, 8]),
  });
  const [a, b] = [await loadDataset('cifar10', { dir: python }), await loadDataset('cifar10', { dir: binary })];
  assert.deepEqual([a.train, a.test], [b.train, b.test]);
  assert.equal(a.train.labels.length, 5);
});

test("CIFAR-100's python version is read as its binary version", async (t) => {
  const images = planes(2, 4);
  const [coarse, fine] = [[4, 19], [0, 99]]; // prettier-ignore
  const file = pickle(images, { fine_labels: fine, coarse_labels: coarse });
  const python = await folderWith(t, { 'cifar-100-python/train': file, 'cifar-100-python/test': file });
  const bytes = records(images, coarse, fine);
  const binary = await folderWith(t, { 'cifar-100/train.bin': bytes, 'cifar-100/test.bin': bytes });
  for (const options of [{}, { labels: 'coarse' }, { patch9: true }] as const) {
    const [a, b] = await Promise.all([python, binary].map((dir) => loadDataset('cifar100', { dir, ...options })));
    assert.deepEqual(a.train, b.train);
  }
});

/** What Python 3 and numpy 2 write by each protocol, gzipped: an image whose first 3000 bytes are 200 and the others 9, of label 7. */
// prettier-ignore
const WRITTEN_ANEW: Readonly<Record<number, string>> = {
  0: 'H4sIAHuFDWsC/+2XMY6DMBBF6/0noVlkmxCTI9BQpEgbGWNFkQgZgSmQ9oB7rJ2BPcIWW8yTRvqy//yxyykGMoj3+B5SXJAmESCL4jaGPo0LyIFlfk4WVCHTCVeqUYx0RusRlod4h5ADyOMhjoYdF8RpfdFWcvKcytc65meY57DhPqf4npY8rzHzIIPicGIaDgNZTmwNB1mHPb3ns+rItjLe1qLOojxb7V5tZbyT8+Z3NIa8kfzlwhErv94ZtEbKss1ZbneOWyvcvviyQtd17ScHScl4d0IvDfsbvhVFURRFURRF+fd8/BG8IdTHCuJk8XBeVIN+KX8AGHG9GkINAAA=',
  2: 'H4sIAHuFDWsC/+3ZSWrDMBgFYNlJk8ZN5yGdDuCVIdeIqBdaeVOCPEACjpNnywtDC900w42678FaZbhBu3z/B0Lil56014f7DuEn42SeZknlZcV24sGJOkKIXMdZXsE9LMy0GKK1RFvh6BUd2dUTJ2rbVqqNRndiW8cKvaSoZ4smsJFlFszq3Ex1WerGG5dZMi8qU9aJ8eDtt3lFuu/iRIpP9G2iYxNjnG7jzhTOV7hQuPSlI50X0V/i6nAwNc3CvvQ6cu3+eoibzXqFW4U7X7Z2GW8YhGE4+rG1G6QwuI839oavgRDfayIiIiIiIiIiIiIi+qvePxUeth8DjwpPBs9xHfwCyzYtVsEYAAA=',
  5: 'H4sIAHuFDWsC/2tgnTqBhwEMaqdoOLPlJCal5hRPiZ3izZ7ozJKSWJI4pUc4rzS3oFIvPjm/KFUPyE4tykye0sMdn1aUn5tUmpaWWjRl8hSNaQxQc06MglEwCkbBKBgFo2AUjIJRMAoGPeCkEpjSwwruMADplJLKglRg56CHqdRwSmdH+5SgKRrezD2MNVP8/Py8/gMBmPBmKJmS5M3oy8DTNqWH0XlKCVBdqR4A539tc5sMAAA=',
};

test('CIFAR batches that Python 3 has written anew, by any protocol', async (t) => {
  for (const [protocol, base64] of Object.entries(WRITTEN_ANEW)) {
    const batch = gunzipSync(Buffer.from(base64, 'base64'));
    const dir = await folderWith(t, {
      'cifar-10-batches-py/data_batch_1': batch,
      'cifar-10-batches-py/test_batch': batch,
    });
    const { pixels, labels } = (await loadDataset('cifar10', { dir })).train;
    assert.deepEqual([[...labels], pixels.subarray(0, 6).join(), pixels.subarray(-3).join()], [[7], '200,200,200,200,200,200', '200,200,9'], protocol); // prettier-ignore
  }
});

test('sets in the folders that archives and other programs make, and an archive that nobody has unpacked', async (t) => {
  const image = planes(1, 3);
  for (const within of ['cifar-10-python/cifar-10-batches-py', 'CIFAR10/cifar-10-batches-py', 'cifar10']) {
    const batch = pickle(image, { labels: [4] });
    const dir = await folderWith(t, { [`${within}/data_batch_1`]: batch, [`${within}/test_batch`]: batch });
    assert.deepEqual([...(await loadDataset('cifar10', { dir })).test.labels], [4]);
  }
  const packed = await folderWith(t, { 'cifar-10/cifar-10-python.tar.gz': Buffer.from('x') });
  await assert.rejects(loadDataset('cifar10', { dir: packed }), /there is .*cifar-10-python\.tar\.gz: unpack it/);
});

test('pickles that are damaged, run something, or hold something else', async (t) => {
  const images = planes(2, 4);
  const good = pickle(images, { labels: [1, 2] });
  const wrong: [RegExp, Buffer][] = [
    [/cut short/, good.subarray(0, 4000)],
    [/names 'os\.system'/, pickle(images, { labels: [1, 2] }, 'os\nsystem\n')],
    [/expected 2 labels, one for each image, got 1/, pickle(images, { labels: [1] })],
    [/expected 2 labels, one for each image, got none/, pickle(images, { names: [1, 2] })],
    [/whole numbers as labels, got -1 for image 1/, pickle(images, { labels: [1, -1] })],
    [/expected a label from 0 to 9, got 77/, pickle(images, { labels: [1, 77] })],
    [/expected a pickled dictionary/, Buffer.from('\x80\x02]q\x00.', 'latin1')],
  ];
  for (const [message, bytes] of wrong) {
    const dir = await folderWith(t, {
      'cifar-10-batches-py/data_batch_1': bytes,
      'cifar-10-batches-py/test_batch': good,
    });
    await assert.rejects(
      loadDataset('cifar10', { dir }),
      (e) => e instanceof DataError && message.test(e.message),
      String(message),
    );
  }
});

test('MNIST under the names by which it is handed on', async (t) => {
  const idx = (shape: number[], bytes: number[]): Buffer => {
    const header = Buffer.alloc(4 + 4 * shape.length);
    header.set([0, 0, 8, shape.length]);
    shape.forEach((size, d) => header.writeUInt32BE(size, 4 + 4 * d));
    return Buffer.concat([header, Buffer.from(bytes)]);
  };
  const content = { images: idx([2, 1, 1], [7, 8]), labels: idx([2], [3, 4]) };
  for (const nameOf of [
    (file: string) => file.replace('-idx', '.idx'),
    (file: string) => `${file}/${file}`,
    (file: string) => `${file}/${file.replace('-idx', '.idx')}`,
  ]) {
    const files: Record<string, Buffer> = {};
    for (const part of ['train', 't10k']) {
      files[`mnist/${nameOf(`${part}-images-idx3-ubyte`)}`] = content.images;
      files[`mnist/${nameOf(`${part}-labels-idx1-ubyte`)}`] = content.labels;
    }
    const { train, test: unseen } = await loadDataset('mnist', { dir: await folderWith(t, files) });
    assert.deepEqual([[...train.pixels], [...unseen.labels]], [[7, 8], [3, 4]]); // prettier-ignore
  }
});

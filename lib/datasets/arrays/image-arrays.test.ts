import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { DataError, OptionError } from '../../errors.js';
import { npyBytes, zipBytes } from '../../models/weight-files.fixture.js';
import { imageFolder } from '../folder/image-folder.js';
import { imageArrays } from './image-arrays.js';

const bytesOf = (values: Float32Array | Float64Array | Uint16Array | BigInt64Array | Int32Array) =>
  new Uint8Array(values.buffer);
const bytes = (...values: number[]) => Uint8Array.from(values);
/** n images of 2×3 with these channels, image i of the value 10 · i + channel. */
const pictures = (n: number, channels: number, first = false): number[] =>
  Array.from({ length: n * 6 * channels }, (_, at) => {
    const image = Math.floor(at / (6 * channels));
    const channel = first ? Math.floor((at % (6 * channels)) / 6) : at % channels;
    return 10 * image + channel;
  });

async function written(t: TestContext, name: string, content: Buffer): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'modulab-arrays-'));
  t.after(() => rm(folder, { recursive: true }));
  const file = path.join(folder, name);
  await writeFile(file, content);
  return file;
}

const npz = (arrays: Record<string, Buffer>): Buffer =>
  zipBytes(Object.fromEntries(Object.entries(arrays).map(([name, array]) => [`${name}.npy`, array])), true);

const LABELS = npyBytes('<i8', [4], bytesOf(BigInt64Array.of(7n, 3n, 3n, 7n)));
const TEST_LABELS = npyBytes('|u1', [2, 1], bytes(3, 7));

test('Keras names, bytes, labels that do not start at 0', async (t) => {
  const file = await written(
    t,
    'set.npz',
    npz({
      x_train: npyBytes('|u1', [4, 2, 3, 3], bytes(...pictures(4, 3))),
      y_train: LABELS,
      x_test: npyBytes('|u1', [2, 2, 3, 3], bytes(...pictures(2, 3))),
      y_test: TEST_LABELS,
    }),
  );
  const { train, test: other, classNames, report } = await imageArrays(file);
  assert.deepEqual(classNames, ['3', '7']);
  assert.deepEqual([...train.labels], [1, 0, 0, 1]);
  assert.deepEqual([...other.labels], [0, 1]);
  assert.deepEqual(train.imageShape, [2, 3, 3]);
  assert.deepEqual([...train.pixels], pictures(4, 3));
  assert.match(report.text, /set: 2 classes, 4 images of 2×3×3 to train on, 2 to test on\./);
});

const KINDS: Readonly<Record<string, readonly [dtype: string, data: Uint8Array, change: RegExp | null]>> = {
  'floats from 0 to 1': ['<f4', bytesOf(Float32Array.from(pictures(4, 2), (v) => v / 255)), /from 0 to 1/],
  'floats from 0 to 255': ['<f8', bytesOf(Float64Array.from(pictures(4, 2))), /from 0 to 255/],
  '16 bits': ['<u2', bytesOf(Uint16Array.from(pictures(4, 2), (v) => v * 257)), /from 0 to 65535/],
  integers: ['<i4', bytesOf(Int32Array.from(pictures(4, 2))), null],
};
for (const [what, [dtype, data, change]] of Object.entries(KINDS)) {
  test(`${what}, two channels, become bytes`, async (t) => {
    const images = npyBytes(dtype, [4, 2, 3, 2], data);
    const file = await written(t, 'set.npz', npz({ images, labels: LABELS }));
    const { train, test: drawn, report } = await imageArrays(file, { testShare: 0.5, seed: 1, channels: 'last' });
    assert.deepEqual([...train.labels, ...drawn.labels].sort(), [0, 0, 1, 1]);
    for (const set of [train, drawn]) {
      for (let i = 0; i < set.labels.length; i++) {
        const [first, second] = set.pixels.subarray(i * 12);
        assert.ok(first % 10 === 0 && second === first + 1 && (first === 0 || first === 30) === (set.labels[i] === 1));
      }
    }
    assert.deepEqual(train.normalisation, { mean: [0.5, 0.5], std: [0.5, 0.5] });
    if (change) assert.match(report.text, change);
    else assert.doesNotMatch(report.text, /brought/);
  });
}

test('channels in front move last, one-hot rows are labels, arrays without names are taken by turns', async (t) => {
  const oneHot = Float32Array.of(0, 1, 1, 0, 1, 0, 0, 1);
  const file = await written(
    t,
    'set.npz',
    npz({
      arr_0: npyBytes('|u1', [4, 3, 2, 6], bytes(...pictures(8, 3, true).slice(0, 144))),
      arr_1: npyBytes('<f4', [4, 2], bytesOf(oneHot)),
    }),
  );
  const { train, test: drawn } = await imageArrays(file, { testShare: 0.5, classNames: ['cat', 'dog'] });
  assert.deepEqual(train.imageShape, [2, 6, 3]);
  assert.deepEqual(train.classNames, ['cat', 'dog']);
  assert.equal(train.labels.length + drawn.labels.length, 4);
});

test('a pair of files; grey images; texts as labels', async (t) => {
  const texts = Buffer.alloc(4 * 3 * 4);
  ['cat', 'ant', 'ant', 'cat'].forEach((name, i) => [...name].forEach((letter, k) => texts.writeUInt32LE(letter.codePointAt(0)!, 4 * (3 * i + k)))); // prettier-ignore
  const images = await written(t, 'x.npy', npyBytes('|u1', [4, 2, 3], bytes(...pictures(4, 1))));
  const labels = await written(t, 'y.npy', npyBytes('<U3', [4], texts));
  const { train, classNames } = await imageArrays({ images, labels }, { testShare: 0.5 });
  assert.deepEqual(classNames, ['ant', 'cat']);
  assert.deepEqual(train.imageShape, [2, 3, 1]);
});

const BAD: Readonly<Record<string, readonly [Record<string, Buffer>, RegExp]>> = {
  'more images than labels': [
    { x: npyBytes('|u1', [5, 2, 3], bytes(...pictures(5, 1))), y: LABELS },
    /expected as many labels as images, got 5 images \(x\) and 4 labels \(y\)/,
  ],
  'floats beyond a range': [
    { x: npyBytes('<f4', [4, 2, 3], bytesOf(Float32Array.from(pictures(4, 1), (v) => v - 1))), y: LABELS },
    /expected values from 0 to 255, got -1 to 29\. .*range: \[-1, 29\]/,
  ],
  'not a number': [
    { x: npyBytes('<f4', [4, 2, 3], bytesOf(new Float32Array(24).fill(NaN))), y: LABELS },
    /expected finite numbers, got NaN/,
  ],
  'channels that cannot be told': [
    { x: npyBytes('|u1', [4, 3, 2, 4], bytes(...pictures(4, 4))), y: LABELS },
    /cannot tell from \[4, 3, 2, 4\] which axis has the channels/,
  ],
  'Python objects': [
    { x: npyBytes('|O', [4], bytes(1)), y: LABELS },
    /holds Python objects \(a pickle\), which are not opened/,
  ],
  'a billion images': [{ x: npyBytes('|u1', [1e9, 28, 28], bytes(1)), y: LABELS }, /takes 784000000000 bytes, got 1/],
  'labels that are no classes': [
    {
      x: npyBytes('|u1', [4, 2, 3], bytes(...pictures(4, 1))),
      y: npyBytes('<f4', [4], bytesOf(Float32Array.of(0, 1, 0.5, 1))),
    },
    /expected whole numbers as labels, got 0\.5 for image 2/,
  ],
  'other names': [
    { a: LABELS, b: LABELS },
    /expected arrays of images and labels by such names as x_train .* got a, b/,
  ],
};
for (const [what, [arrays, message]] of Object.entries(BAD)) {
  test(`${what}: refused`, async (t) => {
    const file = await written(t, 'bad.npz', npz(arrays));
    await assert.rejects(
      imageArrays(file, { testShare: 0.5 }),
      (e) => e instanceof DataError && message.test(e.message),
    );
  });
}

test('names that are not as many as the classes, and a share where there are test images', async (t) => {
  const x = npyBytes('|u1', [4, 2, 3], bytes(...pictures(4, 1)));
  const file = await written(t, 'set.npz', npz({ x_train: x, y_train: LABELS, x_val: x, y_val: LABELS }));
  await assert.rejects(imageArrays(file, { classNames: ['a'] }), OptionError);
  assert.equal((await imageArrays(file)).test.labels.length, 4);
});

test('pictures that are arrays lie in class folders like others', async (t) => {
  const zip = await written(
    t,
    'pets.zip',
    zipBytes(
      {
        'train/cat/1.npy': npyBytes('|u1', [2, 3, 3], bytes(...pictures(1, 3))),
        'train/dog/1.npy': npyBytes('<f4', [2, 3], bytesOf(Float32Array.of(0, 1, 0, 1, 0, 1))),
        'test/cat/1.npy': npyBytes('|u1', [2, 3], bytes(9, 9, 9, 9, 9, 9)),
        'test/dog/1.npy': npyBytes('|u1', [2, 3, 1], bytes(8, 9, 9, 9, 9, 9)),
      },
      false,
    ),
  );
  const { train, test: other, report } = await imageFolder(zip, { quiet: true });
  assert.deepEqual([...train.pixels.subarray(0, 6)], [0, 1, 2, 0, 1, 2]);
  assert.deepEqual([...train.pixels.subarray(18, 24)], [0, 0, 0, 255, 255, 255]);
  assert.deepEqual([...other.pixels.subarray(18, 24)], [8, 8, 8, 9, 9, 9]);
  assert.match(report.text, /brought to 256 steps: 1/);
});

test('values that are few of their type are no black pictures', async (t) => {
  const few: [dtype: string, content: Uint8Array, message: RegExp][] = [
    [
      '<u2',
      bytesOf(Uint16Array.from(pictures(4, 2))),
      /got <u2 up to 31, which would be nearly black.*range: \[0, 255\]/,
    ],
    ['<i4', bytesOf(Int32Array.from(pictures(4, 2), (v) => v % 2)), /range: \[0, 1\] \}, or \{ range: \[0, 255\]/],
    ['|u1', bytes(...pictures(4, 2).map((v) => v % 2)), /got \|u1 up to 1/],
    ['<f4', bytesOf(Float32Array.from(pictures(4, 2), (v) => v / 10)), /up to 255, got <f4 up to 3/],
  ];
  for (const [dtype, content, message] of few) {
    const file = await written(t, 'set.npz', npz({ images: npyBytes(dtype, [4, 2, 3, 2], content), labels: LABELS }));
    const options = { testShare: 0.5, channels: 'last' } as const;
    await assert.rejects(imageArrays(file, options), (e) => e instanceof DataError && message.test(e.message));
    await imageArrays(file, { ...options, range: [0, 255] });
  }
});

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { crc32, deflateRawSync } from 'node:zlib';
import { PNG } from 'pngjs';
import { DataError } from '../../errors.js';
import { type ImageFolder, imageFolder } from './image-folder.js';
import type { ImageFolderOptions } from './image-folder-options.js';

/** A grey picture of one value, by which it is known again. */
function png(value: number): Buffer {
  const image = new PNG({ width: 4, height: 4 });
  image.data.fill(value);
  for (let i = 3; i < image.data.length; i += 4) image.data[i] = 255;
  return PNG.sync.write(image);
}

type Files = Record<string, number | string>;

const bytesOf = (content: number | string): Buffer =>
  typeof content === 'number' ? png(content) : Buffer.from(content);

async function scratch(t: TestContext): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'modulab-layouts-'));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
}

async function folderWith(t: TestContext, files: Files): Promise<string> {
  const folder = await scratch(t);
  for (const [name, content] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), bytesOf(content));
  }
  return folder;
}

/** A ZIP archive; `change` may falsify the directory entry of a file. */
function zip(files: Files, change: (directory: Buffer, name: string) => void = () => {}): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const [name, content] of Object.entries(files)) {
    const bytes = bytesOf(content);
    const packed = deflateRawSync(bytes);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(8, 8);
    local.writeUInt16LE(Buffer.byteLength(name), 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(8, 10);
    entry.writeUInt32LE(crc32(bytes), 16);
    entry.writeUInt32LE(packed.length, 20);
    entry.writeUInt32LE(bytes.length, 24);
    entry.writeUInt16LE(Buffer.byteLength(name), 28);
    entry.writeUInt32LE(at, 42);
    change(entry, name);
    directory.push(entry, Buffer.from(name));
    parts.push(local, Buffer.from(name), packed);
    at += 30 + Buffer.byteLength(name) + packed.length;
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(directory.length / 2, 8);
  end.writeUInt16LE(directory.length / 2, 10);
  end.writeUInt32LE(list.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, list, end]);
}

const read = (folder: string, options: ImageFolderOptions = {}): Promise<ImageFolder> =>
  imageFolder(folder, { quiet: true, ...options });

/** First pixel and class of every image. */
const seen = ({ pixels, labels, classNames, imageShape: [h, w, c] }: ImageFolder['train']): [number, string][] =>
  Array.from(labels, (label, i) => [pixels[i * h * w * c], classNames[label]]);

const PETS: Files = {
  'pets/train/cat/1.png': 10,
  'pets/train/dog/1.png': 20,
  'pets/train/dog/.hidden.png': 'x',
  'pets/val/dog/2.png': 30,
  '__MACOSX/pets/train/._cat': 'x',
};

test('a ZIP archive is read as the folder that it was', async (t) => {
  const folder = await scratch(t);
  await writeFile(path.join(folder, 'pets.zip'), zip(PETS));
  const data = await read(path.join(folder, 'pets.zip'));
  assert.equal(data.name, 'pets');
  assert.deepEqual([seen(data.train), seen(data.test)], [[[10, 'cat'], [20, 'dog']], [[30, 'dog']]]); // prettier-ignore
  const unpacked = await read(await folderWith(t, PETS));
  assert.deepEqual([data.train, data.provenance], [unpacked.train, unpacked.provenance]);
});

test('archives that are damaged, encrypted, or would unpack to too much', async (t) => {
  const folder = await scratch(t);
  const file = path.join(folder, 'x.zip');
  const changed: [RegExp, Buffer][] = [
    [/CRC-32 does not match/, zip(PETS, (entry, name) => name.includes('cat') && entry.writeUInt32LE(1, 16))],
    [/not encrypted/, zip(PETS, (entry, name) => name.includes('cat') && entry.writeUInt16LE(1, 8))],
    [/cannot be unpacked/, zip(PETS, (entry, name) => name.includes('cat') && entry.writeUInt32LE(50, 24))],
    [/expected at most \d+ bytes of \d+ packed/, zip(PETS, (entry, name) => name.includes('cat') && entry.writeUInt32LE(4e9, 24))], // prettier-ignore
    [/expected a complete ZIP archive/, zip(PETS).subarray(0, 200)],
    [/expected a complete ZIP archive.*\.\./, zip({ '../../outside.png': 1, ...PETS })],
    [/expected a folder of images or a ZIP archive.*52 61 72 21/, Buffer.from('Rar!\x1a\x07')],
  ];
  for (const [message, bytes] of changed) {
    await writeFile(file, bytes);
    await assert.rejects(read(file), (e) => e instanceof DataError && message.test(e.message), String(message));
  }
});

test('a list of paths and labels', async (t) => {
  const images = { 'images/b1.png': 11, 'images/a 2.png': 12, 'images/c3.png': 13, 'images/extra.png': 99 };
  const lists: Record<string, string> = {
    'labels.csv':
      '\uFEFFfilename,label,split\nimages/b1.png,dog,train\n"images/a 2.png",cat,Training\nimages/c3.png,dog,test\n',
    'semicolons.csv': 'class;image;set\r\ndog;b1;train\r\ncat;a 2;train\r\ndog;c3;val\r\n',
    'images/list.tsv': 'path\tcategory\tsubset\nb1.png\tdog\ttrain\na 2.png\tcat\ttrain\nc3.png\tdog\ttest\n',
    'records.json': JSON.stringify([
      { path: './images/b1.png', label: 'dog', split: 'train' },
      { path: 'images/a 2.png', label: 'cat', split: 'train' },
      { path: 'images\\c3.png', label: 'dog', split: 'test' },
    ]),
  };
  const folder = await folderWith(t, { ...images, ...lists });
  for (const labels of Object.keys(lists)) {
    const data = await read(folder, { labels });
    assert.deepEqual([seen(data.train), seen(data.test)], [[[12, 'cat'], [11, 'dog']], [[13, 'dog']]], labels); // prettier-ignore
  }
  await writeFile(path.join(folder, 'object.json'), '{"b1.png": 10, "a 2.png": 9, "c3.png": 10, "extra.png": 9}');
  const numbers = await read(folder, { labels: 'object.json', testShare: 0.5 });
  assert.deepEqual(numbers.classNames, ['9', '10'], 'numbers in their order');

  const wrong: Record<string, RegExp> = {
    'name,what,how\nb1.png,dog,big\n': /one of labels .* got name, what, how/,
    'path,label\nnone.png,dog\n': /names the image none\.png, which is not in/,
    'path,label\nb1.png,dog\nimages/b1.png,dog\n': /names the image images\/b1\.png twice/,
    'path,label,split\nb1.png,dog,later\n': /expected train, val or test for b1\.png, got "later"/,
    'path,label\nb1.png,\n': /an image and a label in record 0/,
    'path,label\n': /got none/,
  };
  for (const [content, message] of Object.entries(wrong)) {
    await writeFile(path.join(folder, 'wrong.csv'), content);
    await assert.rejects(read(folder, { labels: 'wrong.csv', testShare: 0.5 }), message);
  }
});

test('Tiny-ImageNet as it is handed out', async (t) => {
  const files: Files = {
    'wnids.txt': 'n01443537\nn01629819\nn02012849\nn03126707\n',
    'words.txt':
      'n01443537\tgoldfish, Carassius auratus\nn01629819\tEuropean fire salamander, Salamandra\nn02012849\tcrane\nn03126707\tcrane\n',
    'train/n01443537/images/n01443537_0.png': 10,
    'train/n01443537/n01443537_boxes.txt': 'n01443537_0.JPEG\t0\t10\t63\t58',
    'train/n01629819/images/n01629819_0.png': 20,
    'train/n02012849/images/n02012849_0.png': 30,
    'train/n03126707/images/n03126707_0.png': 40,
    'val/images/val_0.png': 50,
    'val/images/val_1.png': 60,
    'val/val_annotations.txt': 'val_0.png\tn01629819\t0\t32\t44\t62\nval_1.png\tn01443537\t52\t55\t57\t59\n',
    'test/images/test_0.png': 70,
  };
  const data = await read(await folderWith(t, files));
  assert.deepEqual(seen(data.train), [[10, 'goldfish'], [20, 'European fire salamander'], [30, 'crane (n02012849)'], [40, 'crane (n03126707)']]); // prettier-ignore
  assert.deepEqual(seen(data.test), [
    [60, 'goldfish'],
    [50, 'European fire salamander'],
  ]);
  assert.match(data.report.text, /folders without labels: 1 \(test\).*laid out as Tiny-ImageNet/);
  const wrong = { ...files, 'val/val_annotations.txt': 'val_9.png\tn01629819\n' };
  await assert.rejects(read(await folderWith(t, wrong)), /names val_9\.png, which is not in/);
});

test('ImageNet as the competition hands it out', async (t) => {
  const data = await read(
    await folderWith(t, {
      'LOC_synset_mapping.txt': 'n01440764 tench, Tinca tinca\nn01443537 goldfish, Carassius auratus\n',
      'LOC_val_solution.csv': 'ImageId,PredictionString\nILSVRC2012_val_1,n01443537 85 1 499 272 \n',
      'ILSVRC/Data/CLS-LOC/train/n01440764/a.JPEG': 10,
      'ILSVRC/Data/CLS-LOC/train/n01443537/b.JPEG': 20,
      'ILSVRC/Data/CLS-LOC/val/ILSVRC2012_val_1.JPEG': 30,
      'ILSVRC/Data/CLS-LOC/test/t.JPEG': 40,
    }),
  );
  assert.deepEqual([seen(data.train), seen(data.test)], [[[10, 'tench'], [20, 'goldfish']], [[30, 'goldfish']]]); // prettier-ignore
});

test('images of another shape are squashed, cropped in their middle, or padded with black', async (t) => {
  const image = new PNG({ width: 8, height: 4 });
  // Four columns of 100 in the middle, 200 on both sides.
  for (let i = 0; i < 32; i++)
    image.data.fill(i % 8 >= 2 && i % 8 < 6 ? 100 : 200, 4 * i, 4 * i + 3).fill(255, 4 * i + 3, 4 * i + 4);
  const folder = await scratch(t);
  for (const part of ['train', 'test']) {
    await mkdir(path.join(folder, part, 'a'), { recursive: true });
    await writeFile(path.join(folder, part, 'a/1.png'), PNG.sync.write(image));
  }
  const row = async (fit: 'squash' | 'crop' | 'pad', y: number): Promise<number[]> => {
    const { train } = await read(folder, { size: 4, fit, channels: 1 });
    return [...train.pixels.subarray(4 * y, 4 * y + 4)];
  };
  assert.deepEqual(await row('crop', 1), [100, 100, 100, 100]);
  assert.deepEqual(await row('pad', 0), [0, 0, 0, 0]);
  const [padded, squashed] = [await row('pad', 1), await row('squash', 1)];
  padded.forEach((value, x) => assert.ok(Math.abs(value - squashed[x]) <= 1, `${value}, not ${squashed[x]}`));
  assert.deepEqual(await row('pad', 3), [0, 0, 0, 0]);
  await assert.rejects(read(folder, { fit: 'crop' }), /fit crop needs a size/);
});

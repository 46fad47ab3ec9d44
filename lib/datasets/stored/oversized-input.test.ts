/** Files that claim more than they hold, or would unpack to more than anybody's data: refused before memory is asked for. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { deflateSync, gzipSync } from 'node:zlib';
import { DataError } from '../../errors.js';
import { readDataFile } from '../files/data-file.js';
import { readTar } from '../files/tar.js';
import { decodeImage } from '../images/decode-image.js';
import { parseMat5 } from './mat5.js';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'modulab-oversized-'));
after(() => fs.rmSync(folder, { recursive: true, force: true }));

const ZEROS = Buffer.alloc(80 * 2 ** 20);

/** A tar header of a regular file, its checksum right whatever the size says. */
function tarHeader(name: string, size: string): Buffer {
  const header = Buffer.alloc(512);
  header.write(name);
  header.write(size, 124);
  header.write('0', 156);
  header.write('ustar', 257);
  header.fill(' ', 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}

test('tar: sizes that are negative, no numbers, or more than there is', () => {
  for (const size of ['-0000001000', '-1', 'zzz', '0x10', '9999', '\u0080\u0001', '77777777777']) {
    const archive = Buffer.concat([tarHeader('a', size), Buffer.alloc(1024)]);
    assert.throws(() => readTar(archive, 'x.tar'), DataError, size);
  }
});

test('tar: names that lead out of the folder are names, and nothing is written', () => {
  const outside = ['../../outside', '/etc/outside', '..\\outside', 'a\u0000b'];
  const archive = Buffer.concat(outside.map((name) => tarHeader(name, '00000000000')));
  assert.deepEqual([...readTar(archive, 'x.tar').keys()], ['../../outside', '/etc/outside', '..\\outside', 'a']);
});

test('gzip: a small file that unpacks to more than a hundred times its size', async () => {
  const file = path.join(folder, 'bomb.gz');
  fs.writeFileSync(file, gzipSync(ZEROS));
  await assert.rejects(readDataFile(file), DataError);
});

test('MATLAB: a variable that unpacks to much more, and sizes below zero', () => {
  const header = Buffer.alloc(128, ' ');
  header.set([0, 1, 0x49, 0x4d], 124);
  const mat = (variable: Buffer) => {
    const packed = deflateSync(variable);
    const tag = Buffer.alloc(8);
    tag.writeUInt32LE(15, 0);
    tag.writeUInt32LE(packed.length, 4);
    const bytes = Buffer.concat([header, tag, packed]);
    return { path: 'x.mat', bytes, storedBytes: bytes.length, sha256: '' };
  };
  assert.throws(() => parseMat5(mat(ZEROS)), DataError);
  const element = (type: number, ...words: number[]) => {
    const bytes = Buffer.alloc(8 + 8 * Math.ceil(words.length / 2));
    bytes.writeUInt32LE(type, 0);
    bytes.writeUInt32LE(4 * words.length, 4);
    words.forEach((word, i) => bytes.writeInt32LE(word, 8 + 4 * i));
    return bytes;
  };
  const variable = (...sizes: number[]) => {
    const parts = Buffer.concat([
      element(6, 9, 0),
      element(5, ...sizes),
      element(1, 0x58585858),
      element(5, 1, 2, 3, 4),
    ]);
    const tag = Buffer.alloc(8);
    tag.writeUInt32LE(14, 0);
    tag.writeUInt32LE(parts.length, 4);
    return mat(Buffer.concat([tag, parts]));
  };
  assert.deepEqual(parseMat5(variable(2, 2)).get('XXXX')?.dims, [2, 2]);
  for (const sizes of [
    [-2, -2],
    [0x7fffffff, 0x7fffffff],
    [-4, 1],
  ]) {
    assert.throws(() => parseMat5(variable(...sizes)), DataError, sizes.join());
  }
});

test('PNG: a header that claims more pixels than any camera', async () => {
  const bytes = Buffer.alloc(64);
  Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex').copy(bytes);
  for (const side of [0xffffffff, 60_000]) {
    bytes.writeUInt32BE(side, 16);
    bytes.writeUInt32BE(side, 20);
    await assert.rejects(decodeImage('x.png', bytes), DataError);
  }
});

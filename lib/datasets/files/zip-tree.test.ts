import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { crc32, deflateRawSync } from 'node:zlib';
import { DataError } from '../../errors.js';
import { zipTree } from './zip-tree.js';

const folder = mkdtempSync(path.join(os.tmpdir(), 'modulab-zip-'));
after(() => rmSync(folder, { recursive: true }));

/** An archive without the mark that its names are UTF-8, as macOS writes it. */
function archive(name: string, files: Record<string, Buffer>, method = 8): string {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const [file, content] of Object.entries(files)) {
    const packed = method === 0 ? content : deflateRawSync(content);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(method, 8);
    local.writeUInt16LE(Buffer.byteLength(file), 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(method, 10);
    entry.writeUInt32LE(crc32(content), 16);
    entry.writeUInt32LE(packed.length, 20);
    entry.writeUInt32LE(content.length, 24);
    entry.writeUInt16LE(Buffer.byteLength(file), 28);
    entry.writeUInt32LE(at, 42);
    directory.push(entry, Buffer.from(file));
    parts.push(local, Buffer.from(file), packed);
    at += 30 + Buffer.byteLength(file) + packed.length;
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(directory.length / 2, 8);
  end.writeUInt16LE(directory.length / 2, 10);
  end.writeUInt32LE(list.length, 12);
  end.writeUInt32LE(at, 16);
  const target = path.join(folder, name);
  writeFileSync(target, Buffer.concat([...parts, list, end]));
  return target;
}

test('the first bytes of many large files at once, and then a file', async () => {
  const noise = Buffer.from(Uint8Array.from({ length: 600_000 }, (_, i) => (i * i * 7919 + (i >> 3)) >>> 5));
  const files = Object.fromEntries(Array.from({ length: 24 }, (_, i) => [`a/${i}.png`, i % 2 ? noise : Buffer.alloc(4e6, i)])); // prettier-ignore
  for (const method of [0, 8]) {
    const tree = await zipTree(archive(`large-${method}.zip`, files, method));
    const heads = await Promise.all(Object.keys(files).map((file) => tree.head(file, 32)));
    assert.deepEqual(heads, Object.values(files).map((content) => content.subarray(0, 32))); // prettier-ignore
    assert.deepEqual((await tree.read('a/1.png')).bytes, noise);
    await tree.close();
  }
});

test('names that macOS writes in UTF-8 without saying so', async () => {
  const tree = await zipTree(archive('mac.zip', { 'h\u00fcnd/1.png': Buffer.from('x') }));
  assert.deepEqual(await tree.entries(''), { folders: ['h\u00fcnd'], files: [] });
  await tree.close();
});

test('methods that are not read are named', async () => {
  const tree = await zipTree(archive('odd.zip', { 'a.png': Buffer.from('x') }, 9));
  for (const read of [tree.head('a.png', 4), tree.read('a.png')]) {
    await assert.rejects(read, (e) => e instanceof DataError && /packed by method 9 \(Deflate64\)/.test(e.message));
  }
  await tree.close();
});

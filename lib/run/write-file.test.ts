import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { writeFileAtomically } from './write-file.js';

test('a file is written whole, over an older one as well, and nothing else is left behind', (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'modulab-write-file-'));
  t.after(() => fs.rmSync(folder, { recursive: true, force: true }));
  const file = path.join(folder, 'a', 'b', 'file.bin');
  writeFileAtomically(file, 'first and longer');
  assert.equal(fs.readFileSync(file, 'utf8'), 'first and longer');
  writeFileAtomically(file, Uint8Array.of(1, 2, 3));
  assert.deepEqual([...fs.readFileSync(file)], [1, 2, 3]);
  assert.deepEqual(fs.readdirSync(path.dirname(file)), ['file.bin']);
});

test('a write that fails leaves what was there, and no unfinished file', (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'modulab-write-file-'));
  t.after(() => fs.rmSync(folder, { recursive: true, force: true }));
  const target = path.join(folder, 'taken');
  fs.mkdirSync(path.join(target, 'by a folder'), { recursive: true });
  assert.throws(() => writeFileAtomically(target, 'text'));
  assert.deepEqual(fs.readdirSync(folder), ['taken']);
  assert.deepEqual(fs.readdirSync(target), ['by a folder']);
});

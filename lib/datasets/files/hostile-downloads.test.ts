/** Servers, manifests and files that would have a download end elsewhere, or fill the memory. */
import assert from 'node:assert/strict';
import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { DataError } from '../../errors.js';
import { ARCHIVE, FILES, refused, serveArchive, setting } from './fetch.fixture.js';
import { fetchDataset } from './fetch.js';
import { type Manifest, readManifest } from './manifest.js';

test('the second address is tried when the first delivers something else', async (t) => {
  const s = await setting(t, (request, response) => {
    if (request.url === '/first.tar.gz') response.end(Buffer.from(ARCHIVE).fill(0, 500, 600));
    else serveArchive(request, response);
  });
  assert.deepEqual((await fetchDataset('cifar10', s)).fetched, Object.keys(FILES));
});

test('a part that is a link is not written through, and one of other content is no download', async (t) => {
  const s = await setting(t, serveArchive);
  await mkdir(s.folder);
  const outside = path.join(s.dir, 'outside');
  await writeFile(outside, 'mine');
  const part = path.join(s.folder, 'a.tar.gz.part');
  await symlink(outside, part);
  await symlink(outside, path.join(s.folder, 'test_batch.bin.part'));
  assert.deepEqual((await fetchDataset('cifar10', s)).fetched, Object.keys(FILES));
  assert.equal(await readFile(outside, 'utf8'), 'mine');
  for (const name of Object.keys(FILES)) await rm(path.join(s.folder, name));
  await writeFile(part, Buffer.alloc(ARCHIVE.length, 7));
  assert.deepEqual((await fetchDataset('cifar10', s)).fetched, Object.keys(FILES));
});

test('an archive that unpacks to much more than its set', async (t) => {
  const archive = gzipSync(Buffer.alloc(80 * 2 ** 20));
  const s = await setting(t, (_, response) => response.end(archive), archive);
  assert.match(
    (await refused(s)).message,
    /a\.tar\.gz\.part: expected a gzip file that unpacks to at most 67145740 bytes/,
  );
});

test('a manifest that leads out of the folder, or is damaged, is not believed', async (t) => {
  const s = await setting(t, serveArchive);
  const cifar10 = s.manifest.sets.cifar10!;
  const [download] = cifar10.downloads;
  const wrong: [object, RegExp][] = [
    [{ ...cifar10, folder: '../outside' }, /sets\.cifar10\.folder .* got "\.\.\/outside"/],
    [{ ...cifar10, folder: '/etc' }, /sets\.cifar10\.folder/],
    [{ ...cifar10, downloads: [{ ...download, file: '../../x' }] }, /downloads\[0\]\.file .* got "\.\.\/\.\.\/x"/],
    [{ ...cifar10, downloads: [{ ...download, urls: ['file:///etc/passwd'] }] }, /downloads\[0\]\.urls/],
    [{ ...cifar10, downloads: [{ ...download, bytes: -1 }] }, /downloads\[0\]\.bytes .* got -1/],
    [
      { ...cifar10, files: { '../x': { bytes: 1, sha256: '0'.repeat(64), origin: 'computed' } } },
      /the files of sets\.cifar10/,
    ],
    [{ ...cifar10, files: { x: { bytes: 1, sha256: 'no', origin: 'computed' } } }, /sets\.cifar10\.files\.x\.sha256/],
  ];
  for (const [set, message] of wrong) {
    const manifest = { sets: { cifar10: set } } as unknown as Manifest;
    assert.match((await refused({ ...s, manifest })).message, message);
  }
  const file = path.join(s.dir, 'manifest.json');
  await writeFile(file, JSON.stringify({ sets: { mnist: null } }));
  assert.throws(
    () => readManifest(file),
    (e) => e instanceof DataError && /manifest\.json: expected sets\.mnist/.test(e.message),
  );
  assert.equal(s.requests.length, 0);
});

import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { InterruptedError } from '../../errors.js';
import { type ProgressEvent } from '../../run/progress.js';
import { loadDataset } from '../load.js';
import { ARCHIVE, FILES, records, refused, serveArchive, setting, tar } from './fetch.fixture.js';
import { fetchDataset } from './fetch.js';
import { readManifest } from './manifest.js';
import { readTar } from './tar.js';
import { verifyDataset } from './verify.js';

test('fetches, checks, unpacks; the set loads and verifies; a second fetch does nothing', async (t) => {
  const s = await setting(t, serveArchive);
  const progress: number[] = [];
  const result = await fetchDataset('cifar10', { ...s, onProgress: ({ done }) => progress.push(done) });
  assert.deepEqual(result.fetched, Object.keys(FILES));
  assert.equal(progress.at(-1), ARCHIVE.length);
  assert.deepEqual((await readdir(s.folder)).sort(), Object.keys(FILES));
  const data = await loadDataset('cifar10', { dir: s.dir });
  assert.deepEqual([...data.train.labels], [1, 2, 3, 4]);
  assert.equal((await verifyDataset('cifar10', s)).state, 'complete');
  const again = await fetchDataset('cifar10', s);
  assert.deepEqual([again.fetched, again.present], [[], Object.keys(FILES)]);
  assert.equal(s.requests.length, 1);
});

test('an interrupted download goes on where it stopped', async (t) => {
  const s = await setting(t, serveArchive);
  await mkdir(s.folder);
  await writeFile(path.join(s.folder, 'a.tar.gz.part'), ARCHIVE.subarray(0, 1000));
  const events: ProgressEvent[] = [];
  await fetchDataset('cifar10', { ...s, onProgress: (event) => events.push(event) });
  assert.equal(s.requests[0].range, 'bytes=1000-');
  assert.ok(events.length > 0 && events.every(({ done, doneHere }) => done - doneHere === 1000));
  assert.deepEqual(await readFile(path.join(s.folder, 'test_batch.bin')), FILES['test_batch.bin']);
});

test('a server without ranges starts the file again', async (t) => {
  const s = await setting(t, (_, response) => response.end(ARCHIVE));
  await mkdir(s.folder);
  await writeFile(path.join(s.folder, 'a.tar.gz.part'), 'something else');
  await fetchDataset('cifar10', s);
  assert.deepEqual(await readFile(path.join(s.folder, 'test_batch.bin')), FILES['test_batch.bin']);
});

test('wrong content is refused and removed, nothing is moved into place', async (t) => {
  const wrong = Buffer.from(ARCHIVE);
  wrong[500] ^= 1;
  const s = await setting(t, (_, response) => response.end(wrong));
  const { message } = await refused(s);
  assert.match(message, /a\.tar\.gz: expected \d+ bytes with sha256 [0-9a-f]{64}, got \d+ bytes with [0-9a-f]{64}/);
  assert.deepEqual(await readdir(s.folder), []);
});

test('a published md5 that differs is refused too', async (t) => {
  const s = await setting(t, serveArchive);
  const cifar10 = s.manifest.sets.cifar10!;
  const downloads = [{ ...cifar10.downloads[0], md5: '0'.repeat(32) }];
  const manifest = { sets: { ...s.manifest.sets, cifar10: { ...cifar10, downloads } } };
  assert.match((await refused({ ...s, manifest })).message, /md5 0{32}/);
});

test('a body cut short is kept and said to be', async (t) => {
  const s = await setting(t, (_, response) => {
    response.writeHead(200, { 'content-length': ARCHIVE.length });
    response.write(ARCHIVE.subarray(0, 700));
    // Cut when they have arrived, which takes its time on a busy machine; what the first address has left does not count.
    const kept = path.join(s.folder, 'a.tar.gz.part');
    const written = () => (existsSync(kept) ? statSync(kept) : { size: 0, mtimeMs: 0 });
    const before = written().mtimeMs;
    const arrived = setInterval(() => {
      const { size, mtimeMs } = written();
      if (size < 700 || mtimeMs === before) return;
      clearInterval(arrived);
      response.destroy();
    }, 10);
  });
  const { message } = await refused(s);
  assert.match(message, new RegExp(`expected ${ARCHIVE.length} bytes`));
  assert.match(message, /700 bytes are kept in .*a\.tar\.gz\.part/);
  assert.equal(existsSync(path.join(s.folder, 'test_batch.bin')), false);
});

test('404 at every address names them all and leaves nothing behind', async (t) => {
  const s = await setting(t, (_, response) => response.writeHead(404).end());
  const { message } = await refused(s);
  assert.match(message, /first\.tar\.gz: the server answered 404.*second\.tar\.gz: the server answered 404/);
  assert.equal(existsSync(s.folder), false);
});

test('the second address is tried when the first fails', async (t) => {
  const s = await setting(t, (request, response) => {
    if (request.url === '/first.tar.gz') response.writeHead(503).end();
    else serveArchive(request, response);
  });
  assert.deepEqual((await fetchDataset('cifar10', s)).fetched, Object.keys(FILES));
});

test('no network is a clear error', async (t) => {
  const s = await setting(t, serveArchive);
  s.server.closeAllConnections();
  await new Promise((resolve) => s.server.close(resolve));
  assert.match((await refused(s)).message, /ECONNREFUSED.*Check the network connection/s);
});

test('a file of other content is never overwritten', async (t) => {
  const s = await setting(t, serveArchive);
  await mkdir(s.folder);
  const own = path.join(s.folder, 'test_batch.bin');
  await writeFile(own, records(1, 0));
  assert.match(
    (await refused(s)).message,
    /test_batch\.bin: is there already.*6146 bytes.*got 3073 bytes.*Nothing was overwritten/s,
  );
  assert.equal((await readFile(own)).length, 3073);
  assert.equal(s.requests.length, 0);
});

test('an abort signal interrupts', async (t) => {
  const s = await setting(t, (_, response) => {
    response.writeHead(200, { 'content-length': ARCHIVE.length });
    response.write(ARCHIVE.subarray(0, 100));
  });
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 100);
  await assert.rejects(fetchDataset('cifar10', { ...s, signal: controller.signal }), InterruptedError);
});

test('an archive without a file of the set is refused', async (t) => {
  const archive = gzipSync(tar({ 'x/data_batch_1.bin': FILES['data_batch_1.bin'] }));
  const s = await setting(t, (_, response) => response.end(archive), archive);
  assert.match((await refused(s)).message, /expected test_batch\.bin of 6146 bytes.*no such file/s);
});

test('tar: damaged header and truncated entry', () => {
  const archive = tar({ 'a/b': Buffer.from('hello') });
  assert.deepEqual([...readTar(archive, 'x.tar')], [['a/b', Buffer.from('hello')]]);
  assert.throws(() => readTar(archive.subarray(0, 514), 'x.tar'), /x\.tar: expected 5 bytes of a\/b.*got 2/);
  archive[3] ^= 1;
  assert.throws(() => readTar(archive, 'x.tar'), /x\.tar: expected a tar header with checksum/);
});

test('verify tells complete, partial, changed, damaged and absent sets apart', async (t) => {
  const s = await setting(t, serveArchive);
  assert.equal((await verifyDataset('cifar10', s)).state, 'absent');
  await fetchDataset('cifar10', s);
  const batch = path.join(s.folder, 'data_batch_1.bin');
  await writeFile(batch, FILES['data_batch_1.bin'].subarray(0, 3073));
  const part = await verifyDataset('cifar10', s);
  assert.equal(part.state, 'part');
  assert.deepEqual(part.images, { train: 1, test: 2 });
  const changed = Buffer.from(FILES['data_batch_1.bin']);
  changed[100] ^= 1;
  await writeFile(batch, changed);
  const check = await verifyDataset('cifar10', s);
  assert.equal(check.state, 'damaged');
  assert.match(check.message ?? '', /data_batch_1\.bin/);
  await writeFile(batch, changed.subarray(0, 3000));
  assert.match((await verifyDataset('cifar10', s)).message ?? '', /got 3000 bytes/);
});

test('the manifest covers every file with plausible sizes and checksums', () => {
  for (const [name, set] of Object.entries(readManifest().sets)) {
    for (const download of set.downloads) {
      assert.match(download.sha256, /^[0-9a-f]{64}$/, name);
      assert.match(download.md5 ?? '', /^[0-9a-f]{32}$/, name);
      assert.ok(Number.isInteger(download.bytes) && download.checksumOrigin.length > 0 && download.urls.length > 0);
      const inside = download.unpack ? Object.keys(set.files) : [download.file.replace(/\.gz$/, '')];
      for (const file of inside) assert.match(set.files[file].sha256, /^[0-9a-f]{64}$/, file);
    }
  }
});

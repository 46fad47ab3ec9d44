/** For tests: a small set behind a loopback server. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import { type AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { type TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import { DataError } from '../../errors.js';
import { MT19937 } from '../../run/mt19937.js';
import { sha256Of } from './data-file.js';
import { fetchDataset } from './fetch.js';
import { type Manifest, type ManifestDownload, readManifest } from './manifest.js';

export function tar(entries: Record<string, Buffer>): Buffer {
  const blocks: Buffer[] = [];
  for (const [name, content] of Object.entries(entries)) {
    const header = Buffer.alloc(512);
    header.write(name, 0);
    header.write('0000644\0', 100);
    header.write(content.length.toString(8).padStart(11, '0') + '\0', 124);
    header.write('        ', 148);
    header.write(name.endsWith('/') ? '5' : '0', 156);
    header.write('ustar\0', 257);
    const sum = header.reduce((a, b) => a + b, 0);
    header.write(sum.toString(8).padStart(6, '0') + '\0 ', 148);
    blocks.push(header, content, Buffer.alloc((512 - (content.length % 512)) % 512));
  }
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

/** Records of CIFAR-10 with labels start, start + 1, … and pixels that do not compress. */
export function records(count: number, start: number): Buffer {
  const rng = new MT19937(start);
  const bytes = Buffer.from(Array.from({ length: count * 3073 }, () => rng.nextInterval(255)));
  for (let r = 0; r < count; r++) bytes[r * 3073] = (start + r) % 10;
  return bytes;
}

export const FILES = { 'data_batch_1.bin': records(4, 1), 'test_batch.bin': records(2, 5) };
export const ARCHIVE = gzipSync(
  tar({
    'cifar-10-batches-bin/': Buffer.alloc(0),
    'cifar-10-batches-bin/readme.html': Buffer.from('not needed'),
    'cifar-10-batches-bin/data_batch_1.bin': FILES['data_batch_1.bin'],
    'cifar-10-batches-bin/test_batch.bin': FILES['test_batch.bin'],
  }),
);

function describe(file: string, bytes: Buffer, urls: string[], unpack?: boolean): ManifestDownload {
  const md5 = createHash('md5').update(bytes).digest('hex');
  return { file, urls, bytes: bytes.length, sha256: sha256Of(bytes), md5, checksumOrigin: 'test', unpack };
}

const contents = (files: Record<string, Buffer>) =>
  Object.fromEntries(
    Object.entries(files).map(([name, bytes]) => [
      name,
      { bytes: bytes.length, sha256: sha256Of(bytes), origin: 'computed' as const },
    ]),
  );

export interface Setting {
  dir: string;
  folder: string;
  manifest: Manifest;
  requests: { url: string; range?: string }[];
  server: http.Server;
}

/** A loopback server, a fresh data folder and a manifest whose CIFAR-10 comes from that server. */
export async function setting(t: TestContext, answer: http.RequestListener, archive = ARCHIVE): Promise<Setting> {
  const requests: Setting['requests'] = [];
  const server = http.createServer((request, response) => {
    requests.push({ url: request.url ?? '', range: request.headers.range });
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const dir = await mkdtemp(path.join(os.tmpdir(), 'modulab-fetch-'));
  t.after(async () => {
    server.closeAllConnections();
    server.close();
    await rm(dir, { recursive: true });
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const official = readManifest();
  const cifar10 = {
    ...official.sets.cifar10!,
    downloads: [describe('a.tar.gz', archive, [`${url}/first.tar.gz`, `${url}/second.tar.gz`], true)],
    files: contents(FILES),
  };
  const manifest = { sets: { ...official.sets, cifar10 } };
  return { dir, folder: path.join(dir, 'cifar-10'), manifest, requests, server };
}

export const serveArchive: http.RequestListener = (request, response) => {
  const range = /^bytes=(\d+)-$/.exec(request.headers.range ?? '');
  const from = range ? Number(range[1]) : 0;
  const headers = range ? { 'content-range': `bytes ${from}-${ARCHIVE.length - 1}/${ARCHIVE.length}` } : {};
  response.writeHead(range ? 206 : 200, { ...headers, 'content-length': ARCHIVE.length - from });
  response.end(ARCHIVE.subarray(from));
};

export const refused = async (s: Setting): Promise<Error> => {
  const error: unknown = await fetchDataset('cifar10', s).then(
    () => null,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof DataError, String(error));
  return error;
};

import { createHash } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { lstat, mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { DataError, InterruptedError } from '../../errors.js';
import { type OnProgress, ProgressMeter } from '../../run/progress.js';
import { type StoredDatasetName } from '../stored/stored-sets.js';
import { findDataFile, readDataFile, sha256Of } from './data-file.js';
import { cacheFolder } from './data-folder.js';
import {
  checkManifest,
  type Manifest,
  type ManifestDownload,
  type ManifestFile,
  type ManifestSet,
  readManifest,
} from './manifest.js';
import { readTar } from './tar.js';

export interface FetchOptions {
  /** Data folder to put the set's folder into. Default: the project's data/cache. */
  readonly dir?: string;
  readonly manifest?: Manifest;
  /** Counts bytes, one task per file. */
  readonly onProgress?: OnProgress;
  readonly signal?: AbortSignal;
}

/** What became of the files of a set. */
export interface FetchResult {
  readonly folder: string;
  readonly fetched: readonly string[];
  /** Files that were there already, with the right content. */
  readonly present: readonly string[];
}

/**
 * Downloads a set's official files. A file is checked against its size and checksums before it is moved into place, and
 * nothing that is there is overwritten; an interrupted download is kept as `.part` and goes on where it stopped. An address that
 * delivers something else is passed over for the next one.
 * @throws DataError when the set has no known address, a file there has other content, no address answers, or a download is not the official file
 * @throws InterruptedError when the signal fired
 */
export async function fetchDataset(name: StoredDatasetName, options: FetchOptions = {}): Promise<FetchResult> {
  const { manifest } = options;
  const { sets } = manifest ? checkManifest(manifest, 'manifest') : readManifest();
  const set = sets[name];
  if (!set) {
    throw new DataError(
      `${name}: expected the addresses of its files in data/manifest.json, which has none. Get the files by hand, and set ` +
        'MODULAB_DATA to the folder that holds theirs.',
    );
  }
  const folder = path.join(options.dir ?? cacheFolder(), set.folder);
  const fetched: string[] = [];
  const present: string[] = [];
  for (const download of set.downloads) {
    const wanted = download.unpack ? Object.keys(set.files) : [download.file.replace(/\.gz$/, '')];
    const missing: string[] = [];
    for (const file of wanted) ((await isPresent(folder, file, set)) ? present : missing).push(file);
    if (missing.length === 0) continue;
    const part = path.join(folder, `${download.file}.part`);
    await downloadTo(part, download, options);
    if (download.unpack) {
      await unpackInto(folder, part, missing, set);
      await rm(part);
    } else {
      await rename(part, path.join(folder, download.file));
    }
    fetched.push(...missing);
  }
  return { folder, fetched, present };
}

function listedIn(set: ManifestSet, name: string): ManifestFile {
  const file = set.files[name];
  if (file) return file;
  throw new DataError(`data/manifest.json, ${set.title}: expected size and sha256 of ${name}, got none.`);
}

/** Whether the file is there; a file of other content is an error, because it is not ours to replace. */
async function isPresent(folder: string, name: string, set: ManifestSet): Promise<boolean> {
  const found = await findDataFile(folder, name);
  if (!found) return false;
  const { bytes } = await readDataFile(found);
  const expected = listedIn(set, name);
  const sum = sha256Of(bytes);
  if (sum === expected.sha256) return true;
  throw new DataError(
    `${found}: is there already, but is not the official file: expected ${expected.bytes} bytes with sha256 ` +
      `${expected.sha256}, got ${bytes.length} bytes with ${sum}. Nothing was overwritten; move it away to fetch the ` +
      'official file.',
  );
}

/** Downloads from the first address that delivers the official file. */
async function downloadTo(part: string, download: ManifestDownload, options: FetchOptions): Promise<void> {
  const failures: string[] = [];
  // A link would have the download written to wherever it leads.
  if ((await lstat(part).catch(() => null))?.isFile() === false) await rm(part, { recursive: true });
  if ((await stat(part).catch(() => null))?.size === download.bytes) {
    // All of it is there already, or it is something else and was removed.
    if (
      await checkDownload(part, download).then(
        () => true,
        () => false,
      )
    )
      return;
  }
  for (const url of download.urls) {
    try {
      await downloadFrom(url, part, download, options);
      await checkDownload(part, download);
      return;
    } catch (error) {
      if (options.signal?.aborted) {
        throw new InterruptedError(
          `fetch of ${download.file} was interrupted; ${part} is kept and the next fetch goes on from it.`,
        );
      }
      failures.push(`${url}: ${reason(error)}`);
    }
  }
  const kept = (await stat(part).catch(() => null))?.size ?? 0;
  throw new DataError(
    `${download.file}: expected ${download.bytes} bytes, but no address delivered them (${failures.join('; ')}). ` +
      (kept > 0 ? `${kept} bytes are kept in ${part}, and the next fetch goes on from there. ` : '') +
      `Check the network connection, or put the file into ${path.dirname(part)} by hand.`,
  );
}

async function downloadFrom(
  url: string,
  part: string,
  download: ManifestDownload,
  options: FetchOptions,
): Promise<void> {
  const { signal, onProgress } = options;
  let done = (await stat(part).catch(() => null))?.size ?? 0;
  if (done >= download.bytes) done = 0;
  const response = await fetch(url, { headers: done > 0 ? { range: `bytes=${done}-` } : {}, signal: signal ?? null });
  if (!response.ok || !response.body) throw new Error(`the server answered ${response.status} ${response.statusText}`);
  await mkdir(path.dirname(part), { recursive: true });
  const goesOn = response.status === 206 && response.headers.get('content-range')?.startsWith(`bytes ${done}-`);
  if (!goesOn) done = 0;
  const meter = new ProgressMeter(onProgress, `fetch ${download.file}`, download.bytes, 'bytes', done);
  const { O_APPEND, O_CREAT, O_NOFOLLOW = 0, O_TRUNC, O_WRONLY } = constants;
  const file = await open(part, O_WRONLY | O_CREAT | O_NOFOLLOW | (goesOn ? O_APPEND : O_TRUNC));
  try {
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      done += chunk.length;
      if (done > download.bytes) throw new Error(`it sent more than the expected ${download.bytes} bytes`);
      await file.write(chunk);
      meter.update(done);
    }
  } finally {
    await file.close();
  }
  if (done < download.bytes) throw new Error(`it sent ${done} of ${download.bytes} bytes`);
}

function reason(error: unknown): string {
  const { message, cause } = error as Error;
  const detail = cause instanceof Error ? cause.message || (cause as NodeJS.ErrnoException).code : undefined;
  return detail ? `${message} (${detail})` : message;
}

/** Compares size and checksums; a download that is wrong is removed, as going on from it would be wrong too. */
async function checkDownload(part: string, download: ManifestDownload): Promise<void> {
  const hashes = { sha256: createHash('sha256'), md5: createHash('md5') };
  let bytes = 0;
  for await (const chunk of createReadStream(part) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    hashes.sha256.update(chunk);
    hashes.md5.update(chunk);
  }
  for (const kind of ['sha256', 'md5'] as const) {
    const actual = hashes[kind].digest('hex');
    if (download[kind] === undefined || download[kind] === actual) continue;
    await rm(part);
    throw new DataError(
      `${download.file}: expected ${download.bytes} bytes with ${kind} ${download[kind]}, got ${bytes} bytes with ${actual}. ` +
        'That is not the official file and was removed',
    );
  }
}

async function unpackInto(folder: string, archive: string, names: readonly string[], set: ManifestSet): Promise<void> {
  const wanted = Object.values(set.files).reduce((sum, { bytes }) => sum + bytes, 0);
  const entries = readTar(await unpacked(archive, 2 * wanted + MOST_BESIDE), archive);
  const byName = new Map([...entries].map(([entry, content]) => [path.posix.basename(entry), content]));
  for (const name of names) {
    const content = byName.get(name);
    const expected = listedIn(set, name);
    if (content?.length !== expected.bytes || sha256Of(content) !== expected.sha256) {
      throw new DataError(
        `${archive}: expected ${name} of ${expected.bytes} bytes with sha256 ${expected.sha256} in it, got ` +
          (content ? `${content.length} bytes with ${sha256Of(content)}.` : 'no such file.'),
      );
    }
    const part = path.join(folder, `${name}.part`);
    await rm(part, { force: true });
    await writeFile(part, content, { flag: 'wx' });
    await rename(part, path.join(folder, name));
  }
}

/** What an archive may hold besides the files of its set. */
const MOST_BESIDE = 64 * 2 ** 20;

/** @throws DataError where it unpacks to more, or is damaged */
async function unpacked(archive: string, most: number): Promise<Buffer> {
  try {
    return await promisify(gunzip)(await readFile(archive), { maxOutputLength: most });
  } catch (cause) {
    throw new DataError(
      `${archive}: expected a gzip file that unpacks to at most ${most} bytes: ${(cause as Error).message}. Fetch it again.`,
      { cause },
    );
  }
}

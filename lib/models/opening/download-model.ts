import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { InterruptedError, ModelError, OptionError } from '../../errors.js';
import { writeFileAtomically } from '../../run/write-file.js';
import { isObject } from '../formats/model-file.js';

/** Leave to fetch a model from the web, and what it must be. */
export interface ModelDownload {
  /** Folder to keep it in; what is there already with the right digest is not fetched again. */
  readonly folder: string;
  /** SHA-256 in hexadecimal: of the file, or of a model.json and its weight files one after another (`source.sha256`). */
  readonly sha256: string;
}

/** Larger models than any classifier here. */
const MOST_BYTES = 4 * 2 ** 30;

/**
 * Fetches a model into a folder and checks it.
 * @param url http or https address of the file, or of a model.json, whose weight files are fetched from beside it
 * @returns the file's path
 * @throws OptionError when the digest is none; ModelError when an address does not answer or the content is another; InterruptedError
 */
export async function downloadModel(url: string, download: ModelDownload, signal?: AbortSignal): Promise<string> {
  const { folder, sha256 } = download;
  if (!/^[0-9a-f]{64}$/i.test(sha256)) {
    throw new OptionError(`download: expected sha256 as 64 hexadecimal digits, got '${sha256.slice(0, 80)}'.`);
  }
  const name = path.posix.basename(new URL(url).pathname) || 'model';
  const target = path.join(folder, decodeURIComponent(name).replace(/[\\/]/g, '_'));
  if (fs.existsSync(target) && digestOf(filesOf(target)) === sha256.toLowerCase()) return target;
  const main = await fetchBytes(url, signal);
  const shards = shardNames(main);
  const contents = new Map([[target, main]]);
  for (const shard of shards) {
    const file = path.join(folder, shard);
    contents.set(file, await fetchBytes(new URL(shard, url).href, signal));
  }
  const found = digest([...contents.values()]);
  if (found !== sha256.toLowerCase()) {
    throw new ModelError(
      `${url}: expected a model with SHA-256 ${sha256.toLowerCase()}, got ${found}; nothing is kept.`,
    );
  }
  for (const [file, bytes] of [...contents].reverse()) writeFileAtomically(file, bytes);
  return target;
}

async function fetchBytes(url: string, signal?: AbortSignal): Promise<Buffer> {
  try {
    const response = await fetch(url, signal ? { signal } : {});
    if (!response.ok)
      throw new ModelError(`${url}: expected a file, the server answered ${response.status} ${response.statusText}.`);
    const parts: Uint8Array[] = [];
    let size = 0;
    const body = (response.body ?? []) as AsyncIterable<Uint8Array> | Uint8Array[];
    for await (const part of body) {
      if ((size += part.length) > MOST_BYTES) throw new ModelError(`${url}: expected at most ${MOST_BYTES} bytes.`);
      parts.push(part);
    }
    return Buffer.concat(parts);
  } catch (cause) {
    if (signal?.aborted) throw new InterruptedError(`${url}: the download was stopped.`, { cause });
    if (cause instanceof ModelError) throw cause;
    const reason =
      cause instanceof Error
        ? `${cause.message}${cause.cause instanceof Error ? `: ${cause.cause.message}` : ''}`
        : String(cause);
    throw new ModelError(`${url}: cannot be fetched (${reason}).`, { cause });
  }
}

/** Files that a model.json names, none for other files. @throws ModelError for a name that leads out of the folder */
function shardNames(bytes: Buffer): string[] {
  if (!/^\s*\{/.test(bytes.toString('latin1', 0, 64))) return [];
  let json: unknown;
  try {
    json = JSON.parse(bytes.toString('utf8'));
  } catch {
    return []; // whoever opens it says what is wrong
  }
  const manifest = isObject(json) ? json['weightsManifest'] : [];
  const names = (Array.isArray(manifest) ? manifest : []).flatMap((group: unknown) =>
    isObject(group) && Array.isArray(group['paths']) ? (group['paths'] as unknown[]) : [],
  );
  return names.map((name) => {
    if (typeof name === 'string' && /^[\w.-]+$/.test(name) && !name.startsWith('.')) return name;
    throw new ModelError(
      `The model names the weight file ${JSON.stringify(name).slice(0, 80)}, which is no plain file name.`,
    );
  });
}

function filesOf(target: string): string[] {
  return [target, ...shardNames(fs.readFileSync(target)).map((name) => path.join(path.dirname(target), name))];
}

const digestOf = (files: readonly string[]): string | null =>
  files.every((file) => fs.existsSync(file)) ? digest(files.map((file) => fs.readFileSync(file))) : null;

function digest(contents: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const content of contents) hash.update(content);
  return hash.digest('hex');
}

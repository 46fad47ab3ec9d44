import { constants, crc32, inflateRawSync } from 'node:zlib';
import yauzl from 'yauzl';
import { DataError } from '../../errors.js';
import { unpackedLimit } from '../../run/unpacked-limit.js';
import { sha256Of } from './data-file.js';
import { type FileTree, type FolderEntries, isSystemName, joined, lastName } from './file-tree.js';

/** Files of an archive that are looked at; a directory of more would fill the memory. */
const MOST_FILES = 5_000_000;

/** Methods of compression (APPNOTE 4.4.5). */
const STORED = 0;
const DEFLATED = 8;
const METHODS: Readonly<Record<number, string>> = {
  9: 'Deflate64',
  12: 'bzip2',
  14: 'LZMA',
  93: 'Zstandard',
  95: 'XZ',
};
/** Packed bytes that hold the first ones of any file; they unpack to a megabyte at most. */
const HEAD_PACKED = 1024;

/**
 * The files in a ZIP archive, read one by one as they are asked for; each is checked against its size and its CRC-32.
 * @throws DataError when it is no archive, damaged, or encrypted
 */
export async function zipTree(archive: string): Promise<FileTree> {
  const fail = (within: string, reason: string, cause?: unknown): never => {
    throw new DataError(`${archive}${within === '' ? '' : `, '${within}'`}: ${reason}`, { cause });
  };
  let zip: yauzl.ZipFile;
  const entries = new Map<string, yauzl.Entry>();
  const system = new Set<string>();
  const folders = new Map<string, { folders: Set<string>; files: string[] }>([['', { folders: new Set(), files: [] }]]);
  try {
    zip = await yauzl.openPromise(archive, { lazyEntries: true, autoClose: false });
    if (zip.entryCount > MOST_FILES)
      fail('', `expected at most ${MOST_FILES} files in an archive, got ${zip.entryCount}.`);
    for await (const entry of zip.eachEntry()) addEntry(entry, entries, folders, system);
  } catch (cause) {
    if (cause instanceof DataError) throw cause;
    return fail('', `expected a complete ZIP archive: ${(cause as Error).message}. Fetch it again.`, cause);
  }

  function entryOf(file: string): yauzl.Entry {
    const entry = entries.get(file);
    if (!entry) return fail(file, 'expected a file in the archive, there is none.');
    const { compressionMethod: method } = entry;
    if (entry.isEncrypted()) fail(file, 'expected a file that is not encrypted. Pack the images without a password.');
    if (method !== STORED && method !== DEFLATED) {
      const name = METHODS[method];
      fail(
        file,
        `is packed by method ${method}${name ? ` (${name})` : ''}, which is not read. Pack the images by Deflate.`,
      );
    }
    return entry;
  }

  /** The first bytes. A stream of yauzl that is left before its end may end the process when the next one reads. */
  async function head(file: string, most: number): Promise<Buffer> {
    const entry = entryOf(file);
    const end = Math.min(entry.compressedSize, HEAD_PACKED);
    const parts: Buffer[] = [];
    try {
      const stream = await zip.openReadStreamPromise(entry, { decodeFileData: false, start: 0, end });
      for await (const part of stream as AsyncIterable<Buffer>) parts.push(part);
      const packed = Buffer.concat(parts);
      if (entry.compressionMethod === STORED) return packed.subarray(0, most);
      return inflateRawSync(packed, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, most);
    } catch (cause) {
      return fail(
        file,
        `cannot be unpacked: ${(cause as Error).message}. The archive is damaged; fetch it again.`,
        cause,
      );
    }
  }

  async function read(file: string): Promise<{ bytes: Buffer; storedBytes: number }> {
    const entry = entryOf(file);
    const { uncompressedSize, compressedSize } = entry;
    if (uncompressedSize > unpackedLimit(compressedSize)) {
      fail(
        file,
        `expected at most ${unpackedLimit(compressedSize)} bytes of ${compressedSize} packed, got ${uncompressedSize}.`,
      );
    }
    const parts: Buffer[] = [];
    try {
      const stream = await zip.openReadStreamPromise(entry);
      for await (const part of stream as AsyncIterable<Buffer>) parts.push(part);
    } catch (cause) {
      fail(file, `cannot be unpacked: ${(cause as Error).message}. The archive is damaged; fetch it again.`, cause);
    }
    const bytes = Buffer.concat(parts);
    if (crc32(bytes) !== entry.crc32) fail(file, 'its CRC-32 does not match; the archive is damaged.');
    return { bytes, storedBytes: compressedSize };
  }

  return {
    path: (within) => (within === '' ? archive : `${archive}/${within}`),
    identity: (folder) => Promise.resolve(folder),
    systemFiles: () => [...system],
    lostFiles: () => [],
    head,
    close: () => Promise.resolve(zip.close()),
    async read(file) {
      const { bytes, storedBytes } = await read(file);
      return { path: `${archive}/${file}`, storedBytes, sha256: sha256Of(bytes), bytes };
    },
    entries(folder): Promise<FolderEntries> {
      const found = folders.get(folder);
      if (!found) return fail(folder, 'expected a folder in the archive, there is none.');
      return Promise.resolve({ folders: [...found.folders].sort(), files: found.files.sort() });
    },
  };
}

/** Notes a file and the folders that it lies in; yauzl has refused names that lead out of the archive. */
function addEntry(
  entry: yauzl.Entry,
  entries: Map<string, yauzl.Entry>,
  folders: Map<string, { folders: Set<string>; files: string[] }>,
  system: Set<string>,
): void {
  const fileName = nameOf(entry);
  const names = fileName.split('/').filter((name) => name !== '' && name !== '.');
  const own = names.findIndex(isSystemName);
  if (own >= 0) {
    system.add(names.slice(0, own + 1).join('/'));
    return;
  }
  const isFolder = fileName.endsWith('/');
  let within = '';
  for (const name of isFolder ? names : names.slice(0, -1)) {
    folders.get(within)?.folders.add(name);
    within = joined(within, name);
    if (!folders.has(within)) folders.set(within, { folders: new Set(), files: [] });
  }
  const file = names.join('/');
  if (isFolder || entries.has(file)) return;
  entries.set(file, entry);
  folders.get(within)?.files.push(lastName(file));
}

/** The name, which macOS writes in UTF-8 without the mark that says so. @throws Error for one that leads out of the archive */
function nameOf({ fileName, fileNameRaw, generalPurposeBitFlag }: yauzl.Entry): string {
  const isMarked = (generalPurposeBitFlag & 0x800) !== 0;
  if (isMarked || !fileNameRaw.some((byte) => byte > 127)) return fileName;
  try {
    const name = new TextDecoder('utf-8', { fatal: true }).decode(fileNameRaw).replaceAll('\\', '/');
    return yauzl.validateFileName(name) === null ? name : fileName;
  } catch {
    return fileName; // letters of an old code page
  }
}

import { constants } from 'node:buffer';
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { DataError } from '../../errors.js';
import { unpackedLimit } from '../../run/unpacked-limit.js';

const gunzipAsync = promisify(gunzip);

/** A data file in memory, unpacked if it was gzipped. */
export interface DataFile {
  /** The path that was read, with `.gz` where the file is gzipped. */
  readonly path: string;
  /** Size of the file as it lies on the disk, in bytes. */
  readonly storedBytes: number;
  /** SHA-256 of the file as it lies on the disk, in hexadecimal digits. */
  readonly sha256: string;
  /** The (unpacked) content. */
  readonly bytes: Buffer;
}

/** The path of `name` in `folder`, plain or gzipped (the plain one wins), or null when neither is there. */
export async function findDataFile(folder: string, name: string): Promise<string | null> {
  for (const candidate of [name, `${name}.gz`]) {
    const file = path.join(folder, candidate);
    if (await isFile(file)) return file;
  }
  return null;
}

/**
 * Reads a plain or gzipped file. Whether it is gzipped is decided by its first two bytes, not by its name, so that a
 * file saved under the wrong name still reads.
 * @throws DataError when the file cannot be read, or is a damaged or truncated gzip stream
 */
export async function readDataFile(file: string): Promise<DataFile> {
  let stored: Buffer;
  try {
    stored = await readFile(file);
  } catch (cause) {
    throw new DataError(`${file}: cannot be read (${(cause as Error).message}). Check the path and its permissions.`, {
      cause,
    });
  }
  const gzipped = stored.length >= 2 && stored[0] === 0x1f && stored[1] === 0x8b;
  if (file.endsWith('.gz') && !gzipped) {
    throw new DataError(
      `${file}: expected a gzip file (first bytes 1f 8b), got ${hex(stored.subarray(0, 2)) || 'nothing'} ` +
        `in a file of ${stored.length} bytes. Fetch it again, or drop “.gz” from its name if it is not gzipped.`,
    );
  }
  let bytes = stored;
  if (gzipped) {
    try {
      bytes = await gunzipAsync(stored, {
        maxOutputLength: Math.min(unpackedLimit(stored.length), constants.MAX_LENGTH),
      });
    } catch (cause) {
      throw new DataError(
        `${file}: expected a complete gzip file, but unpacking its ${stored.length} bytes fails: ` +
          `${(cause as Error).message}. The file is truncated or damaged; fetch it again.`,
        { cause },
      );
    }
  }
  return { path: file, storedBytes: stored.length, sha256: sha256Of(stored), bytes };
}

/** SHA-256 in hexadecimal digits. */
export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export async function isFile(file: string): Promise<boolean> {
  return (await stat(file).catch(() => null))?.isFile() ?? false;
}

export async function isFolder(folder: string): Promise<boolean> {
  return (await stat(folder).catch(() => null))?.isDirectory() ?? false;
}

/** Bytes as spaced hexadecimal digits, for messages. */
export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}

import zlib from 'node:zlib';
import { ModelError } from '../../errors.js';
import { unpackedLimit } from '../../run/unpacked-limit.js';

interface ZipEntry {
  readonly name: string;
  readonly method: number;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
  /** Where its local header stands. */
  readonly local: number;
}

/** Names of the files inside a ZIP archive; none when the bytes are no readable archive. For telling what a file is. */
export function zipEntryNames(bytes: Buffer): string[] {
  if (bytes.toString('latin1', 0, 2) !== 'PK') return [];
  try {
    return directory(bytes, '').map(({ name }) => name);
  } catch {
    return []; // damaged: whoever reads it says how
  }
}

/**
 * The files inside a ZIP archive (stored or deflated; no encryption, no ZIP64), each checked against its CRC-32.
 * @param file name for messages
 * @throws ModelError
 */
export function readZipEntries(bytes: Buffer, file: string): Map<string, Buffer> {
  const fail = (message: string): never => {
    throw new ModelError(`${file}: ${message}`);
  };
  const entries = new Map<string, Buffer>();
  const most = unpackedLimit(bytes.length);
  let unpacked = 0;
  for (const { name, method, crc, packed, size, local } of directory(bytes, file)) {
    if (packed === 0xffffffff || size === 0xffffffff || local === 0xffffffff)
      fail(`'${name}' is larger than 4 GB (ZIP64), which is not supported.`);
    if (local + 30 > bytes.length || bytes.readUInt32LE(local) !== 0x04034b50)
      return fail(`'${name}' is missing at byte ${local}.`);
    const start = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
    if (start + packed > bytes.length)
      fail(`'${name}': expected ${packed} bytes at ${start}, the file ends at ${bytes.length}.`);
    if ((unpacked += size) > most) {
      fail(`expected at most ${most} bytes in an archive of ${bytes.length}, got ${unpacked} up to '${name}'.`);
    }
    entries.set(name, unpack(bytes.subarray(start, start + packed), method, size, crc, `${file}: '${name}'`));
  }
  return entries;
}

function directory(bytes: Buffer, file: string): ZipEntry[] {
  const end = bytes.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  if (end < 0 || end + 22 > bytes.length) {
    throw new ModelError(
      `${file}: expected a ZIP archive, found no end of its directory; it is cut short or of another format.`,
    );
  }
  const count = bytes.readUInt16LE(end + 10);
  let at = bytes.readUInt32LE(end + 16);
  const entries: ZipEntry[] = [];
  for (let i = 0; i < count; i++) {
    if (at + 46 > end || bytes.readUInt32LE(at) !== 0x02014b50)
      throw new ModelError(`${file}: directory entry ${i} of ${count} is missing at byte ${at}.`);
    const nameLength = bytes.readUInt16LE(at + 28);
    entries.push({
      name: bytes.toString('utf8', at + 46, at + 46 + nameLength),
      method: bytes.readUInt16LE(at + 10),
      crc: bytes.readUInt32LE(at + 16),
      packed: bytes.readUInt32LE(at + 20),
      size: bytes.readUInt32LE(at + 24),
      local: bytes.readUInt32LE(at + 42),
    });
    at += 46 + nameLength + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  }
  return entries;
}

function unpack(packed: Buffer, method: number, size: number, crc: number, what: string): Buffer {
  let content = packed;
  if (method === 8) {
    try {
      content = zlib.inflateRawSync(packed, { maxOutputLength: size + 1 });
    } catch (cause) {
      throw new ModelError(`${what}: compressed data is damaged (${(cause as Error).message}).`, { cause });
    }
  } else if (method !== 0) throw new ModelError(`${what}: expected stored or deflated data, got ZIP method ${method}.`);
  if (content.length !== size) throw new ModelError(`${what}: expected ${size} bytes, got ${content.length}.`);
  if (zlib.crc32(content) !== crc) throw new ModelError(`${what}: its CRC-32 does not match; the data is damaged.`);
  return content;
}

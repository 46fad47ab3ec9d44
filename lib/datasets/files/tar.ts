import { extract, type Header } from 'tar-stream';
import { DataError } from '../../errors.js';

/**
 * The regular files of a tar archive, as tar-stream reads it: POSIX ustar and pax, GNU and old headers. Entries of other kinds are passed
 * over.
 * @param archive the unpacked archive
 * @param file name for messages
 * @returns path in the archive → content
 * @throws DataError when a header's checksum is wrong or the archive ends within an entry
 */
export async function readTar(archive: Buffer, file: string): Promise<Map<string, Buffer>> {
  const entries = new Map<string, Buffer>();
  const reader = extract();
  reader.end(archive);
  let last: string | undefined;
  try {
    for await (const stream of reader) {
      const { name, type, size = 0, byteOffset } = stream.header as Header & { byteOffset: number };
      last = name;
      requireSize(archive, { name, size, byteOffset }, file);
      const parts: Buffer[] = [];
      for await (const part of stream) parts.push(part as Buffer);
      if (type === 'file' || type === 'contiguous-file') entries.set(name, Buffer.concat(parts));
    }
  } catch (cause) {
    if (cause instanceof DataError) throw cause;
    const behind = last === undefined ? '' : ` behind ${last}`;
    throw new DataError(
      `${file}: expected a tar header with checksum and size that are right${behind}, got something else ` +
        `(${(cause as Error).message}). The archive is damaged or no tar archive; fetch it again.`,
      { cause },
    );
  }
  return entries;
}

/** Digits in octal; tar-stream reads as much of them as are such. */
const OCTAL = /^ *[0-7]*[ \0]*$/;
/** A first byte of which this bit is set begins a number of 95 bits. */
const BINARY = 0x80;

/** @throws DataError where the size is none, or more than there is */
function requireSize(
  archive: Buffer,
  { name, size, byteOffset }: { name: string; size: number; byteOffset: number },
  file: string,
): void {
  const field = archive.subarray(byteOffset - 512 + 124, byteOffset - 512 + 136);
  const isNumber = ((field[0] ?? 0) & BINARY) !== 0 || OCTAL.test(field.toString('latin1'));
  if (!isNumber || !(size >= 0)) {
    throw new DataError(
      `${file}: expected the size of ${name} in octal digits at byte ${byteOffset - 512 + 124}, got “${field.toString('latin1')}”. The ` +
        'archive is damaged; fetch it again.',
    );
  }
  if (size > archive.length - byteOffset) {
    throw new DataError(
      `${file}: expected ${size} bytes of ${name} at byte ${byteOffset}, got ${archive.length - byteOffset}. The archive is ` +
        'truncated; fetch it again.',
    );
  }
}

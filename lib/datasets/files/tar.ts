import { DataError } from '../../errors.js';

const BLOCK = 512;

/**
 * The regular files of a tar archive (POSIX ustar, GNU and old headers; entries of other kinds are passed over).
 * @param archive the unpacked archive
 * @param file name for messages
 * @returns path in the archive → content, sharing memory with the archive
 * @throws DataError when a header's checksum is wrong or the archive ends within an entry
 */
export function readTar(archive: Buffer, file: string): Map<string, Buffer> {
  const entries = new Map<string, Buffer>();
  for (let at = 0; at + BLOCK <= archive.length;) {
    const header = archive.subarray(at, at + BLOCK);
    if (header.every((byte) => byte === 0)) break;
    const stated = octal(header, 148, 8);
    // The checksum is taken with its own eight bytes read as spaces.
    let sum = 8 * 0x20;
    for (let i = 0; i < BLOCK; i++) if (i < 148 || i >= 156) sum += header[i]!;
    if (stated !== sum) {
      throw new DataError(
        `${file}: expected a tar header with checksum ${sum} at byte ${at}, got ${stated}. The archive is damaged or no ` +
          'tar archive; fetch it again.',
      );
    }
    const size = octal(header, 124, 12);
    if (!(size >= 0)) {
      throw new DataError(
        `${file}: expected the size of an entry in octal digits at byte ${at + 124}, got “${text(header, 124, 12)}”. The ` +
          'archive is damaged; fetch it again.',
      );
    }
    const end = at + BLOCK + size;
    const prefix = text(header, 257, 5) === 'ustar' ? text(header, 345, 155) : '';
    const name = (prefix ? `${prefix}/` : '') + text(header, 0, 100);
    if (end > archive.length) {
      throw new DataError(
        `${file}: expected ${size} bytes of ${name} at byte ${at + BLOCK}, got ${archive.length - at - BLOCK}. The archive ` +
          'is truncated; fetch it again.',
      );
    }
    const kind = header[156];
    if (kind === 0 || kind === 0x30) entries.set(name, archive.subarray(at + BLOCK, end));
    at = at + BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
  return entries;
}

function text(header: Buffer, at: number, length: number): string {
  const field = header.subarray(at, at + length);
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end < 0 ? length : end);
}

/** NaN where there is something else than octal digits. */
function octal(header: Buffer, at: number, length: number): number {
  const digits = text(header, at, length).trim() || '0';
  return /^[0-7]+$/.test(digits) ? parseInt(digits, 8) : NaN;
}

import { constants } from 'node:buffer';
import { inflateSync } from 'node:zlib';
import { DataError } from '../../errors.js';
import { unpackedLimit } from '../../run/unpacked-limit.js';
import { type DataFile, hex } from '../files/data-file.js';

/** A numeric array of a MATLAB file. Element [i, j, k, …] is at i + dims[0] · (j + dims[1] · (k + …)). */
export interface MatArray {
  readonly dims: readonly number[];
  readonly data: ArrayLike<number>;
}

const MI = { matrix: 14, compressed: 15 } as const;
const HEADER_BYTES = 128;

/** Storage types of the format: name and bytes per number. */
const STORAGE: Record<number, { bytes: number; read: (b: Buffer, at: number) => number } | undefined> = {
  1: { bytes: 1, read: (b, at) => b.readInt8(at) },
  2: { bytes: 1, read: (b, at) => b.readUInt8(at) },
  3: { bytes: 2, read: (b, at) => b.readInt16LE(at) },
  4: { bytes: 2, read: (b, at) => b.readUInt16LE(at) },
  5: { bytes: 4, read: (b, at) => b.readInt32LE(at) },
  6: { bytes: 4, read: (b, at) => b.readUInt32LE(at) },
  7: { bytes: 4, read: (b, at) => b.readFloatLE(at) },
  9: { bytes: 8, read: (b, at) => b.readDoubleLE(at) },
};

/**
 * Reads the real numeric arrays of a little-endian MATLAB 5 file (MAT-File Format, level 5), compressed or not. Other
 * variables (cells, structures, text, sparse) are passed over.
 * @throws DataError when the file is no such file, is truncated or damaged
 */
export function parseMat5(file: DataFile): Map<string, MatArray> {
  const { bytes, path } = file;
  if (bytes.length < HEADER_BYTES) {
    throw new DataError(
      `${path}: expected a MATLAB 5 file with a header of ${HEADER_BYTES} bytes, got ${bytes.length} bytes. ` +
        'The file is truncated; fetch it again.',
    );
  }
  const version = bytes.readUInt16LE(124);
  const endian = bytes.toString('latin1', 126, 128);
  if (endian !== 'IM' || version !== 0x0100) {
    const advice = bytes.toString('latin1', 0, 10) === 'MATLAB 7.3' ? ' Save it again with “save -v7”.' : '';
    throw new DataError(
      `${path}: expected a little-endian MATLAB 5 file (“00 01 49 4d” at byte 124), got “${hex(bytes.subarray(124, 128))}” ` +
        `in a file of ${bytes.length} bytes.${advice}`,
    );
  }
  const arrays = new Map<string, MatArray>();
  for (let at = HEADER_BYTES; at < bytes.length;) {
    const element = readElement(bytes, at, path, 0);
    let matrix = element;
    if (element.type === MI.compressed) {
      let unpacked: Buffer;
      try {
        unpacked = inflateSync(element.data, {
          maxOutputLength: Math.min(unpackedLimit(element.data.length), constants.MAX_LENGTH),
        });
      } catch (cause) {
        throw new DataError(
          `${path}: expected a complete compressed variable of ${element.data.length} bytes at byte ${at}, but unpacking ` +
            `it fails: ${(cause as Error).message}. The file (${bytes.length} bytes) is damaged; fetch it again.`,
          { cause },
        );
      }
      matrix = readElement(unpacked, 0, path, at);
    }
    if (matrix.type !== MI.matrix) {
      throw new DataError(
        `${path}: expected a variable (element type 14) at byte ${at} of ${bytes.length}, got element type ` +
          `${matrix.type}. The file is damaged; fetch it again.`,
      );
    }
    const variable = readMatrix(matrix.data, path, at);
    if (variable) arrays.set(variable.name, variable.array);
    at = element.end;
  }
  return arrays;
}

interface Element {
  type: number;
  data: Buffer;
  /** Where the next element starts. */
  end: number;
}

/** Reads one tagged element; `origin` is the place in the file to name in messages when `bytes` was unpacked. */
function readElement(bytes: Buffer, at: number, path: string, origin: number): Element {
  const where = `at byte ${origin + at}`;
  if (at + 8 > bytes.length) {
    throw new DataError(
      `${path}: expected an element tag of 8 bytes ${where}, got ${bytes.length - at} bytes. The file is truncated; ` +
        'fetch it again.',
    );
  }
  const first = bytes.readUInt32LE(at);
  const small = first >>> 16;
  if (small !== 0) {
    // Short form: size and type share four bytes and up to four bytes of data follow.
    if (small > 4) {
      throw new DataError(
        `${path}: expected a short element of at most 4 bytes ${where}, got ${small}. It is damaged.`,
      );
    }
    return { type: first & 0xffff, data: bytes.subarray(at + 4, at + 4 + small), end: at + 8 };
  }
  const size = bytes.readUInt32LE(at + 4);
  if (at + 8 + size > bytes.length) {
    throw new DataError(
      `${path}: expected ${size} bytes of element type ${first} ${where}, which needs ${at + 8 + size} bytes, got ` +
        `${bytes.length}. The file is truncated; fetch it again.`,
    );
  }
  const padding = first === MI.compressed ? 0 : (8 - (size % 8)) % 8;
  return { type: first, data: bytes.subarray(at + 8, at + 8 + size), end: at + 8 + size + padding };
}

/** mxDOUBLE_CLASS … mxUINT32_CLASS: the classes that hold plain numbers. */
const isNumericClass = (matClass: number): boolean => matClass >= 6 && matClass <= 13;

function readMatrix(data: Buffer, path: string, origin: number): { name: string; array: MatArray } | null {
  const flags = readElement(data, 0, path, origin);
  if (flags.data.length < 4) {
    throw new DataError(`${path}: expected the array flags of the variable at byte ${origin}. The file is damaged.`);
  }
  const isComplex = (flags.data[1]! & 0x08) !== 0;
  if (!isNumericClass(flags.data[0]!) || isComplex) return null;
  const dimensions = readElement(data, flags.end, path, origin);
  const name = readElement(data, dimensions.end, path, origin);
  const values = readElement(data, name.end, path, origin);
  const dims = Array.from({ length: dimensions.data.length / 4 }, (_, d) => dimensions.data.readInt32LE(4 * d));
  const label = name.data.toString('latin1');
  const storage = STORAGE[values.type];
  if (!storage) {
    throw new DataError(
      `${path}: variable “${label}”: expected numbers (storage type 1 to 7 or 9), got storage type ${values.type}. ` +
        'The file is damaged.',
    );
  }
  const count = dims.reduce((product, size) => product * size, 1);
  if (dims.some((size) => size < 0)) {
    throw new DataError(
      `${path}: variable “${label}”: expected sizes from 0 on, got [${dims.join(', ')}]. The file is damaged.`,
    );
  }
  if (values.data.length !== count * storage.bytes) {
    throw new DataError(
      `${path}: variable “${label}” of shape [${dims.join(', ')}]: expected ${count * storage.bytes} bytes of numbers, ` +
        `got ${values.data.length}. The file is damaged; fetch it again.`,
    );
  }
  if (values.type === 2) return { name: label, array: { dims, data: values.data } };
  const numbers = new Float64Array(count);
  for (let i = 0; i < count; i++) numbers[i] = storage.read(values.data, i * storage.bytes);
  return { name: label, array: { dims, data: numbers } };
}

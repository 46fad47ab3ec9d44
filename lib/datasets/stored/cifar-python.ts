import { DataError, ModelError } from '../../errors.js';
import { PickledCall, unpickle } from '../../run/unpickle.js';
import type { DataFile } from '../files/data-file.js';

/** Bytes of one 32×32 image: three colour planes of 1024. */
const IMAGE_BYTES = 3072;

/**
 * Rewrites a file of CIFAR's python version, a pickle of a dictionary, as the records of its binary version. The pickle is read
 * as data, nothing in it is run.
 * @param labelKeys its lists of labels, in the order of a record's label bytes
 * @throws DataError when it is no such pickle, or its lists are not as long as its images are many
 */
export function recordsOfPickle(file: DataFile, labelKeys: readonly string[]): DataFile {
  const fail = (message: string): never => {
    throw new DataError(`${file.path}: ${message}`);
  };
  const entries = dictionary(file, fail);
  const images = bytesOfArray(entries.get('data'), fail);
  const count = images.length / IMAGE_BYTES;
  if (!Number.isInteger(count)) fail(`expected images of ${IMAGE_BYTES} bytes, got ${images.length} bytes.`);
  const recordBytes = labelKeys.length + IMAGE_BYTES;
  const bytes = Buffer.alloc(count * recordBytes);
  for (let i = 0; i < count; i++)
    images.copy(bytes, i * recordBytes + labelKeys.length, i * IMAGE_BYTES, (i + 1) * IMAGE_BYTES);
  labelKeys.forEach((key, k) => {
    const labels = entries.get(key);
    if (!Array.isArray(labels) || labels.length !== count) {
      return fail(
        `expected ${count} ${key}, one for each image, got ${Array.isArray(labels) ? labels.length : 'none'}.`,
      );
    }
    labels.forEach((label: unknown, i) => {
      const fits = typeof label === 'number' && Number.isInteger(label) && label >= 0 && label <= 255;
      bytes[i * recordBytes + k] = fits
        ? label
        : fail(`expected whole numbers as ${key}, got ${String(label)} for image ${i}.`);
    });
  });
  return { ...file, bytes };
}

/** The pickled dictionary by its keys; Python 2 wrote them as bytes. */
function dictionary(file: DataFile, fail: (message: string) => never): Map<string, unknown> {
  let value: unknown;
  try {
    ({ value } = unpickle(file.bytes, 0, file.path));
  } catch (cause) {
    if (!(cause instanceof ModelError)) throw cause;
    throw new DataError(`${cause.message} Fetch the file again.`, { cause });
  }
  if (!(value instanceof Map)) return fail("expected a pickled dictionary, as CIFAR's python version has it.");
  return new Map(
    Array.from(value as Map<unknown, unknown>, ([key, entry]) => [
      Buffer.isBuffer(key) ? key.toString() : String(key),
      entry,
    ]),
  );
}

/** The content of a pickled numpy array of unsigned bytes. */
function bytesOfArray(value: unknown, fail: (message: string) => never): Buffer {
  const { shape, dtype, isByColumns, content } =
    arrayParts(value) ?? fail("expected a numpy array of images under 'data'.");
  const type: unknown = dtype instanceof PickledCall ? dtype.args[0] : null;
  if (!Array.isArray(shape) || shape.length !== 2 || shape[1] !== IMAGE_BYTES || type !== 'u1' || isByColumns) {
    return fail(
      `expected 'data' to be bytes of [images, ${IMAGE_BYTES}] row by row, got ${String(type)} [${String(shape)}]` +
        `${isByColumns ? ' column by column' : ''}.`,
    );
  }
  // Python 2 pickled strings of bytes, which are read as Latin-1.
  const bytes = Buffer.isBuffer(content) ? content : Buffer.from(String(content), 'latin1');
  if (bytes.length !== shape[0] * IMAGE_BYTES) fail(`expected ${shape[0]} images, got ${bytes.length} bytes.`);
  return bytes;
}

interface ArrayParts {
  readonly shape: unknown;
  readonly dtype: unknown;
  readonly isByColumns: boolean;
  readonly content: unknown;
}

/** What numpy's two ways to pickle an array say of it: `_reconstruct` and a state, or `_frombuffer` from protocol 5 on. */
function arrayParts(value: unknown): ArrayParts | null {
  if (!(value instanceof PickledCall)) return null;
  if (/^numpy\._?core\.multiarray\._reconstruct$/.test(value.name) && Array.isArray(value.state)) {
    const [, shape, dtype, fortran, content] = value.state as unknown[];
    return { shape, dtype, isByColumns: fortran !== false, content };
  }
  if (/^numpy\._?core\.numeric\._frombuffer$/.test(value.name)) {
    const [content, dtype, shape, order] = value.args;
    return { shape, dtype, isByColumns: order !== 'C', content };
  }
  return null;
}

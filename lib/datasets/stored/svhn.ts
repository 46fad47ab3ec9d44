import { DataError } from '../../errors.js';
import { IMAGENET_NORMALISATION, type ImageSet } from '../dataset.js';
import { type DataFile } from '../files/data-file.js';
import { parseMat5 } from './mat5.js';
import type { StoredSet } from './stored-set.js';

const SVHN_CLASSES = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'] as const;

/**
 * Reads one file of SVHN's cropped digits (http://ufldl.stanford.edu/housenumbers/, format 2): X of 32×32×3×N bytes and
 * y of N labels from 1 to 10, where 10 means the digit 0.
 * @throws DataError when X or y is missing, has another shape, or a label is outside 1–10
 */
export function parseSvhn(file: DataFile): ImageSet {
  const arrays = parseMat5(file);
  const x = arrays.get('X');
  const y = arrays.get('y');
  if (!x || !y) {
    throw new DataError(
      `${file.path}: expected the variables X and y of SVHN's cropped digits, got ` +
        `${[...arrays.keys()].join(', ') || 'none'} in a file of ${file.storedBytes} bytes.`,
    );
  }
  const count = x.dims.length === 3 ? 1 : x.dims[3];
  if (x.dims[0] !== 32 || x.dims[1] !== 32 || x.dims[2] !== 3 || x.dims.length > 4 || !(x.data instanceof Uint8Array)) {
    throw new DataError(
      `${file.path}: expected X to be bytes of shape [32, 32, 3, N], got ` +
        `${x.data instanceof Uint8Array ? 'bytes' : 'numbers'} of shape [${x.dims.join(', ')}].`,
    );
  }
  if (y.data.length !== count || count === 0) {
    throw new DataError(
      `${file.path}: expected one label in y for each of the ${count} images of X, got ${y.data.length}.`,
    );
  }
  const labels = new Int32Array(count);
  const pixels = new Uint8Array(count * 3072);
  for (let n = 0; n < count; n++) {
    const label = y.data[n]!;
    if (!Number.isInteger(label) || label < 1 || label > 10) {
      throw new DataError(
        `${file.path}: expected labels from 1 to 10 (10 = digit 0), got ${label} for image ${n} of ${count}.`,
      );
    }
    labels[n] = label % 10;
    const from = n * 3072;
    let out = from;
    for (let row = 0; row < 32; row++) {
      for (let column = 0; column < 32; column++) {
        const at = from + row + 32 * column;
        pixels[out] = x.data[at]!;
        pixels[out + 1] = x.data[at + 1024]!;
        pixels[out + 2] = x.data[at + 2048]!;
        out += 3;
      }
    }
  }
  return {
    pixels,
    labels,
    imageShape: [32, 32, 3],
    classNames: SVHN_CLASSES,
    normalisation: IMAGENET_NORMALISATION,
  };
}

/** SVHN's cropped digits. */
export const svhn: StoredSet = {
  folders: ['svhn', 'SVHN', '.'],
  markers: ['test_32x32.mat'],
  read: async (files) => ({
    train: parseSvhn(await files.read('train_32x32.mat')),
    test: parseSvhn(await files.read('test_32x32.mat')),
  }),
};

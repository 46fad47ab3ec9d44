import { DataError } from '../../errors.js';
import { type ImageSet, type Normalisation } from '../dataset.js';
import { type DataFile, hex } from '../files/data-file.js';

/**
 * Reads an IDX file of unsigned bytes (http://yann.lecun.com/exdb/mnist/): two zero bytes, type 0x08, the number of
 * dimensions, every dimension as a big-endian 32-bit integer, then the data, last dimension fastest.
 * @param dimensions the number of dimensions the caller needs: 1 for labels, 3 for images
 * @throws DataError when the magic number or the size is wrong
 */
function parseIdx(file: DataFile, dimensions: number): { shape: number[]; data: Uint8Array } {
  const { bytes } = file;
  const magic = 0x0800 + dimensions;
  const headerBytes = 4 + 4 * dimensions;
  if (bytes.length < 4 || bytes.readUInt32BE(0) !== magic) {
    throw new DataError(
      `${file.path}: expected an IDX file of ${dimensions}-dimensional bytes (magic number ` +
        `${hex(new Uint8Array([0, 0, 8, dimensions]))}), got ${hex(bytes.subarray(0, 4)) || 'nothing'} in a file of ` +
        `${bytes.length} bytes. Images and labels may be swapped, or the file is of another format.`,
    );
  }
  if (bytes.length < headerBytes) {
    throw new DataError(
      `${file.path}: expected at least ${headerBytes} bytes of IDX header, got ${bytes.length} bytes. ` +
        'The file is truncated; fetch it again.',
    );
  }
  const shape = Array.from({ length: dimensions }, (_, d) => bytes.readUInt32BE(4 + 4 * d));
  const expected = headerBytes + shape.reduce((product, size) => product * size, 1);
  if (bytes.length !== expected) {
    throw new DataError(
      `${file.path}: expected ${expected} bytes for the shape [${shape.join(', ')}] of its header, got ` +
        `${bytes.length}. The file is ${bytes.length < expected ? 'truncated' : 'too long'}; fetch it again.`,
    );
  }
  return { shape, data: bytes.subarray(headerBytes) };
}

/**
 * Reads a pair of IDX files as images of one channel.
 * @throws DataError when either file is no such IDX file, the counts differ, or a label is outside the classes
 */
export function parseIdxPair(
  images: DataFile,
  labels: DataFile,
  classNames: readonly string[],
  normalisation: Normalisation,
): ImageSet {
  const { shape, data } = parseIdx(images, 3);
  const labelFile = parseIdx(labels, 1);
  const [count, height = 0, width = 0] = shape;
  if (count === 0 || height === 0 || width === 0) {
    throw new DataError(`${images.path}: expected at least one image, got the shape [${shape.join(', ')}].`);
  }
  if (labelFile.shape[0] !== count) {
    throw new DataError(
      `${labels.path}: expected ${count} labels, one for each image of ${images.path}, got ${labelFile.shape[0]}. ` +
        'The two files belong to different sets.',
    );
  }
  const wrong = labelFile.data.findIndex((label) => label >= classNames.length);
  if (wrong >= 0) {
    throw new DataError(
      `${labels.path}: expected labels from 0 to ${classNames.length - 1}, got ${labelFile.data[wrong]} for image ` +
        `${wrong} of ${count}. The file is damaged or belongs to another set.`,
    );
  }
  return {
    pixels: new Uint8Array(data),
    labels: Int32Array.from(labelFile.data),
    imageShape: [height, width, 1],
    classNames,
    normalisation,
  };
}

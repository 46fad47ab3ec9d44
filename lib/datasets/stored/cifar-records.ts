import { DataError } from '../../errors.js';
import { type DataFile } from '../files/data-file.js';

/** Bytes of one 32×32 image: three colour planes of 1024. */
const CIFAR_IMAGE_BYTES = 3072;
const PLANE = 1024;

/** What one label byte of a record means. */
export interface LabelByte {
  /** For messages, e.g. 'fine label'. */
  readonly name: string;
  readonly classes: number;
}

/**
 * Splits a CIFAR binary file into pixels and labels. A record is its label bytes followed by the red, the green and
 * the blue plane, row by row (https://www.cs.toronto.edu/~kriz/cifar.html).
 * @param officialRecords how many records the complete file has, for messages; parts of it read as well
 * @returns pixels NHWC (n · 32 · 32 · 3) and one label array per label byte
 * @throws DataError when the file is empty, is not a whole number of records, or holds a label outside its classes
 */
export function parseCifarRecords(
  file: DataFile,
  format: string,
  labelBytes: readonly LabelByte[],
  officialRecords: number,
): { pixels: Uint8Array; labels: Int32Array[] } {
  const { bytes } = file;
  const recordBytes = labelBytes.length + CIFAR_IMAGE_BYTES;
  const count = Math.floor(bytes.length / recordBytes);
  if (count === 0 || count * recordBytes !== bytes.length) {
    const otherBytes = (labelBytes.length === 1 ? 2 : 1) + CIFAR_IMAGE_BYTES;
    const others = bytes.length / otherBytes;
    const remark =
      bytes.length > 0 && Number.isInteger(others)
        ? `, which are ${others} records of CIFAR-${labelBytes.length === 1 ? 100 : 10}. Load it as that.`
        : `: ${count} records and ${bytes.length - count * recordBytes} bytes more. The file is truncated or of another ` +
          'format; fetch it again.';
    throw new DataError(
      `${file.path}: expected a whole number of ${recordBytes}-byte ${format} records (the official file has ` +
        `${officialRecords}: ${officialRecords * recordBytes} bytes), got ${bytes.length} bytes${remark}`,
    );
  }
  const pixels = new Uint8Array(count * CIFAR_IMAGE_BYTES);
  const labels = labelBytes.map(() => new Int32Array(count));
  for (let i = 0; i < count; i++) {
    const start = i * recordBytes;
    for (const [k, { name, classes }] of labelBytes.entries()) {
      const label = bytes[start + k]!;
      if (label >= classes) {
        throw new DataError(
          `${file.path}: expected a ${name} from 0 to ${classes - 1}, got ${label} in record ` +
            `${i} of ${count} (byte ${start + k} of ${bytes.length}). The file is damaged or not ${format}.`,
        );
      }
      labels[k]![i] = label;
    }
    const planes = start + labelBytes.length;
    let out = i * CIFAR_IMAGE_BYTES;
    for (let p = planes; p < planes + PLANE; p++) {
      pixels[out] = bytes[p]!;
      pixels[out + 1] = bytes[p + PLANE]!;
      pixels[out + 2] = bytes[p + 2 * PLANE]!;
      out += 3;
    }
  }
  return { pixels, labels };
}

/**
 * Where an archive's folders may lie: under a data folder, in the set's own folder, or in one of the archive's name, as Kaggle and
 * other programs unpack it.
 */
export const withWrappers = (set: string, folders: readonly string[]): string[] => {
  const plain = set.replace('-', '');
  const wrappers = [set, plain, plain.toUpperCase(), set.toUpperCase(), `${set}-python`, `${set}-binary`];
  return [
    set,
    ...folders,
    ...wrappers.flatMap((wrapper) => [wrapper, ...folders.map((one) => `${wrapper}/${one}`)]).slice(1),
    '.',
  ];
};

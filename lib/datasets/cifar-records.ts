import { DataError } from '../errors.js';
import { type DataFile } from './data-file.js';

/** Bytes of one 32×32 image: three colour planes of 1024. */
export const CIFAR_IMAGE_BYTES = 3072;
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
 * @returns pixels NHWC (n · 32 · 32 · 3) and one label array per label byte
 * @throws DataError when the file is empty, is not a whole number of records, or holds a label outside its classes
 */
export function parseCifarRecords(
  file: DataFile,
  format: string,
  labelBytes: readonly LabelByte[],
): { pixels: Uint8Array; labels: Int32Array[] } {
  const { bytes } = file;
  const recordBytes = labelBytes.length + CIFAR_IMAGE_BYTES;
  const count = Math.floor(bytes.length / recordBytes);
  if (count === 0 || count * recordBytes !== bytes.length) {
    const otherLabels = labelBytes.length === 1 ? 2 : 1;
    const fitsOther = bytes.length > 0 && bytes.length % (otherLabels + CIFAR_IMAGE_BYTES) === 0;
    throw new DataError(
      `${file.path}: expected a whole number of ${recordBytes}-byte ${format} records ` +
        `(for example ${Math.max(count, 1) * recordBytes} bytes for ${Math.max(count, 1)}), got ${bytes.length} bytes` +
        (fitsOther
          ? `, which are ${bytes.length / (otherLabels + CIFAR_IMAGE_BYTES)} records of ` +
            `CIFAR-${otherLabels === 2 ? 100 : 10}. Load it as that.`
          : bytes.length === 0
            ? '. The file is empty; fetch it again.'
            : `: ${bytes.length - count * recordBytes} bytes too many. The file is truncated or of another format; ` +
              'fetch it again.'),
    );
  }
  const pixels = new Uint8Array(count * CIFAR_IMAGE_BYTES);
  const labels = labelBytes.map(() => new Int32Array(count));
  for (let i = 0; i < count; i++) {
    const start = i * recordBytes;
    for (let k = 0; k < labelBytes.length; k++) {
      const label = bytes[start + k];
      if (label >= labelBytes[k].classes) {
        throw new DataError(
          `${file.path}: expected a ${labelBytes[k].name} from 0 to ${labelBytes[k].classes - 1}, got ${label} in record ` +
            `${i} of ${count} (byte ${start + k} of ${bytes.length}). The file is damaged or not ${format}.`,
        );
      }
      labels[k][i] = label;
    }
    const planes = start + labelBytes.length;
    let out = i * CIFAR_IMAGE_BYTES;
    for (let p = planes; p < planes + PLANE; p++) {
      pixels[out] = bytes[p];
      pixels[out + 1] = bytes[p + PLANE];
      pixels[out + 2] = bytes[p + 2 * PLANE];
      out += 3;
    }
  }
  return { pixels, labels };
}

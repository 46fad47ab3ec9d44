import { parseCifarRecords } from './cifar-records.js';
import { type DataFile } from './data-file.js';
import { IMAGENET_NORMALISATION, type ImageSet } from './dataset.js';

export const CIFAR10_CLASSES = [
  'airplane',
  'automobile',
  'bird',
  'cat',
  'deer',
  'dog',
  'frog',
  'horse',
  'ship',
  'truck',
] as const;

/**
 * Reads one CIFAR-10 binary file: records of a label byte and 3 × 1024 pixel bytes.
 * @throws DataError when the size is no whole number of 3073-byte records or a label is above 9
 */
export function parseCifar10(file: DataFile): ImageSet {
  const { pixels, labels } = parseCifarRecords(file, 'CIFAR-10', [{ name: 'label', classes: 10 }], 10_000);
  return {
    pixels,
    labels: labels[0],
    imageShape: [32, 32, 3],
    classNames: CIFAR10_CLASSES,
    normalisation: IMAGENET_NORMALISATION,
  };
}

import { readdir } from 'node:fs/promises';
import { DataError } from '../../errors.js';
import { parseCifarRecords } from './cifar-records.js';
import { type DataFile } from '../files/data-file.js';
import { IMAGENET_NORMALISATION, type ImageSet } from '../dataset.js';
import type { StoredSet } from './stored-set.js';
import { concatSets } from '../subset.js';

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

/** CIFAR-10 in its binary version; as many training batches as there are. */
export const cifar10: StoredSet = {
  folders: ['cifar-10', 'cifar-10-batches-bin', '.'],
  marker: 'test_batch.bin',
  options: ['extra'],
  async read(files, { extra }) {
    const names = await trainingFiles(files.folder);
    if (extra) names.push('extra_to_1000_per_class.bin');
    const sets: ImageSet[] = [];
    for (const name of names) sets.push(parseCifar10(await files.read(name)));
    return { train: concatSets(sets[0], ...sets.slice(1)), test: parseCifar10(await files.read('test_batch.bin')) };
  },
};

/** Every data_batch_N.bin of the folder, plain or gzipped, by number. */
async function trainingFiles(folder: string): Promise<string[]> {
  const numbers = (await readdir(folder)).map((name) => /^data_batch_(\d+)\.bin(\.gz)?$/.exec(name)?.[1]);
  const files = [...new Set(numbers.filter((n) => n !== undefined).map(Number))].sort((a, b) => a - b);
  if (files.length === 0) {
    throw new DataError(
      `${folder}: expected at least one training file data_batch_1.bin … data_batch_5.bin (or .gz), found none. ` +
        'Run “npm run data -- fetch cifar10”.',
    );
  }
  return files.map((n) => `data_batch_${n}.bin`);
}

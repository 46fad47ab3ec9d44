import { readdir } from 'node:fs/promises';
import { DataError } from '../../errors.js';
import { commandLine } from '../../run/installation/command-line.js';
import { IMAGENET_NORMALISATION, type ImageSet } from '../dataset.js';
import { type DataFile } from '../files/data-file.js';
import { concatSets } from '../subset.js';
import { recordsOfPickle } from './cifar-python.js';
import { parseCifarRecords, withWrappers } from './cifar-records.js';
import type { StoredSet } from './stored-set.js';

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
    labels: labels[0]!,
    imageShape: [32, 32, 3],
    classNames: CIFAR10_CLASSES,
    normalisation: IMAGENET_NORMALISATION,
  };
}

/** CIFAR-10 in its binary version or its python version; as many training batches as there are. */
export const cifar10: StoredSet = {
  folders: withWrappers('cifar-10', ['cifar-10-batches-bin', 'cifar-10-batches-py']),
  markers: ['test_batch.bin', 'test_batch'],
  options: ['extra'],
  async read(files, { extra }) {
    const ending = (await files.has('test_batch.bin')) ? '.bin' : '';
    const read = async (name: string): Promise<ImageSet> => {
      const file = await files.read(name);
      return parseCifar10(name.endsWith('.bin') ? file : recordsOfPickle(file, ['labels']));
    };
    const names = await trainingFiles(files.folder, ending);
    if (extra) names.push('extra_to_1000_per_class.bin');
    const sets: ImageSet[] = [];
    for (const name of names) sets.push(await read(name));
    return { train: concatSets(sets[0]!, ...sets.slice(1)), test: await read(`test_batch${ending}`) };
  },
};

/** Every data_batch_N of the folder, plain or gzipped, by number. @param ending '.bin', or none in the python version */
async function trainingFiles(folder: string, ending: string): Promise<string[]> {
  const numbers = (await readdir(folder)).map((name) => {
    const [, number, rest] = /^data_batch_(\d+)(.*?)(?:\.gz)?$/.exec(name) ?? [];
    return rest === ending ? number : undefined;
  });
  const files = [...new Set(numbers.filter((n) => n !== undefined).map(Number))].sort((a, b) => a - b);
  if (files.length === 0) {
    throw new DataError(
      `${folder}: expected at least one training file data_batch_1${ending} … data_batch_5${ending} (or .gz), found none. ` +
        `Run “${commandLine('data', 'fetch', 'cifar10')}”.`,
    );
  }
  return files.map((n) => `data_batch_${n}${ending}`);
}

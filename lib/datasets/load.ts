import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { DataError, OptionError } from '../errors.js';
import { parseCifar10, CIFAR10_CLASSES } from './cifar10.js';
import { CIFAR100_CLASSES, CIFAR100_COARSE_CLASSES, CIFAR100_PATCH9_CLASSES, parseCifar100 } from './cifar100.js';
import { findDataFile, readDataFile, type DataFile } from './data-file.js';
import { dataRoots } from './data-folder.js';
import { type Dataset, type ImageSet, type Normalisation } from './dataset.js';
import { parseIdxPair } from './idx.js';
import {
  FASHION_MNIST_CLASSES,
  FASHION_MNIST_NORMALISATION,
  IDX_FILES,
  MNIST_CLASSES,
  MNIST_NORMALISATION,
} from './mnist.js';
import { resizeSet, toRgb } from './resize.js';
import { concatSets, firstPerClass, keepClasses, subset } from './subset.js';
import { parseSvhn, SVHN_CLASSES } from './svhn.js';
import { synthetic, type SyntheticOptions } from './synthetic.js';

export const DATASET_NAMES = ['synthetic', 'cifar10', 'cifar100', 'mnist', 'fashion-mnist', 'svhn'] as const;
export type DatasetName = (typeof DATASET_NAMES)[number];
/** The sets that are read from files. */
export type StoredDatasetName = Exclude<DatasetName, 'synthetic'>;

/** A number for both splits, or one for each. */
export type PerSplit = number | { readonly train?: number; readonly test?: number };

export interface LoadOptions extends SyntheticOptions {
  /** Folder that holds the sets' folders. Default: MODULAB_DATA where it is set, then the project's data/cache. */
  readonly dir?: string;
  /** Keeps the first images of each split. */
  readonly limit?: PerSplit;
  /** Keeps the first images of each class in each split. */
  readonly perClass?: PerSplit;
  /** Height and width to resize to. */
  readonly size?: number;
  /** 3 turns one grey channel into three equal ones. Default: as stored. */
  readonly channels?: 1 | 3;
  /** Replaces the set's own normalisation. */
  readonly normalisation?: Normalisation;
  /** CIFAR-10: adds the images of `extra_to_1000_per_class.bin` to the training images. Default false. */
  readonly extra?: boolean;
  /** CIFAR-100: which of its two labels becomes the class. Default 'fine'. */
  readonly labels?: 'fine' | 'coarse';
  /** CIFAR-100: the nine classes of the patching study, relabelled 0–8 (spec cnnsplitter §3.2). Default false. */
  readonly patch9?: boolean;
}

/** Options that make sense for some sets only. */
const SPECIAL_OPTIONS: Partial<Record<keyof LoadOptions, readonly DatasetName[]>> = {
  trainPerClass: ['synthetic'],
  testPerClass: ['synthetic'],
  seed: ['synthetic'],
  extra: ['cifar10'],
  labels: ['cifar100'],
  patch9: ['cifar100'],
};

/** Where a set's files lie under a data folder, tried in this order; the last is the data folder itself. */
const SET_FOLDERS: Record<StoredDatasetName, readonly string[]> = {
  cifar10: ['cifar-10', 'cifar-10-batches-bin', '.'],
  cifar100: ['cifar-100', 'cifar-100-binary', '.'],
  mnist: ['mnist', 'MNIST/raw', '.'],
  'fashion-mnist': ['fashion-mnist', 'FashionMNIST/raw', '.'],
  svhn: ['svhn', '.'],
};

/** A file whose presence says that a folder holds the set. */
const MARKER_FILE: Record<StoredDatasetName, string> = {
  cifar10: 'test_batch.bin',
  cifar100: 'test.bin',
  mnist: IDX_FILES.test.images,
  'fashion-mnist': IDX_FILES.test.images,
  svhn: 'test_32x32.mat',
};

/**
 * Loads a data set by name: 'synthetic' is rendered, the others are read from their official files, plain or gzipped;
 * a part of a set (fewer batches, fewer records) is read as it is.
 * @returns images as bytes; `provenance` holds the SHA-256 of every file that was read
 * @throws DataError when the set is not there, or a file of it is truncated, damaged or of another format
 * @throws OptionError for an unknown name, an option that does not belong to the set, or a limit below 1
 */
export async function loadDataset(name: DatasetName, options: LoadOptions = {}): Promise<Dataset> {
  if (!DATASET_NAMES.includes(name)) {
    throw new OptionError(
      `loadDataset: expected one of ${DATASET_NAMES.join(', ')}, got ${JSON.stringify(name)}. Use imageFolder(path) for a ` +
        'folder of images.',
    );
  }
  for (const [option, sets] of Object.entries(SPECIAL_OPTIONS)) {
    if (options[option as keyof LoadOptions] !== undefined && !sets.includes(name)) {
      throw new OptionError(`loadDataset: option ${option} belongs to ${sets.join(', ')}, not to ${name}.`);
    }
  }
  if (name === 'synthetic') return shaped(synthetic(options), { ...options, size: undefined });
  return shaped(await readStored(name, await locateDataset(name, options.dir), options), options);
}

/**
 * The folder that holds a set's files.
 * @throws DataError when no data folder has them, saying how to get them
 */
export async function locateDataset(name: StoredDatasetName, dir?: string): Promise<string> {
  const searched: string[] = [];
  for (const root of dataRoots(dir)) {
    for (const folder of SET_FOLDERS[name]) {
      const candidate = path.join(root, folder);
      if (await findDataFile(candidate, MARKER_FILE[name])) return candidate;
      searched.push(candidate);
    }
  }
  throw new DataError(
    `data set ${name}: expected ${MARKER_FILE[name]} (or .gz) in ${searched.join(' or ')}, found none. ` +
      `Run “npm run data -- fetch ${name}”, or set MODULAB_DATA to the folder that holds ${SET_FOLDERS[name][0]}/.`,
  );
}

async function readStored(name: StoredDatasetName, folder: string, options: LoadOptions): Promise<Dataset> {
  const provenance: Record<string, string> = {};
  const read = async (file: string): Promise<DataFile> => {
    const found = await findDataFile(folder, file);
    if (!found) {
      throw new DataError(
        `${path.join(folder, file)}: expected this file (or ${file}.gz) of data set ${name}, it is missing. ` +
          `Run “npm run data -- fetch ${name}”.`,
      );
    }
    const content = await readDataFile(found);
    provenance[path.basename(found)] = content.sha256;
    return content;
  };
  const dataset = async (train: Promise<ImageSet>, classNames: readonly string[], test: () => Promise<ImageSet>) => ({
    name,
    classNames,
    train: await train,
    test: await test(),
    provenance,
  });
  switch (name) {
    case 'cifar10': {
      const train = async () => {
        const files = await cifar10TrainingFiles(folder);
        if (options.extra) files.push('extra_to_1000_per_class.bin');
        const sets: ImageSet[] = [];
        for (const file of files) sets.push(parseCifar10(await read(file)));
        return concatSets(sets[0], ...sets.slice(1));
      };
      return dataset(train(), CIFAR10_CLASSES, async () => parseCifar10(await read('test_batch.bin')));
    }
    case 'cifar100': {
      if (options.patch9) {
        if (options.labels === 'coarse') throw new OptionError('loadDataset: patch9 needs the fine labels.');
        const nine = async (split: string) => {
          const file = (await findDataFile(folder, `${split}_patch9.bin`)) ? `${split}_patch9.bin` : `${split}.bin`;
          return keepClasses(parseCifar100(await read(file)), CIFAR100_PATCH9_CLASSES, { relabel: true });
        };
        return dataset(nine('train'), CIFAR100_PATCH9_CLASSES, () => nine('test'));
      }
      const part = async (file: string) => parseCifar100(await read(file), options.labels);
      const classNames = options.labels === 'coarse' ? CIFAR100_COARSE_CLASSES : CIFAR100_CLASSES;
      return dataset(part('train.bin'), classNames, () => part('test.bin'));
    }
    case 'mnist':
    case 'fashion-mnist': {
      const [classNames, normalisation] =
        name === 'mnist' ? [MNIST_CLASSES, MNIST_NORMALISATION] : [FASHION_MNIST_CLASSES, FASHION_MNIST_NORMALISATION];
      const part = async ({ images, labels }: { images: string; labels: string }) =>
        parseIdxPair(await read(images), await read(labels), classNames, normalisation);
      return dataset(part(IDX_FILES.train), classNames, () => part(IDX_FILES.test));
    }
    case 'svhn': {
      const part = async (file: string) => parseSvhn(await read(file));
      return dataset(part('train_32x32.mat'), SVHN_CLASSES, () => part('test_32x32.mat'));
    }
  }
}

/** Every data_batch_N.bin of the folder, plain or gzipped, by number. */
async function cifar10TrainingFiles(folder: string): Promise<string[]> {
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

/** Applies limits, size, channels and normalisation. */
function shaped(dataset: Dataset, options: LoadOptions): Dataset {
  const one = (set: ImageSet, split: 'train' | 'test'): ImageSet => {
    const perClass = countFor(options.perClass, split, 'perClass');
    const limit = countFor(options.limit, split, 'limit');
    let result = set;
    if (perClass !== undefined) result = subset(result, firstPerClass(result, perClass));
    if (limit !== undefined && limit < result.labels.length) {
      result = subset(
        result,
        Array.from({ length: limit }, (_, i) => i),
      );
    }
    if (options.size !== undefined) result = resizeSet(result, [options.size, options.size]);
    if (options.channels === 3) result = toRgb(result);
    if (options.channels === 1 && result.imageShape[2] !== 1) {
      throw new OptionError(`loadDataset: channels 1 was asked for, but ${dataset.name} has ${result.imageShape[2]}.`);
    }
    return options.normalisation ? { ...result, normalisation: options.normalisation } : result;
  };
  return { ...dataset, train: one(dataset.train, 'train'), test: one(dataset.test, 'test') };
}

function countFor(value: PerSplit | undefined, split: 'train' | 'test', option: string): number | undefined {
  const count = typeof value === 'object' ? value[split] : value;
  if (count !== undefined && !(Number.isInteger(count) && count >= 1)) {
    throw new OptionError(`loadDataset: expected ${option} to be a whole number from 1 on, got ${count}.`);
  }
  return count;
}

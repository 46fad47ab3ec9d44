import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { DataError, OptionError } from '../errors.js';
import { commandLine } from '../run/installation/command-line.js';
import { type Dataset, type ImageSet } from './dataset.js';
import { findDataFile } from './files/data-file.js';
import { dataRoots } from './files/data-folder.js';
import type { LoadOptions, PerSplit } from './load-options.js';
import { resizeSet, toRgb } from './resize.js';
import { openSetFiles, type StoredSet } from './stored/stored-set.js';
import { STORED_SETS, type StoredDatasetName } from './stored/stored-sets.js';
import { firstImages, firstPerClass, subset } from './subset.js';
import { synthetic } from './synthetic.js';
import { toGrey } from './to-grey.js';

/** What {@link loadDataset} takes: 'synthetic' is built in, the others are read from files. */
export type DatasetName = 'synthetic' | StoredDatasetName;

const STORED: Readonly<Record<StoredDatasetName, StoredSet>> = STORED_SETS;

/** The names of all data sets, the built-in one first. */
export const DATASET_NAMES: readonly DatasetName[] = [
  'synthetic',
  ...(Object.keys(STORED_SETS) as StoredDatasetName[]),
];

/** Options of the rendered set; the others say for themselves which are theirs. */
const SYNTHETIC_OPTIONS: readonly (keyof LoadOptions)[] = ['trainPerClass', 'testPerClass', 'seed'];

/**
 * Loads a data set by name: 'synthetic' is rendered, the others are read from their official files, plain or gzipped;
 * a part of a set (fewer batches, fewer records) is read as it is.
 * @returns images as bytes; `provenance` holds the SHA-256 of every file that was read
 * @throws DataError when the set is not there, or a file of it is truncated, damaged or of another format
 * @throws OptionError for an unknown name, an option that does not belong to the set, or a limit below 1
 * @example
 * const { train, test, classNames } = await loadDataset('synthetic', { trainPerClass: 20, testPerClass: 10, seed: 1 });
 * console.log(`${train.labels.length} images to train on, ${test.labels.length} to test, of ${classNames.join(', ')}`);
 */
export async function loadDataset(name: DatasetName, options: LoadOptions = {}): Promise<Dataset> {
  if (!DATASET_NAMES.includes(name)) {
    throw new OptionError(
      `loadDataset: expected one of ${DATASET_NAMES.join(', ')}, got ${JSON.stringify(name)}. Use imageFolder(path) for a ` +
        'folder of images.',
    );
  }
  refuseForeignOptions(name, options);
  if (name === 'synthetic') return shaped(synthetic(options), { ...options, size: undefined });
  const files = openSetFiles(name, await locateDataset(name, options.dir));
  const { train, test } = await STORED[name].read(files, options);
  return shaped({ name, classNames: train.classNames, train, test, provenance: files.provenance }, options);
}

/**
 * The folder that holds a set's files.
 * @throws DataError when no data folder has them, saying how to get them
 */
export async function locateDataset(name: StoredDatasetName, dir?: string): Promise<string> {
  const { folders, markers } = STORED[name];
  const searched: string[] = [];
  for (const root of dataRoots(dir)) {
    for (const folder of folders) {
      const candidate = path.join(root, folder);
      for (const marker of markers) if (await findDataFile(candidate, marker)) return candidate;
      searched.push(candidate);
    }
  }
  const packed = await packedFile(searched, folders);
  throw new DataError(
    `data set ${name}: expected ${markers[0]} (or .gz) in ${searched.slice(0, 4).join(' or ')}${searched.length > 4 ? ', …' : ''}, found none` +
      `${packed === null ? '' : ` (there is ${packed}: unpack it)`}. ` +
      `Run “${commandLine('data', 'fetch', name)}”, or set MODULAB_DATA to the folder that holds ${folders[0]}/.`,
  );
}

/** An archive of the set that nobody has unpacked, in the folders that were searched or beside them. */
async function packedFile(searched: readonly string[], folders: readonly string[]): Promise<string | null> {
  const own = folders.map((folder) => folder.replace(/^.*\//, '').toLowerCase()).filter((folder) => folder !== '.');
  for (const folder of searched) {
    const files = await readdir(folder).catch(() => []);
    const isOwn = (file: string): boolean => own.some((name) => file.toLowerCase().startsWith(name));
    const found = files.find((file) => /\.(tar\.gz|tgz|tar|zip)$/i.test(file) && isOwn(file));
    if (found !== undefined) return path.join(folder, found);
  }
  return null;
}

/** @throws OptionError when an option is given that belongs to other sets only */
function refuseForeignOptions(name: DatasetName, options: LoadOptions): void {
  const ownersOf = new Map<string, string[]>(SYNTHETIC_OPTIONS.map((option) => [option, ['synthetic']]));
  for (const [owner, { options: own = [] }] of Object.entries(STORED)) {
    for (const option of own) ownersOf.set(option, [...(ownersOf.get(option) ?? []), owner]);
  }
  for (const [option, owners] of ownersOf) {
    if (options[option as keyof LoadOptions] !== undefined && !owners.includes(name)) {
      throw new OptionError(`loadDataset: option ${option} belongs to ${owners.join(', ')}, not to ${name}.`);
    }
  }
}

/** Applies limits, size, channels and normalisation. */
function shaped(dataset: Dataset, options: LoadOptions): Dataset {
  const one = (set: ImageSet, split: 'train' | 'test'): ImageSet => {
    const perClass = countFor(options.perClass, split, 'perClass');
    const limit = countFor(options.limit, split, 'limit');
    let result = set;
    if (perClass !== undefined) result = subset(result, firstPerClass(result, perClass));
    if (limit !== undefined && limit < result.labels.length) result = firstImages(result, limit);
    if (options.size !== undefined) result = resizeSet(result, [options.size, options.size]);
    if (options.channels === 3) result = toRgb(result);
    if (options.channels === 1) result = toGrey(result);
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

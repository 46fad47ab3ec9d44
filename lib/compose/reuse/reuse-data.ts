import type { ImageSet } from '../../datasets/dataset.js';
import { loadDataset } from '../../datasets/load.js';
import { concatSets, keepClasses, withClassNames } from '../../datasets/subset.js';
import { OptionError } from '../../errors.js';
import type { ReuseImages } from './reuse-options.js';

export const REUSE_DATA_NAMES = ['synthetic', 'cifar'] as const;
export type ReuseDataName = (typeof REUSE_DATA_NAMES)[number];

/** What {@link loadReuseData} can be told. */
export interface ReuseDataOptions {
  /** Folder of the image sets; default as for `loadDataset`. */
  dir?: string;
  /** Images of each class: the first of the set, or how many are rendered. */
  perClass: { readonly train: number; readonly test: number };
  /** Of the synthetic images. Default 0. */
  seed?: number;
}

/** The images of a study of reuse and replacement within and across two data sets. */
export interface ReuseData {
  readonly first: ReuseImages;
  readonly second: ReuseImages;
  /** Classes of the second that all its images are there of. */
  readonly foreignClasses: readonly string[];
  readonly provenance: Readonly<Record<string, string>>;
}

/** Training images of each CIFAR-100 class that serves as a negative alone (spec decompose §2.1: 5 per class). */
const NEGATIVES = 5;

/**
 * Loads two data sets for reuse and replacement (spec decompose §3.3):
 * - 'cifar': CIFAR-10, and of CIFAR-100 all images of nine classes (those of the patching study) with the first five training images of
 *   every class as negatives; its test images are those of the nine.
 * - 'synthetic': the first six synthetic classes, and the last four.
 * @throws DataError when images are missing, OptionError on an unknown name
 */
export async function loadReuseData(name: ReuseDataName, options: ReuseDataOptions): Promise<ReuseData> {
  const { dir, perClass, seed = 0 } = options;
  if (name === 'synthetic') {
    const all = await loadDataset('synthetic', { trainPerClass: perClass.train, testPerClass: perClass.test, seed });
    const part = (title: string, classes: readonly string[]): ReuseImages => {
      const [train, test] = [all.train, all.test].map((set) => keepClasses(set, classes, { relabel: true }));
      return { name: title, train, test };
    };
    const foreignClasses = all.classNames.slice(6);
    return {
      first: part('shapes', all.classNames.slice(0, 6)),
      second: part('discs', foreignClasses),
      foreignClasses,
      provenance: all.provenance,
    };
  }
  if (name !== 'cifar') {
    throw new OptionError(`loadReuseData: expected one of ${REUSE_DATA_NAMES.join(', ')}, got '${String(name)}'.`);
  }
  const ten = await loadDataset('cifar10', { dir, perClass });
  const hundred = await loadDataset('cifar100', { dir, perClass: { train: NEGATIVES, test: 1 } });
  const nine = await loadDataset('cifar100', { dir, patch9: true, perClass });
  const ofHundred = (set: ImageSet) =>
    withClassNames(set, hundred.classNames, (label) => hundred.classNames.indexOf(nine.classNames[label]));
  return {
    first: { name: 'cifar10', train: ten.train, test: ten.test },
    second: {
      name: 'cifar100',
      train: concatSets(ofHundred(nine.train), hundred.train),
      test: ofHundred(nine.test),
    },
    foreignClasses: nine.classNames,
    provenance: { ...ten.provenance, ...hundred.provenance, ...nine.provenance },
  };
}

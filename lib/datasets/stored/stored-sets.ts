import { cifar10 } from './cifar10.js';
import { cifar100 } from './cifar100.js';
import { fashionMnist, mnist } from './mnist.js';
import type { StoredSet } from './stored-set.js';
import { svhn } from './svhn.js';

/** The sets that are read from files, by the name that `loadDataset` takes. To add one: a file in this folder and a line here. */
export const STORED_SETS = {
  cifar10,
  cifar100,
  mnist,
  'fashion-mnist': fashionMnist,
  svhn,
} as const satisfies Record<string, StoredSet>;

/** Name of a set that is read from files. */
export type StoredDatasetName = keyof typeof STORED_SETS;

import fs from 'node:fs';
import path from 'node:path';
import type { Dataset } from '../../datasets/dataset.js';
import { loadDataset } from '../../datasets/load.js';
import { DataError, OptionError } from '../../errors.js';
import { loadModel } from '../../models/load-model.js';
import type { RunOptions } from '../../run/options.js';
import type * as tf from '../../tf.js';
import type { Scale } from './scale.js';

/** What the parts of a row are given beside their input. */
export interface RowContext extends Omit<RunOptions, 'seed'> {
  readonly scale: Scale;
  /** CIFAR-10 with all its training images; at 'smoke' a rendered set of ten classes. Read once. */
  readonly images: () => Promise<Dataset>;
  /** A trained network, by the id of its row. It belongs to the context: do not dispose it. */
  readonly network: (id: string) => Promise<tf.LayersModel>;
  /** Folder of a network's weights. */
  readonly networkFolder: (id: string) => string;
  /** Something costly that several parts need, made once per context. It belongs to the context, which frees it by `dispose`. */
  readonly once: <T>(key: string, make: () => Promise<T>, dispose?: (made: T) => void) => Promise<T>;
  /** Folder for what may be kept between calls and can be made anew, such as weak models. */
  readonly cache: string;
  /** File for the state of the part under way. */
  readonly stateFile?: string;
}

/** What does not change between the parts of one call. */
export interface ContextOptions {
  readonly scale: Scale;
  /** Folder of all networks. */
  readonly models: string;
  readonly cache: string;
}

const ALL_TRAINING_IMAGES = 50_000;

/** What contexts of parts have in common, and `close`, which frees what was made once. */
export interface SharedContext extends Omit<RowContext, 'onProgress' | 'signal'> {
  close(): void;
}

export function openContext({ scale, models, cache }: ContextOptions): SharedContext {
  const made = new Map<string, Promise<unknown>>();
  const frees: (() => void)[] = [];
  const once = <T>(key: string, make: () => Promise<T>, dispose?: (made: T) => void): Promise<T> => {
    if (!made.has(key)) {
      const making = make();
      made.set(key, making);
      making.then(
        (result) => dispose && frees.push(() => dispose(result)),
        () => made.delete(key), // what was stopped is made again
      );
    }
    return made.get(key) as Promise<T>;
  };
  const networkFolder = (id: string) => path.join(models, id);
  return {
    scale,
    cache,
    once,
    networkFolder,
    images: () => once('images', () => imagesOf(scale)),
    network: (id) =>
      once(
        `network ${id}`,
        async () => {
          const file = path.join(networkFolder(id), 'model.json');
          if (!fs.existsSync(file)) {
            throw new OptionError(`'${id}': expected the trained network in ${file}. npm run reproduce -- ${id}`);
          }
          return (await loadModel(file)).model;
        },
        (model) => model.dispose(),
      ),
    close: () => frees.splice(0).forEach((free) => free()),
  };
}

async function imagesOf(scale: Scale): Promise<Dataset> {
  if (scale === 'smoke') return loadDataset('synthetic', { trainPerClass: 50, testPerClass: 12, seed: 1 });
  const data = await loadDataset('cifar10');
  const count = data.train.labels.length;
  if (count !== ALL_TRAINING_IMAGES) {
    throw new DataError(
      `cifar10: expected all ${ALL_TRAINING_IMAGES} training images, of which the published split is made; got ${count}. ` +
        'npm run data -- fetch cifar10, or name another folder in MODULAB_DATA.',
    );
  }
  return data;
}

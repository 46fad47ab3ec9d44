import path from 'node:path';
import type { ImageSet } from '../datasets/dataset.js';
import { splitTrainValidation } from '../datasets/split-train-validation.js';
import { firstImages } from '../datasets/subset.js';
import { synthetic } from '../datasets/synthetic.js';
import { loadModel } from '../models/load-model.js';
import { projectFolder } from '../run/project-folder.js';
import type * as tf from '../tf.js';

/** 'laptop' uses all images; 'smoke' few of them, for tests and very slow machines. The networks are the same. */
export type WorkshopPreset = 'laptop' | 'smoke';

/** What every part of the workshop starts from: two trained networks, and images in four sets that share none. */
export interface WorkshopData {
  readonly classNames: readonly string[];
  /** ResNet-8 of half width. Both networks were trained on `train`. */
  readonly strong: tf.LayersModel;
  /** Four convolutions, trained on few images for few epochs. */
  readonly weak: tf.LayersModel;
  /** What the networks were trained on, and are retrained on. */
  readonly train: ImageSet;
  /** For methods that look for something: the search for modules, the calibration of a patch. */
  readonly search: ImageSet;
  /** For choosing: a class, a rule, a criterion. */
  readonly validation: ImageSet;
  /** For reporting, after everything has been chosen. */
  readonly test: ImageSet;
}

const IMAGES = { trainPerClass: 360, testPerClass: 100, seed: 1 } as const;

/** Images that 'smoke' keeps of each set. */
const SMOKE = { train: 200, search: 100, validation: 150, test: 150 } as const;

/** The folder of one of the two networks. They lie in the repository, so that everyone in the room sees the same numbers. */
export function networkFolder(name: 'strong' | 'weak'): string {
  return path.join(projectFolder(), 'notebooks', 'workshop', 'models', name);
}

/** The four sets of synthetic images: 2,400 to train on, 600 to search, 600 to choose and 1,000 to report on. */
export function workshopImages(preset: WorkshopPreset): Pick<WorkshopData, 'train' | 'search' | 'validation' | 'test'> {
  const data = synthetic(IMAGES);
  const outer = splitTrainValidation(data.train, { fraction: 2 / 3 });
  const inner = splitTrainValidation(outer.validation, { fraction: 0.5 });
  const sets = { train: outer.train, search: inner.train, validation: inner.validation, test: data.test };
  if (preset === 'laptop') return sets;
  return {
    train: firstImages(sets.train, SMOKE.train),
    search: firstImages(sets.search, SMOKE.search),
    validation: firstImages(sets.validation, SMOKE.validation),
    test: firstImages(sets.test, SMOKE.test),
  };
}

/**
 * Loads the networks and renders the images.
 * @throws DataError when the networks' files are missing or damaged
 */
export async function loadWorkshop(options: { preset?: WorkshopPreset } = {}): Promise<WorkshopData> {
  const images = workshopImages(options.preset ?? 'laptop');
  const [strong, weak] = await Promise.all(
    (['strong', 'weak'] as const).map((name) => loadModel(path.join(networkFolder(name), 'model.json'))),
  );
  return { classNames: images.test.classNames, strong: strong.model, weak: weak.model, ...images };
}

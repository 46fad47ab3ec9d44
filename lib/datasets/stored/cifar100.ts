import path from 'node:path';
import { OptionError } from '../../errors.js';
import { IMAGENET_NORMALISATION, type ImageSet } from '../dataset.js';
import { type DataFile } from '../files/data-file.js';
import { keepClasses } from '../subset.js';
import { recordsOfPickle } from './cifar-python.js';
import { parseCifarRecords, withWrappers } from './cifar-records.js';
import type { StoredSet } from './stored-set.js';

/** The 100 fine classes, in label order. */
export const CIFAR100_CLASSES: readonly string[] = (
  'apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly ' +
  'camel can castle caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup ' +
  'dinosaur dolphin elephant flatfish forest fox girl hamster house kangaroo keyboard lamp lawn_mower ' +
  'leopard lion lizard lobster man maple_tree motorcycle mountain mouse mushroom oak_tree orange orchid ' +
  'otter palm_tree pear pickup_truck pine_tree plain plate poppy porcupine possum rabbit raccoon ray ' +
  'road rocket rose sea seal shark shrew skunk skyscraper snail snake spider squirrel streetcar ' +
  'sunflower sweet_pepper table tank telephone television tiger tractor train trout tulip turtle ' +
  'wardrobe whale willow_tree wolf woman worm'
).split(' ');

/** The 20 coarse classes, in label order. */
export const CIFAR100_COARSE_CLASSES: readonly string[] = (
  'aquatic_mammals fish flowers food_containers fruit_and_vegetables household_electrical_devices ' +
  'household_furniture insects large_carnivores large_man-made_outdoor_things ' +
  'large_natural_outdoor_scenes large_omnivores_and_herbivores medium_mammals non-insect_invertebrates ' +
  'people reptiles small_mammals trees vehicles_1 vehicles_2'
).split(' ');

/** The nine non-target classes of the patching study, in the order of their new labels 0–8 (spec cnnsplitter §3.2). */
export const CIFAR100_PATCH9_CLASSES: readonly string[] = [0, 2, 5, 8, 9, 12, 15, 22, 70].map(
  (c) => CIFAR100_CLASSES[c]!,
);

/**
 * Reads one CIFAR-100 binary file: records of a coarse label byte, a fine label byte and 3 × 1024 pixel bytes.
 * @param labels which of the two labels becomes the class
 * @throws DataError when the size is no whole number of 3074-byte records or a label is outside its classes
 */
export function parseCifar100(file: DataFile, labels: 'fine' | 'coarse' = 'fine'): ImageSet {
  const labelBytes = [
    { name: 'coarse label', classes: 20 },
    { name: 'fine label', classes: 100 },
  ];
  const officialRecords = path.basename(file.path).startsWith('train') ? 50_000 : 10_000;
  const parsed = parseCifarRecords(file, 'CIFAR-100', labelBytes, officialRecords);
  return {
    pixels: parsed.pixels,
    labels: parsed.labels[labels === 'fine' ? 1 : 0]!,
    imageShape: [32, 32, 3],
    classNames: labels === 'fine' ? CIFAR100_CLASSES : CIFAR100_COARSE_CLASSES,
    normalisation: IMAGENET_NORMALISATION,
  };
}

/** CIFAR-100 in its binary version or its python version, with its fine labels, its coarse ones, or nine of the fine ones (`patch9`). */
export const cifar100: StoredSet = {
  folders: withWrappers('cifar-100', ['cifar-100-binary', 'cifar-100-python']),
  markers: ['test.bin', 'test'],
  options: ['labels', 'patch9'],
  async read(files, { labels, patch9 }) {
    if (patch9 && labels === 'coarse') throw new OptionError('loadDataset: patch9 needs the fine labels.');
    const part = async (split: 'train' | 'test') => {
      if (!(await files.has('test.bin'))) {
        const file = recordsOfPickle(await files.read(split), ['coarse_labels', 'fine_labels']);
        const set = parseCifar100(file, patch9 ? 'fine' : labels);
        return patch9 ? keepClasses(set, CIFAR100_PATCH9_CLASSES, { relabel: true }) : set;
      }
      if (!patch9) return parseCifar100(await files.read(`${split}.bin`), labels);
      const file = (await files.has(`${split}_patch9.bin`)) ? `${split}_patch9.bin` : `${split}.bin`;
      return keepClasses(parseCifar100(await files.read(file)), CIFAR100_PATCH9_CLASSES, { relabel: true });
    };
    return { train: await part('train'), test: await part('test') };
  },
};

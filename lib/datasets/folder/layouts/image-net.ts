import { DataError } from '../../../errors.js';
import { type FileTree, joined, lastName } from '../../files/file-tree.js';
import { listImages } from '../list-images.js';
import { labelledFiles, renamed } from './labelled-files.js';
import type { Layout } from './layout.js';
import { rootWith } from './root-with.js';
import { synsetNames } from './synset-names.js';

const SOLUTIONS = 'LOC_val_solution.csv';
const NAMES = 'LOC_synset_mapping.txt';

/**
 * ImageNet (ILSVRC) as the competition hands it out: `ILSVRC/Data/CLS-LOC/train/<WordNet id>` and `…/val`, or `train` and `val`
 * beside `LOC_val_solution.csv`, which has the labels of the latter. Images to test on have no labels. One whose `val` has been sorted into folders is as any other.
 */
export const imageNet: Layout = {
  async find(tree, _options, passedOver) {
    const root = await rootWith(tree, SOLUTIONS);
    if (root === null) return null;
    const official = (await tree.entries(root)).folders.includes('ILSVRC');
    const data = official ? joined(root, 'ILSVRC/Data/CLS-LOC') : root;
    const train = await listImages(tree, joined(data, 'train'), 1, passedOver);
    const ids = [...train.keys()];
    const val = joined(data, 'val');
    const source = joined(root, SOLUTIONS);
    const labels = await solutions(tree, source);
    const validation = await labelledFiles(tree, val, labels, ids, tree.path(source), passedOver);
    if ((await tree.entries(data)).folders.includes('test'))
      passedOver.add('folders without labels', joined(data, 'test'));
    const { files } = await tree.entries(root);
    const words = files.includes(NAMES) ? (await tree.read(joined(root, NAMES))).bytes.toString('utf8') : '';
    const names = synsetNames(words, ids);
    return {
      parts: {
        train: { folder: joined(data, 'train'), classes: renamed(train, names) },
        validation: { folder: val, classes: renamed(validation, names) },
      },
      remarks: ['laid out as ImageNet'],
    };
  },
};

/** Lines such as `ILSVRC2012_val_00048981,n03995372 85 1 499 272`: an image, then the classes and boxes in it. */
async function solutions(tree: FileTree, source: string): Promise<[string, string][]> {
  const lines = (await tree.read(source)).bytes.toString('utf8').split(/\r?\n/).filter(Boolean).slice(1);
  return lines.map((line) => {
    const [, image = '', id] = /^([\w.-]+),(n\d{8})\b/.exec(line) ?? [];
    if (id === undefined)
      throw new DataError(`${tree.path(source)}: expected an image and a WordNet id, got "${line}".`);
    return [`${lastName(image)}.JPEG`, id];
  });
}

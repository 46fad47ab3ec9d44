import { DataError } from '../../../errors.js';
import { joined } from '../../files/file-tree.js';
import { listImages } from '../list-images.js';
import { labelledFiles, renamed } from './labelled-files.js';
import type { Layout } from './layout.js';
import { rootWith } from './root-with.js';
import { synsetNames } from './synset-names.js';

/**
 * Tiny-ImageNet-200 as it is handed out: `train/<WordNet id>/images`, `val/images` with `val/val_annotations.txt`, names in
 * `words.txt`, and images to test on without labels, which are passed over.
 */
export const tinyImageNet: Layout = {
  async find(tree, _options, passedOver) {
    const root = (await rootWith(tree, 'wnids.txt')) ?? (await rootWith(tree, 'words.txt'));
    if (root === null) return null;
    const { files, folders } = await tree.entries(root);
    if (!folders.includes('train') || !folders.includes('val')) return null;
    // One whose `val` has been sorted into folders is as any other.
    if (!(await tree.entries(joined(root, 'val'))).folders.includes('images')) return null;
    const train = await listImages(tree, joined(root, 'train'), 1, passedOver);
    const source = joined(root, 'val/val_annotations.txt');
    const lines = (await tree.read(source)).bytes.toString('utf8').split(/\r?\n/).filter(Boolean);
    const labels = lines.map((line): [string, string] => {
      const [file = '', id] = line.split('\t');
      if (!id)
        throw new DataError(
          `${tree.path(source)}: expected a file and a WordNet id with a tab between, got "${line}".`,
        );
      return [file, id];
    });
    const ids = [...train.keys()];
    const val = joined(root, 'val/images');
    const validation = await labelledFiles(tree, val, labels, ids, tree.path(source), passedOver);
    if (folders.includes('test')) passedOver.add('folders without labels', joined(root, 'test'));
    const words = files.includes('words.txt')
      ? (await tree.read(joined(root, 'words.txt'))).bytes.toString('utf8')
      : '';
    const names = synsetNames(words, ids);
    return {
      parts: {
        train: { folder: joined(root, 'train'), classes: renamed(train, names) },
        validation: { folder: val, classes: renamed(validation, names) },
      },
      remarks: ['laid out as Tiny-ImageNet'],
    };
  },
};

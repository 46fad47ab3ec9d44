import { DataError } from '../../../errors.js';
import { type FileTree, joined } from '../../files/file-tree.js';
import { listImages } from '../list-images.js';
import { findSplits } from './find-splits.js';
import { flatParts } from './flat-parts.js';
import type { Layout, Part } from './layout.js';
import { isPlainName, type SplitRole, splitRole } from './split-name.js';

/** One folder per class, within one folder per part or without. */
export const classFolders: Layout = {
  async find(tree, { classDepth }, passedOver) {
    const parts: Partial<Record<SplitRole, Part>> = {};
    const { root, folders, beside } = await findSplits(tree);
    for (const [role, folder] of Object.entries(folders)) {
      parts[role as SplitRole] = { folder, classes: await listImages(tree, folder, classDepth, passedOver) };
    }
    const { train } = parts;
    if (train && classDepth === 1) await requireClasses(tree, train);
    const flat = await flatParts(tree, root, beside, [...(train?.classes.keys() ?? [])], passedOver);
    for (const name of flat.rest) passedOver.add('folders beside the splits', name);
    return { parts: { ...flat.parts, ...parts }, remarks: flat.remarks };
  },
};

/** Whether a folder's name says what is in it, and not of which class it is. */
const saysNoClass = (name: string): boolean =>
  splitRole(name) !== null || isPlainName(name) || /^(labels?|annotations?|masks?|boxes)$/i.test(name);

/** @throws DataError where folders lie where those of classes should, and none of them is called after one */
async function requireClasses(tree: FileTree, { folder, classes }: Part): Promise<void> {
  const names = [...classes.keys()];
  if (!names.every(saysNoClass)) return;
  const lists = (await tree.entries('')).files.filter((file) => /\.(csv|tsv|jsonl?)$/i.test(file));
  throw new DataError(
    `${tree.path(folder)}: expected one folder of images for each class, got ${names.slice(0, 6).join(', ')}, which name no ` +
      `classes. Sort the images into folders of their classes, or give a list of their labels: { labels: ` +
      `${JSON.stringify(joined('', lists[0] ?? 'labels.csv'))} }.`,
  );
}

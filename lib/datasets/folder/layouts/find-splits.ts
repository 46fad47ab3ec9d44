import { DataError } from '../../../errors.js';
import { type FileTree, joined, lastName } from '../../files/file-tree.js';
import { hasImageName } from '../../images/image-format.js';
import { isPlainName, type SplitRole, splitRole } from './split-name.js';

/** Archives are often unpacked into a folder of their name within a folder of their name. */
const MOST_WRAPPERS = 8;

/** Where the parts of a set lie. */
export interface FoundSplits {
  /** The folder that they lie in. */
  readonly root: string;
  /** The folder of each part that there is, with the classes in it. */
  readonly folders: Partial<Readonly<Record<SplitRole, string>>>;
  /** Names of the folders beside them. */
  readonly beside: readonly string[];
}

/**
 * Finds the parts of a set of images by the names of folders, in any case: train, training, val, valid, validation, dev, test,
 * testing, alone or with other words that are the same for all of them ('seg_train', 'seg_test').
 * @returns `train` is the root where nobody has split the set
 * @throws DataError when the folder is missing or has no folders in it, or two have the same role
 */
export async function findSplits(tree: FileTree): Promise<FoundSplits> {
  let root = '';
  for (let depth = 0; ; depth++) {
    const inside = (await tree.entries(root)).folders;
    const parts = await splitFolders(tree, root, inside);
    if (parts) {
      const beside = inside.filter((name) => !Object.values(parts).includes(joined(root, name)));
      const folders: Partial<Record<SplitRole, string>> = {};
      for (const [role, part] of Object.entries(parts)) folders[role as SplitRole] = await withinWrappers(tree, part);
      return { root, folders, beside };
    }
    const [only, ...others] = inside;
    if (only === undefined) {
      throw new DataError(
        `${tree.path(root)}: expected one sub-folder of images per class, got none. Lay the images out as train/<class>/*.png and ` +
          "test/<class>/*.png, or give a list of their labels: { labels: 'labels.csv' }.",
      );
    }
    const wraps = others.length === 0 && depth < MOST_WRAPPERS && (await holdsFoldersOnly(tree, joined(root, only)));
    if (!wraps) return { root, folders: { train: root }, beside: [] };
    root = joined(root, only);
  }
}

/** The folders with a role that belong together; null where there is none to train on. */
async function splitFolders(
  tree: FileTree,
  root: string,
  folders: readonly string[],
): Promise<Partial<Record<SplitRole, string>> | null> {
  const groups = new Map<string, Partial<Record<SplitRole, string>>>();
  const twice: [string, string][] = [];
  for (const name of folders) {
    const found = splitRole(name);
    if (!found || !(await holdsClasses(tree, joined(root, name)))) continue;
    const group = groups.get(found.rest) ?? {};
    const before = group[found.role];
    if (before !== undefined) twice.push([lastName(before), name]);
    group[found.role] = joined(root, name);
    groups.set(found.rest, group);
  }
  const whole = [...groups].filter(([, { train, validation, test }]) => train && (validation ?? test));
  const chosen = groups.get('')?.train ? groups.get('') : whole[0]?.[1];
  if (!chosen) return null;
  if (twice.length > 0 || (whole.length > 1 && !groups.get('')?.train)) {
    const names = twice[0] ?? whole.map(([, { train }]) => lastName(train ?? ''));
    throw new DataError(
      `${tree.path(root)}: expected one folder for each part of the set, got ${names.join(' and ')} for the same. Move all but one away.`,
    );
  }
  return chosen;
}

/** Whether a folder is one of classes. A class may be called 'train' or 'test', too: it has images, and one folder in it at most. */
async function holdsClasses(tree: FileTree, folder: string): Promise<boolean> {
  return (await tree.entries(folder)).folders.length > 1 || holdsFoldersOnly(tree, folder);
}

/** Whether a folder has folders in it and no images beside them. */
async function holdsFoldersOnly(tree: FileTree, folder: string): Promise<boolean> {
  const { folders, files } = await tree.entries(folder);
  return folders.length > 0 && !files.some(hasImageName);
}

/** Steps into seg_train/seg_train and train/images, where the classes are further inside. */
async function withinWrappers(tree: FileTree, part: string): Promise<string> {
  let folder = part;
  for (let depth = 0; depth < MOST_WRAPPERS; depth++) {
    const { folders } = await tree.entries(folder);
    const [only, ...others] = folders;
    if (only === undefined || others.length > 0) break;
    const same = only.toLowerCase() === lastName(folder).toLowerCase();
    if (!(same || isPlainName(only)) || !(await holdsFoldersOnly(tree, joined(folder, only)))) break;
    folder = joined(folder, only);
  }
  return folder;
}

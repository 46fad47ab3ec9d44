import path from 'node:path';
import { DataError } from '../../errors.js';
import { hasImageName } from '../images/image-format.js';
import { folderEntries, type FolderEntries } from './folder-entries.js';
import { isPlainName, splitRole, type SplitRole } from './split-name.js';
import type { Tally } from './tally.js';

/** Where the parts of a set lie. */
export interface FoundSplits {
  /** The folder of each part that there is, with the classes in it. */
  readonly folders: Partial<Record<SplitRole, string>>;
  /** `train` is a folder of classes that nobody has split. */
  readonly unsplit: boolean;
}

/** Archives are often unpacked into a folder of their name within a folder of their name. */
const MOST_WRAPPERS = 8;

/**
 * Finds the parts of a set of images by the names of folders, in any case: train, training, val, valid, validation, dev, test,
 * testing, alone or with other words that are the same for all of them ('seg_train', 'seg_test').
 * @throws DataError when the folder is missing or has no folders in it, or two have the same role
 */
export async function findSplits(folder: string, passedOver: Tally): Promise<FoundSplits> {
  let root = folder;
  for (let depth = 0; ; depth++) {
    const entries = await folderEntries(root);
    const parts = await splitFolders(root, entries);
    if (parts) {
      for (const name of entries.folders) {
        if (!Object.values(parts).includes(path.join(root, name))) passedOver.add('folders beside the splits', name);
      }
      const folders: Partial<Record<SplitRole, string>> = {};
      for (const [role, part] of Object.entries(parts)) folders[role as SplitRole] = await withinWrappers(part);
      return { folders, unsplit: false };
    }
    const [only, ...others] = entries.folders;
    if (only === undefined) {
      throw new DataError(
        `${root}: expected one sub-folder of images per class, got none. Lay the images out as train/<class>/*.png and ` +
          'test/<class>/*.png.',
      );
    }
    const wraps = others.length === 0 && depth < MOST_WRAPPERS && (await holdsFoldersOnly(path.join(root, only)));
    if (!wraps) return { folders: { train: root }, unsplit: true };
    root = path.join(root, only);
  }
}

/** The folders with a role that belong together; null where there is none to train on. */
async function splitFolders(
  root: string,
  { folders }: FolderEntries,
): Promise<Partial<Record<SplitRole, string>> | null> {
  const groups = new Map<string, Partial<Record<SplitRole, string>>>();
  const twice: [string, string][] = [];
  for (const name of folders) {
    const found = splitRole(name);
    // A class may be called 'train' or 'test', too: it has images and no folders.
    if (!found || !(await holdsFoldersOnly(path.join(root, name)))) continue;
    const group = groups.get(found.rest) ?? {};
    const before = group[found.role];
    if (before !== undefined) twice.push([path.basename(before), name]);
    group[found.role] = path.join(root, name);
    groups.set(found.rest, group);
  }
  const whole = [...groups].filter(([, { train, validation, test }]) => train && (validation ?? test));
  const chosen = groups.get('')?.train ? groups.get('') : whole[0]?.[1];
  if (!chosen) return null;
  if (twice.length > 0 || (whole.length > 1 && !groups.get('')?.train)) {
    const names = twice[0] ?? whole.map(([, { train }]) => path.basename(train ?? ''));
    throw new DataError(
      `${root}: expected one folder for each part of the set, got ${names.join(' and ')} for the same. Move all but one away.`,
    );
  }
  return chosen;
}

/** Whether a folder has folders in it and no images beside them. */
async function holdsFoldersOnly(folder: string): Promise<boolean> {
  const { folders, files } = await folderEntries(folder);
  return folders.length > 0 && !files.some(hasImageName);
}

/** Steps into seg_train/seg_train and train/images, where the classes are further inside. */
async function withinWrappers(part: string): Promise<string> {
  let folder = part;
  for (let depth = 0; depth < MOST_WRAPPERS; depth++) {
    const { folders } = await folderEntries(folder);
    const [only] = folders;
    const same = only?.toLowerCase() === path.basename(folder).toLowerCase();
    if (folders.length !== 1 || !(same || isPlainName(only)) || !(await holdsFoldersOnly(path.join(folder, only))))
      break;
    folder = path.join(folder, only);
  }
  return folder;
}

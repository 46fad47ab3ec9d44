import { DataError } from '../../../errors.js';
import { type FileTree, joined } from '../../files/file-tree.js';
import { hasImageName } from '../../images/image-format.js';
import type { Tally } from '../tally.js';
import { type LabelRow, labelRows } from './label-rows.js';
import { labelledFiles } from './labelled-files.js';
import type { Part } from './layout.js';
import { isPlainName, type SplitRole, splitRole } from './split-name.js';

const LIST_NAME = /\.(csv|tsv|txt|json|jsonl)(\.gz)?$/i;
/** More lists than that are one for every image. */
const MOST_LISTS = 20;

/**
 * The parts whose images lie in one folder, `val/1.jpg`, as ImageNet's do, with a list of their labels in that folder or beside it.
 * @param beside the folders beside that of the training images
 * @param classNames those of the training images
 * @returns the parts, and the folders that none could be made of
 */
export async function flatParts(
  tree: FileTree,
  root: string,
  beside: readonly string[],
  classNames: readonly string[],
  passedOver: Tally,
): Promise<{ parts: Partial<Record<SplitRole, Part>>; rest: readonly string[]; remarks: readonly string[] }> {
  const parts: Partial<Record<SplitRole, Part>> = {};
  const rest: string[] = [];
  const remarks: string[] = [];
  for (const name of beside) {
    const role = splitRole(name)?.role;
    const part =
      role === undefined || role === 'train' || parts[role] ? null : await flatFolder(tree, joined(root, name));
    const list = part && (await listOf(tree, [part, joined(root, name), root], part));
    if (role === undefined || !part || !list) {
      rest.push(name);
      continue;
    }
    const classes = await labelledFiles(tree, part, list.labels, classNames, tree.path(list.file), passedOver);
    parts[role] = { folder: part, classes };
    remarks.push(`labels of ${name} from ${list.file}`);
  }
  return { parts, rest, remarks };
}

/** The folder that has images in it and no classes: itself, or the one in it that says no more than that. */
async function flatFolder(tree: FileTree, folder: string): Promise<string | null> {
  const { files, folders } = await tree.entries(folder);
  if (files.some(hasImageName)) return folder;
  const [only, ...others] = folders;
  if (only === undefined || others.length > 0 || !isPlainName(only)) return null;
  const inner = await tree.entries(joined(folder, only));
  return inner.files.some(hasImageName) ? joined(folder, only) : null;
}

/** The list that names the most images of a folder, and their labels. */
async function listOf(
  tree: FileTree,
  folders: readonly string[],
  images: string,
): Promise<{ file: string; labels: [string, string][] } | null> {
  const there = new Map<string, string>();
  for (const file of (await tree.entries(images)).files) {
    if (!hasImageName(file)) continue;
    there.set(file.replace(/\.[^.]*$/, ''), file);
    there.set(file, file);
  }
  let best: { file: string; labels: [string, string][] } | null = null;
  for (const folder of new Set(folders)) {
    const lists = (await tree.entries(folder)).files.filter((file) => LIST_NAME.test(file));
    if (lists.length > MOST_LISTS) continue;
    for (const list of lists) {
      const file = joined(folder, list);
      const labels = (await rowsOf(tree, file)).flatMap(({ image, label }): [string, string][] => {
        const found = there.get(image.replaceAll('\\', '/').replace(/^.*\//, ''));
        // Kaggle's lists have boxes behind the class: n01440764 85 1 499 272.
        return found === undefined ? [] : [[found, /^n\d{8}(?= )/.exec(label)?.[0] ?? label]];
      });
      if (labels.length > (best?.labels.length ?? 0)) best = { file, labels };
    }
  }
  return best;
}

async function rowsOf(tree: FileTree, file: string): Promise<readonly LabelRow[]> {
  try {
    return labelRows((await tree.read(file)).bytes, tree.path(file)).rows;
  } catch (error) {
    if (error instanceof DataError) return []; // a list of something else
    throw error;
  }
}

import path from 'node:path';
import { DataError } from '../../../errors.js';
import { type FileTree, joined, lastName } from '../../files/file-tree.js';
import { hasImageName } from '../../images/image-format.js';
import { filesUnder, type ListedImage, readableImages } from '../list-images.js';
import { type LabelRow, labelRows } from './label-rows.js';
import type { Layout, Part } from './layout.js';
import { rootWith } from './root-with.js';
import { type SplitRole, splitRole } from './split-name.js';

/** A CSV or JSON file of paths and labels, where `labels` names one. Labels that are numbers are in the order of numbers. */
export const labelTable: Layout = {
  async find(tree, { labels: file }, passedOver) {
    if (file === undefined) return null;
    const within = await pathWithin(tree, file);
    const source = tree.path(within);
    const { rows, remarks } = labelRows((await tree.read(within)).bytes, source);
    const locate = await locator(tree, within);
    const classNames = classNamesOf(rows);
    const byRole = new Map<SplitRole, ListedImage[]>();
    const named = new Set<string>();
    for (const row of rows) {
      const role = roleOf(row, source);
      const path = locate(row.image);
      if (path === null) {
        throw new DataError(
          `${source}: names the image ${row.image}, which is not in ${tree.path('')} or is there several times.`,
        );
      }
      if (named.has(path)) throw new DataError(`${source}: names the image ${row.image} twice.`);
      named.add(path);
      const images = byRole.get(role) ?? [];
      images.push({ file: path, name: path, className: row.label });
      byRole.set(role, images);
    }
    const parts: Partial<Record<SplitRole, Part>> = {};
    for (const [role, images] of byRole) {
      const classes = new Map<string, ListedImage[]>(classNames.map((name) => [name, []]));
      const kept = await readableImages(tree, images, '', passedOver);
      for (const image of kept) classes.get(image.className)?.push(image);
      parts[role] = { folder: '', classes };
    }
    return { parts, remarks: [`labels from ${lastName(within)}`, ...remarks] };
  },
};

/** The list's path in the tree; people also give the one by which they would open it. */
async function pathWithin(tree: FileTree, file: string): Promise<string> {
  const slashes = (name: string): string => name.replaceAll('\\', '/');
  const [root, given] = [slashes(path.resolve(tree.path(''))), slashes(file)];
  if (given.startsWith(`${root}/`)) return given.slice(root.length + 1);
  const plain = given.replace(/^\.\//, '');
  // Archives are often of one folder, which nobody names.
  return plain.includes('/') ? plain : joined((await rootWith(tree, plain)) ?? '', plain);
}

function classNamesOf(rows: readonly LabelRow[]): string[] {
  const names = [...new Set(rows.map((row) => row.label))];
  const numbers = names.every((name) => /^-?\d+$/.test(name));
  return numbers ? names.sort((a, b) => Number(a) - Number(b)) : names.sort();
}

function roleOf({ split, image }: LabelRow, source: string): SplitRole {
  if (split === undefined) return 'train';
  const role = splitRole(split)?.role;
  if (!role) throw new DataError(`${source}: expected train, val or test for ${image}, got ${JSON.stringify(split)}.`);
  return role;
}

/**
 * Finds images by what a list calls them: a path from the root or from the list's folder, or a name, with or without its
 * extension, that only one image has.
 */
async function locator(tree: FileTree, table: string): Promise<(image: string) => string | null> {
  const paths = (await filesUnder(tree, '', '')).filter((file) => hasImageName(file));
  const byPath = new Map(paths.map((path) => [path.normalize('NFC'), path]));
  const byName = new Map<string, string | null>();
  const note = (text: string, path: string): void => {
    const name = text.normalize('NFC');
    byName.set(name, byName.has(name) ? null : path);
  };
  for (const path of paths) {
    note(`name ${lastName(path)}`, path);
    note(`stem ${lastName(path).replace(/\.[^.]*$/, '')}`, path);
  }
  const folder = table.includes('/') ? table.slice(0, table.lastIndexOf('/')) : '';
  return (image) => {
    const path = image
      .normalize('NFC')
      .replaceAll('\\', '/')
      .replace(/^\.?\//, '');
    const exact = byPath.get(path) ?? byPath.get(joined(folder, path).normalize('NFC'));
    if (exact !== undefined) return exact;
    const name = lastName(path);
    return byName.get(`name ${name}`) ?? byName.get(`stem ${name}`) ?? null;
  };
}

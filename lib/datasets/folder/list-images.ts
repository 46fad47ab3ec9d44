import path from 'node:path';
import { DataError } from '../../errors.js';
import { type FileTree, joined, lastName } from '../files/file-tree.js';
import { readableFormats } from '../images/decode-image.js';
import { hasImageName, HEAD_BYTES, imageFormat } from '../images/image-format.js';
import type { Tally } from './tally.js';

/** A picture that has been found and not been read yet. */
export interface ListedImage {
  /** Path of the file in its tree. */
  readonly file: string;
  /** `<class>/<file>`, with the folders between them, always with slashes. */
  readonly name: string;
  /** Name of its class. */
  readonly className: string;
}

/** Folders within a class folder beyond this are a loop of links or no data set. */
const MOST_DEPTH = 32;
/** Files whose first bytes are read at the same time. */
const OPEN_FILES = 64;

/**
 * Finds the pictures under every class folder, however deep they lie, in the order of their names' code units.
 * @param classDepth how many folders make the name of a class: with 2, `animals/cat`
 * @param passedOver counts what is left out: pictures of formats that cannot be read here, other files, images beside classes
 * @returns the pictures of every class; classes without any are there as well
 */
export async function listImages(
  tree: FileTree,
  split: string,
  classDepth: number,
  passedOver: Tally,
): Promise<Map<string, ListedImage[]>> {
  const classes = new Map<string, ListedImage[]>();
  for (const folder of await classFolders(tree, split, '', classDepth, passedOver)) {
    // macOS writes accents as letters of their own, in names of folders and in archives.
    const className = folder.normalize('NFC');
    const names = await filesUnder(tree, split, folder);
    const found = names.map((name) => ({ file: joined(split, name), name, className }));
    const images = await readableImages(tree, found, split, passedOver);
    classes.set(className, [...(classes.get(className) ?? []), ...images]);
  }
  return new Map([...classes].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The class folders as paths within the split. */
async function classFolders(
  tree: FileTree,
  split: string,
  within: string,
  depth: number,
  passedOver: Tally,
): Promise<string[]> {
  const { folders, files } = await tree.entries(joined(split, within));
  for (const file of files) {
    const what = hasImageName(file) ? 'images outside the class folders' : 'other files';
    passedOver.add(what, fullName(split, joined(within, file)));
  }
  const names = folders.map((folder) => joined(within, folder));
  if (depth === 1) return names;
  const deeper = names.map((name) => classFolders(tree, split, name, depth - 1, passedOver));
  return (await Promise.all(deeper)).flat();
}

/** All files in a folder of the tree and in the folders within it, as paths within `split`, in the order of their code units. */
export async function filesUnder(
  tree: FileTree,
  split: string,
  within: string,
  outer: readonly string[] = [],
): Promise<string[]> {
  const folder = joined(split, within);
  const real = await tree.identity(folder);
  if (outer.includes(real) || outer.length > MOST_DEPTH) {
    throw new DataError(
      `${tree.path(folder)}: expected images, got folders within each other without end. Remove the link.`,
    );
  }
  const { folders, files } = await tree.entries(folder);
  const names = [files.map((file) => joined(within, file))];
  for (const inner of folders) names.push(await filesUnder(tree, split, joined(within, inner), [...outer, real]));
  return names.flat().sort();
}

/** Leaves out, and counts, what is no picture by its name, and pictures that cannot be read here by their first bytes. */
export async function readableImages(
  tree: FileTree,
  found: readonly ListedImage[],
  split: string,
  passedOver: Tally,
): Promise<ListedImage[]> {
  const kept: ListedImage[] = [];
  const readable = await readableFormats();
  for (let start = 0; start < found.length; start += OPEN_FILES) {
    const some = found.slice(start, start + OPEN_FILES);
    const heads = await Promise.all(
      some.map(({ file, name }) => (mayBeImage(name) ? tree.head(file, HEAD_BYTES) : Promise.resolve(null))),
    );
    some.forEach((image, i) => {
      const head = heads[i];
      const format = head && imageFormat(head);
      // What has an image's name and no image's content is damaged: reading it says so.
      if (format ? readable.includes(format) : head && hasImageName(image.name)) kept.push(image);
      else
        passedOver.add(
          format ? `${format} images that cannot be read here` : 'other files',
          fullName(split, image.name),
        );
    });
  }
  return kept;
}

/** Some sets have pictures without an extension. */
const mayBeImage = (name: string): boolean => hasImageName(name) || path.posix.extname(name) === '';

const fullName = (split: string, name: string): string => joined(lastName(split), name);

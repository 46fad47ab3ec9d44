import { DataError } from '../../../errors.js';
import { type FileTree, joined } from '../../files/file-tree.js';
import { hasImageName } from '../../images/image-format.js';
import { type ListedImage, readableImages } from '../list-images.js';
import type { Tally } from '../tally.js';

/**
 * The images in a folder whose classes a list names.
 * @param labels [file within the folder, class]
 * @param classNames those that there are, in the order of labels
 * @param source the list, for messages
 * @throws DataError for a file that is not there, or a class that is none
 */
export async function labelledFiles(
  tree: FileTree,
  folder: string,
  labels: readonly (readonly [file: string, className: string])[],
  classNames: readonly string[],
  source: string,
  passedOver: Tally,
): Promise<Map<string, ListedImage[]>> {
  const there = new Set((await tree.entries(folder)).files);
  const classes = new Map<string, ListedImage[]>(classNames.map((name) => [name, []]));
  const found: ListedImage[] = [];
  for (const [file, className] of labels) {
    if (!there.has(file)) throw new DataError(`${source}: names ${file}, which is not in ${tree.path(folder)}.`);
    if (!classes.has(className)) {
      throw new DataError(`${source}: gives ${file} the class ${className}, which has no images to train on.`);
    }
    found.push({ file: joined(folder, file), name: file, className });
  }
  const named = new Set(labels.map(([file]) => file));
  const unlabelled = [...there].filter((file) => hasImageName(file) && !named.has(file));
  const [first] = unlabelled;
  if (first !== undefined) passedOver.add('images without a label', joined(folder, first), unlabelled.length);
  for (const image of await readableImages(tree, found, folder, passedOver)) classes.get(image.className)?.push(image);
  return classes;
}

/** The same images under other names of their classes. */
export function renamed(
  classes: ReadonlyMap<string, readonly ListedImage[]>,
  names: ReadonlyMap<string, string>,
): Map<string, ListedImage[]> {
  return new Map(
    Array.from(classes, ([id, images]) => {
      const className = names.get(id) ?? id;
      return [className, images.map((image) => ({ ...image, className }))];
    }),
  );
}

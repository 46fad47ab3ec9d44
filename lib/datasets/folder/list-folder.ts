import { DataError, OptionError } from '../../errors.js';
import { type FileTree, joined, lastName } from '../files/file-tree.js';
import { drawTestImages } from './draw-test-images.js';
import { counted, SYSTEM_FILES } from './folder-report.js';
import { inOrderOf } from './for-model.js';
import { checkFolderOptions, type ImageFolderOptions } from './image-folder-options.js';
import type { FoundParts, Part } from './layouts/layout.js';
import { LAYOUTS } from './layouts/layouts.js';
import type { SplitRole } from './layouts/split-name.js';
import type { ListedImage } from './list-images.js';
import { Tally } from './tally.js';

/** The images of one part, class by class in the order of labels. */
export interface ListedPart {
  /** Where it lies in the tree. */
  readonly folder: string;
  readonly images: readonly ListedImage[];
}

/** The pictures of a folder, found and not read. */
export interface ListedFolder {
  readonly classNames: readonly string[];
  readonly parts: Partial<Record<SplitRole, ListedPart>> & { readonly train: ListedPart; readonly test: ListedPart };
  readonly passedOver: Tally;
  readonly remarks: readonly string[];
}

/**
 * Finds the images of a folder and their labels, and settles which are tested on.
 * @throws DataError, OptionError as `imageFolder`
 */
export async function listFolder(tree: FileTree, options: ImageFolderOptions): Promise<ListedFolder> {
  checkFolderOptions(options);
  const { classDepth = 1, labels } = options;
  const passedOver = new Tally();
  const { parts, remarks: found } = await findParts(tree, { classDepth, labels }, passedOver);
  const remarks = [...found];
  const { train } = parts;
  if (!train)
    throw new DataError(`${tree.path('')}: expected images to train on, got only ${Object.keys(parts).join(', ')}.`);
  const ordered = options.model?.classNames;
  const chosen =
    options.classes ?? (ordered ? inOrderOf(ordered, [...train.classes.keys()], tree.path(train.folder)) : undefined);
  const classNames = trainingClasses(tree, train, chosen, passedOver);
  const listed: Partial<Record<SplitRole, ListedPart>> = { train: partOf(train, classNames) };
  for (const role of ['validation', 'test'] as const) {
    const part = parts[role];
    if (!part) continue;
    if (options.classes === undefined) refuseUnknownClasses(tree, part, classNames);
    const images = partOf(part, classNames);
    if (images.images.length === 0) throw noImages(tree, part, classNames, passedOver);
    const without = classNames.filter((name) => (part.classes.get(name) ?? []).length === 0);
    const toDo = role === 'test' ? 'to test on' : 'to validate on';
    if (without.length > 0) remarks.push(`no images ${toDo} of ${without.join(', ')}`);
    listed[role] = images;
  }
  settleTestImages(tree, listed, train, classNames, options, passedOver, remarks);
  const links = tree.lostFiles();
  if (links[0] !== undefined) passedOver.add('links that lead nowhere, and what is no file', links[0], links.length);
  const system = tree.systemFiles();
  if (system[0] !== undefined) passedOver.add(SYSTEM_FILES, system[0], system.length);
  return { classNames, parts: listed as ListedFolder['parts'], passedOver, remarks };
}

async function findParts(
  tree: FileTree,
  options: { classDepth: number; labels?: string },
  passedOver: Tally,
): Promise<FoundParts> {
  for (const layout of LAYOUTS) {
    const found = await layout.find(tree, options, passedOver);
    if (found) return found;
  }
  throw new DataError(`${tree.path('')}: expected a folder of images.`);
}

const partOf = ({ folder, classes }: Part, classNames: readonly string[]): ListedPart => ({
  folder,
  images: classNames.flatMap((name) => classes.get(name) ?? []),
});

/** The classes to read, each with images. */
function trainingClasses(
  tree: FileTree,
  { folder, classes }: Part,
  chosen: readonly string[] | undefined,
  passedOver: Tally,
): readonly string[] {
  const classNames = [...(chosen ?? classes.keys())];
  for (const name of classNames) {
    if (!classes.has(name)) {
      throw new OptionError(
        `imageFolder: expected classes from ${[...classes.keys()].join(', ')}, got ${JSON.stringify(name)}.`,
      );
    }
  }
  if (new Set(classNames).size !== classNames.length) {
    throw new OptionError(`imageFolder: expected every class once, got ${classNames.join(', ')}.`);
  }
  const empty = classNames.filter((name) => classes.get(name)?.length === 0);
  if (empty.length === classNames.length) throw noImages(tree, { folder, classes }, classNames, passedOver);
  const [first] = empty;
  if (first !== undefined) {
    const others = classNames.filter((name) => !empty.includes(name));
    throw new DataError(
      `${tree.path(joined(folder, first))}: expected images of a class that can be read, got none` +
        `${leftOut(passedOver)}. Remove the folder, add images, or name the classes to read: ` +
        `{ classes: ${JSON.stringify(others.slice(0, 10))} }.`,
    );
  }
  return classNames;
}

/** Takes `val` where there is no test folder, draws a share where that was asked for, and refuses a set without either. */
function settleTestImages(
  tree: FileTree,
  listed: Partial<Record<SplitRole, ListedPart>>,
  train: Part,
  classNames: readonly string[],
  { testShare, seed = 0 }: ImageFolderOptions,
  passedOver: Tally,
  remarks: string[],
): void {
  if (!listed.test && listed.validation) {
    remarks.push(
      `there is no test folder, so ${lastName(listed.validation.folder) || 'the validation part'} is tested on`,
    );
    listed.test = listed.validation;
    delete listed.validation;
  }
  if (testShare !== undefined) {
    if (listed.test) {
      throw new OptionError(
        `imageFolder: testShare was given, but ${tree.path(listed.test.folder)} has images to test on. Leave testShare out.`,
      );
    }
    const chosen = new Map(classNames.map((name) => [name, train.classes.get(name) ?? []]));
    const drawn = drawTestImages(chosen, testShare, seed);
    const { folder } = train;
    listed.train = { folder, images: [...drawn.train.values()].flat() };
    listed.test = { folder, images: [...drawn.test.values()].flat() };
    remarks.push(`the images to test on were drawn, ${testShare * 100} % of every class, seed ${seed}`);
  }
  if (!listed.test) {
    const beside = passedOver.list().find(({ what }) => what === 'folders beside the splits');
    throw new DataError(
      `${tree.path('')}: expected folders of images to train and to test on, such as train/<class> and test/<class>, got ` +
        `classes (${classNames.slice(0, 5).join(', ')}${classNames.length > 5 ? ', …' : ''}) and no test folder` +
        `${beside ? ` with classes in it (there is ${beside.example})` : ''}. Give the share of images to draw for testing: ` +
        '{ testShare: 0.2 }.',
    );
  }
}

function refuseUnknownClasses(tree: FileTree, { folder, classes }: Part, known: readonly string[]): void {
  const unknown = [...classes.keys()].filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new DataError(
      `${tree.path(folder)}: expected the classes of the training images (${known.join(', ')}), got also ` +
        `${unknown.join(', ')}.`,
    );
  }
}

function noImages(tree: FileTree, { folder }: Part, classNames: readonly string[], passedOver: Tally): DataError {
  return new DataError(
    `${tree.path(folder)}: expected images in its class folders (${classNames.join(', ')}), got none${leftOut(passedOver)}.`,
  );
}

function leftOut(passedOver: Tally): string {
  const list = passedOver.list();
  return list.length > 0 ? ` (passed over: ${counted(list)})` : '';
}

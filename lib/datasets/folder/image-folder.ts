import path from 'node:path';
import { DataError, OptionError } from '../../errors.js';
import type { RunOptions } from '../../run/options.js';
import type { Dataset, ImageSet } from '../dataset.js';
import { drawTestImages } from './draw-test-images.js';
import { findSplits } from './find-splits.js';
import { counted, folderReport, type FolderReport, type SplitReport } from './folder-report.js';
import { listImages, type ListedImage } from './list-images.js';
import { readImages } from './read-images.js';
import type { SplitRole } from './split-name.js';
import { Tally } from './tally.js';

/** What {@link imageFolder} can be told. */
export interface ImageFolderOptions extends RunOptions {
  /** Resizes every image to this size (one number: square). Without it all images must have one size. */
  readonly size?: number | readonly [height: number, width: number];
  /** 1 turns colours into their luminance (ITU-R BT.601), for networks of grey images. Default 3: grey becomes RGB. */
  readonly channels?: 1 | 3;
  /** The classes to read, in the order of their labels. Default: every class folder, in the order of code units. */
  readonly classes?: readonly string[];
  /** How many folders within each other make the name of a class: with 2, `animals/cat`. Default 1. */
  readonly classDepth?: number;
  /** Where there are no images to test on: the share of every class that is drawn for it by `seed`. */
  readonly testShare?: number;
  /** Prints nothing. Default: a line, where something was left out or changed. */
  readonly quiet?: boolean;
}

/** A folder of images as a data set. */
export interface ImageFolder extends Dataset {
  /** Where the folder has images to validate on besides those to train and to test on. */
  readonly validation?: ImageSet;
  /** The file of every image, as `<class>/<file>` within its part's folder. */
  readonly files: Partial<Readonly<Record<SplitRole, readonly string[]>>>;
  readonly report: FolderReport;
}

/** The pictures of a folder, found and not read. */
interface ListedFolder {
  classNames: string[];
  splits: Partial<Record<SplitRole, { folder: string; images: ListedImage[] }>>;
  passedOver: Tally;
  remarks: string[];
}

/**
 * Reads a folder of PNG and JPEG images that lie in one folder per class: `train/<class>/…` and `test/<class>/…`. Read as
 * RGB (transparent pixels over black), and upright where the camera noted how it was held. Images may lie deeper within their
 * class folder. The parts are known by their names in any case (train, training, val, valid, validation, dev, test,
 * testing); without a test folder `val` is tested on, and without either `testShare` draws the images to test on.
 * Labels are the same on every machine: classes are in the order of their names' code units, images likewise. Names
 * that begin with a dot and what systems leave behind (`__MACOSX`, `Thumbs.db`) are no classes and no images. What else
 * was left out or changed stands in `report`, and is said in a line.
 * @throws DataError when a folder is missing, a class has no images, `test` has a class that `train` lacks, a file is
 *   damaged, or sizes differ and no size is given; OptionError; InterruptedError on `signal`
 * @example const pets = await imageFolder('pets', { size: 64, testShare: 0.2 }); console.log(pets.report.text);
 */
export async function imageFolder(folder: string, options: ImageFolderOptions = {}): Promise<ImageFolder> {
  const { channels = 3 } = options;
  if (channels !== 1 && channels !== 3) {
    throw new OptionError(`imageFolder: expected channels to be 1 or 3, got ${String(channels)}.`);
  }
  const size = typeof options.size === 'number' ? ([options.size, options.size] as const) : (options.size ?? null);
  const { classNames, splits, passedOver, remarks } = await listFolder(folder, options);
  const changed = new Tally();
  const sets: Partial<Record<SplitRole, ImageSet>> = {};
  const files: Partial<Record<SplitRole, string[]>> = {};
  const reports: Partial<Record<SplitRole, SplitReport>> = {};
  const provenance: Record<string, string> = {};
  let expected: readonly [number, number] | undefined;
  for (const [name, part] of Object.entries(splits)) {
    const role = name as SplitRole;
    const read = await readImages(part.images, classNames, { size, channels }, changed, options, expected);
    expected ??= read.size;
    sets[role] = read.set;
    files[role] = part.images.map((image) => image.name);
    const within = path.relative(folder, part.folder) || '.';
    const perClass = classNames.map((c) => part.images.filter((image) => image.className === c).length);
    reports[role] = { folder: within, images: part.images.length, perClass };
    // One checksum over the list of files, as thousands of entries would drown a manifest.
    provenance[`${role}: ${within} (${part.images.length} files, sha256 of their list of sha256)`] = read.sha256;
  }
  const name = path.basename(path.resolve(folder));
  const report = folderReport(name, {
    classNames,
    splits: reports,
    passedOver: passedOver.list(),
    changed: changed.list(),
    remarks,
  });
  if (!options.quiet && report.passedOver.length + report.changed.length + remarks.length > 0) console.log(report.text);
  const { train, test, validation } = sets as Record<SplitRole, ImageSet>;
  return { name, classNames, train, test, ...(validation ? { validation } : {}), provenance, files, report };
}

/**
 * The files of one split in the order in which {@link imageFolder} puts their images, as `<class>/<file>`.
 * @param options those that are given to `imageFolder`
 * @throws DataError when the folder is missing or has no class
 */
export async function imageFileNames(
  folder: string,
  split: 'train' | 'test',
  options: ImageFolderOptions = {},
): Promise<string[]> {
  const { splits } = await listFolder(folder, options);
  return (splits[split]?.images ?? []).map((image) => image.name);
}

async function listFolder(folder: string, options: ImageFolderOptions): Promise<ListedFolder> {
  const { classDepth = 1, testShare, seed = 0 } = options;
  if (!(Number.isInteger(classDepth) && classDepth >= 1)) {
    throw new OptionError(`imageFolder: expected classDepth to be a whole number from 1 on, got ${classDepth}.`);
  }
  const passedOver = new Tally();
  const remarks: string[] = [];
  const { folders } = await findSplits(folder, passedOver);
  const { train: trainFolder = folder } = folders;
  const { train, classNames } = await trainingClasses(trainFolder, classDepth, options, passedOver);
  const splits: ListedFolder['splits'] = { train: { folder: trainFolder, images: [...train.values()].flat() } };
  for (const role of ['validation', 'test'] as const) {
    const part = folders[role];
    if (part === undefined) continue;
    const classes = await listImages(part, classDepth, passedOver);
    refuseUnknownClasses(part, classes, [...train.keys()], options.classes);
    const images = classNames.flatMap((className) => classes.get(className) ?? []);
    splits[role] = { folder: part, images };
    if (images.length === 0) throw noImages(part, classNames, passedOver);
    const without = classNames.filter((className) => (classes.get(className) ?? []).length === 0);
    if (without.length > 0)
      remarks.push(`no images ${role === 'test' ? 'to test' : 'to validate'} on of ${without.join(', ')}`);
  }
  if (!splits.test && splits.validation) {
    remarks.push(`there is no test folder, so ${path.basename(splits.validation.folder)} is tested on`);
    splits.test = splits.validation;
    delete splits.validation;
  }
  if (testShare !== undefined) {
    if (splits.test) {
      throw new OptionError(
        `imageFolder: testShare was given, but ${splits.test.folder} has images to test on. Leave testShare out.`,
      );
    }
    const drawn = drawTestImages(train, testShare, seed);
    splits.train = { folder: trainFolder, images: [...drawn.train.values()].flat() };
    splits.test = { folder: trainFolder, images: [...drawn.test.values()].flat() };
    remarks.push(`the images to test on were drawn, ${testShare * 100} % of every class, seed ${seed}`);
  }
  if (!splits.test) {
    const beside = passedOver.list().find(({ what }) => what === 'folders beside the splits');
    throw new DataError(
      `${folder}: expected folders of images to train and to test on, such as train/<class> and test/<class>, got classes ` +
        `(${classNames.slice(0, 5).join(', ')}${classNames.length > 5 ? ', …' : ''}) and no test folder` +
        `${beside ? ` with classes in it (there is ${beside.example})` : ''}. Give the share of images to draw for testing: ` +
        '{ testShare: 0.2 }.',
    );
  }
  return { classNames, splits, passedOver, remarks };
}

/** The classes of the training folder, each with images. */
async function trainingClasses(
  trainFolder: string,
  classDepth: number,
  options: ImageFolderOptions,
  passedOver: Tally,
): Promise<{ train: Map<string, ListedImage[]>; classNames: string[] }> {
  const found = await listImages(trainFolder, classDepth, passedOver);
  const classNames = [...(options.classes ?? found.keys())];
  for (const className of classNames) {
    if (!found.has(className)) {
      throw new OptionError(
        `imageFolder: expected classes from ${[...found.keys()].join(', ')}, got ${JSON.stringify(className)}.`,
      );
    }
  }
  if (new Set(classNames).size !== classNames.length) {
    throw new OptionError(`imageFolder: expected every class once, got ${classNames.join(', ')}.`);
  }
  const empty = classNames.filter((className) => found.get(className)?.length === 0);
  if (classNames.length === 0 || empty.length === classNames.length)
    throw noImages(trainFolder, classNames, passedOver);
  if (empty.length > 0) {
    const others = classNames.filter((className) => !empty.includes(className));
    throw new DataError(
      `${path.join(trainFolder, empty[0])}: expected images of a class that can be read, got none` +
        `${leftOut(passedOver)}. Remove the folder, add images, or name the classes to read: ` +
        `{ classes: ${JSON.stringify(others.slice(0, 10))} }.`,
    );
  }
  return { train: new Map(classNames.map((className) => [className, found.get(className) ?? []])), classNames };
}

function refuseUnknownClasses(
  part: string,
  classes: ReadonlyMap<string, unknown[]>,
  known: readonly string[],
  chosen: readonly string[] | undefined,
): void {
  const unknown = [...classes.keys()].filter((className) => !known.includes(className));
  if (chosen === undefined && unknown.length > 0) {
    throw new DataError(
      `${part}: expected the classes of the training images (${known.join(', ')}), got also ${unknown.join(', ')}.`,
    );
  }
}

function noImages(part: string, classNames: readonly string[], passedOver: Tally): DataError {
  return new DataError(
    `${part}: expected images in its class folders (${classNames.join(', ')}), got none${leftOut(passedOver)}.`,
  );
}

function leftOut(passedOver: Tally): string {
  const list = passedOver.list();
  return list.length > 0 ? ` (passed over: ${counted(list)})` : '';
}

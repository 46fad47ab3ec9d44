import { open, stat } from 'node:fs/promises';
import path from 'node:path';
import { DataError, OptionError } from '../../errors.js';
import { type NpyArray, parseNpy } from '../../run/npy.js';
import type { Dataset, ImageSet, Normalisation } from '../dataset.js';
import { drawOfClass } from '../draw-of-class.js';
import { type DataFile, readDataFile } from '../files/data-file.js';
import { openTree } from '../files/open-tree.js';
import type { SplitRole } from '../folder/layouts/split-name.js';
import { usualNormalisation } from '../images/grey.js';
import { subset } from '../subset.js';
import { arrayLabels, classesOf } from './array-labels.js';
import { type NamedPart, namedParts } from './array-names.js';
import { arrayPixels, type ArrayReading, refuseDark } from './array-pixels.js';

/** What {@link imageArrays} can be told. */
export interface ImageArraysOptions extends ArrayReading {
  /** Names of the classes, in the order of labels. Default: the labels themselves. */
  readonly classNames?: readonly string[];
  /** Default: that of ImageNet for images of 1 or 3 channels, else mean and deviation ½. */
  readonly normalisation?: Normalisation;
  /** Where there are no images to test on: the share of every class that is drawn for it by `seed`. */
  readonly testShare?: number;
  readonly seed?: number;
}

/** Arrays of images as a data set. */
export interface ImageArrays extends Dataset {
  /** Where the file has images to validate on besides those to train and to test on. */
  readonly validation?: ImageSet;
  /** What was read, and what was changed, in one line. */
  readonly report: { readonly text: string };
}

/**
 * Reads images and labels out of numpy's arrays: an `.npz` file, a folder of `.npy` files, or a pair of `.npy` files. Arrays are
 * known by their names (`x_train` and `y_train`, `train_images` and `train_labels`, `images` and `labels`, `arr_0` and `arr_1`).
 *
 * Images are [n, height, width], [n, height, width, channels] or [n, channels, height, width] of any number of channels: bytes,
 * 16 bits, or floating-point numbers from 0 to 1 or to 255, which become bytes. Labels are whole numbers, one-hot rows or texts.
 * @param source a file, a folder, or the two files
 * @throws DataError for arrays that are damaged, do not fit each other or cannot be told apart; OptionError on options
 * @example
 * const scans = await imageArrays('pneumoniamnist.npz', { classNames: ['normal', 'pneumonia'] });
 * console.log(scans.report.text);
 */
export async function imageArrays(
  source: string | { readonly images: string; readonly labels: string },
  options: ImageArraysOptions = {},
): Promise<ImageArrays> {
  const { parts, where, name, provenance } =
    typeof source === 'string' ? await fromFile(source) : await fromPair(source);
  const train = parts.train ?? parts.all;
  if (!train) throw new DataError(`${where}: expected images to train on, got only ${Object.keys(parts).join(', ')}.`);
  const labelsOf = (part: ArrayPart): string[] => arrayLabels(part.labels, `${where}, ${part.names.labels}`);
  const trained = labelsOf(train);
  const found = classesOf(trained);
  const classNames = namesOf(found, options.classNames, where);
  const changes = new Set<string>();
  const setOf = (part: ArrayPart): ImageSet => {
    const labels = part === train ? trained : labelsOf(part);
    const { pixels, imageShape, change } = arrayPixels(part.images, options, `${where}, ${part.names.images}`);
    if (part === train) refuseDark(part.images, options, `${where}, ${part.names.images}`);
    if (change) changes.add(change);
    if (part.images.shape[0] !== labels.length) {
      throw new DataError(
        `${where}: expected as many labels as images, got ${part.images.shape[0]} images (${part.names.images}) and ` +
          `${labels.length} labels (${part.names.labels}).`,
      );
    }
    const unknown = labels.find((label) => !found.includes(label));
    if (unknown !== undefined) {
      throw new DataError(`${where}, ${part.names.labels}: label ${unknown} is of no training image.`);
    }
    const channels = imageShape[2];
    const half = new Array<number>(channels).fill(0.5);
    const usual = channels === 1 || channels === 3 ? usualNormalisation(channels) : { mean: half, std: half };
    const at = new Map(found.map((label, i) => [label, i]));
    return {
      pixels,
      labels: Int32Array.from(labels, (label) => at.get(label)!),
      imageShape,
      classNames,
      normalisation: options.normalisation ?? usual,
    };
  };
  const sets: Partial<Record<SplitRole, ImageSet>> = { train: setOf(train) };
  for (const role of ['validation', 'test'] as const) {
    const part = parts[role];
    if (part) sets[role] = setOf(part);
  }
  settleTest(sets, options, where);
  const { train: toTrain, test, validation } = sets as Record<SplitRole, ImageSet>;
  for (const set of [test, validation]) {
    if (set && String(set.imageShape) !== String(toTrain.imageShape)) {
      throw new DataError(
        `${where}: expected images of one size, got ${toTrain.imageShape.join('×')} to train on and ${set.imageShape.join('×')}.`,
      );
    }
  }
  const text = `${name}: ${classNames.length} classes, ${toTrain.labels.length} images of ${toTrain.imageShape.join('×')} to train on, ${test.labels.length} to test on${changes.size > 0 ? `; ${[...changes].join('; ')}` : ''}.`;
  return {
    name,
    classNames,
    train: toTrain,
    test,
    ...(validation ? { validation } : {}),
    provenance,
    report: { text },
  };
}

interface ArrayPart {
  readonly images: NpyArray;
  readonly labels: NpyArray;
  readonly names: NamedPart;
}

interface FoundArrays {
  readonly parts: Partial<Record<SplitRole | 'all', ArrayPart>>;
  readonly where: string;
  readonly name: string;
  readonly provenance: Readonly<Record<string, string>>;
}

function arrayOf({ path: file, bytes }: DataFile): NpyArray {
  try {
    return parseNpy(bytes);
  } catch (cause) {
    throw new DataError(`${file}: ${(cause as Error).message}.`, { cause });
  }
}

async function fromPair({ images, labels }: { images: string; labels: string }): Promise<FoundArrays> {
  const [x, y] = [await readDataFile(images), await readDataFile(labels)];
  return {
    parts: { all: { images: arrayOf(x), labels: arrayOf(y), names: { images: 'images', labels: 'labels' } } },
    where: images,
    name: path.basename(images).replace(/\.npy(\.gz)?$/i, ''),
    provenance: { [images]: x.sha256, [labels]: y.sha256 },
  };
}

async function fromFile(source: string): Promise<FoundArrays> {
  if (/\.npy$/i.test(source)) {
    throw new DataError(
      `${source}: expected images and labels; name both files: imageArrays({ images: 'x.npy', labels: 'y.npy' }).`,
    );
  }
  const kind = await stat(source).catch(() => null);
  const head = kind?.isFile() ? await headOf(source) : '';
  if (!kind || (kind.isFile() && head !== '504b')) {
    throw new DataError(
      `${source}: expected an .npz file, or a folder of .npy files, got ${kind ? `a file that begins with ${head || 'nothing'}` : 'nothing of that name'}.`,
    );
  }
  const tree = await openTree(source);
  try {
    const files = (await tree.entries('')).files.filter((file) => /\.npy$/i.test(file));
    const names = files.map((file) => file.replace(/\.npy$/i, ''));
    const named = namedParts(names);
    if (!named) {
      throw new DataError(
        `${source}: expected arrays of images and labels by such names as x_train and y_train, or images and labels, got ` +
          `${names.slice(0, 8).join(', ') || 'no .npy arrays'}. Rename them, or give two files: imageArrays({ images: 'x.npy', labels: 'y.npy' }).`,
      );
    }
    const provenance: Record<string, string> = {};
    const parts: Partial<Record<SplitRole | 'all', ArrayPart>> = {};
    const read = async (array: string): Promise<NpyArray> => {
      const file = await tree.read(files[names.indexOf(array)]!);
      provenance[array] = file.sha256;
      return arrayOf(file);
    };
    for (const [role, pair] of Object.entries(named)) {
      parts[role as SplitRole] = { images: await read(pair.images), labels: await read(pair.labels), names: pair };
    }
    return { parts, where: source, name: path.basename(source).replace(/\.npz$/i, ''), provenance };
  } finally {
    await tree.close();
  }
}

async function headOf(file: string): Promise<string> {
  const handle = await open(file);
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0).finally(() => handle.close());
  return buffer.toString('hex', 0, bytesRead);
}

function namesOf(found: readonly string[], given: readonly string[] | undefined, where: string): readonly string[] {
  if (!given) return found;
  const most = Math.max(...found.map(Number));
  if (given.length !== found.length) {
    const gap = Number.isInteger(most) && most < given.length ? '; some of them have no training image' : '';
    throw new OptionError(`classNames: expected ${found.length} names for the labels ${found.slice(0, 12).join(', ')} of ${where}, got ${given.length}${gap}.`); // prettier-ignore
  }
  return given;
}

/** Takes the images to validate on where there are none to test on, or draws some. */
function settleTest(
  sets: Partial<Record<SplitRole, ImageSet>>,
  { testShare, seed = 0 }: ImageArraysOptions,
  where: string,
): void {
  const train = sets.train!;
  if (!sets.test && sets.validation && testShare === undefined) {
    sets.test = sets.validation;
    delete sets.validation;
  }
  if (testShare === undefined) {
    if (sets.test) return;
    throw new DataError(
      `${where}: expected images to test on. Give the share of images to draw for it: { testShare: 0.2 }.`,
    );
  }
  if (sets.test) throw new OptionError(`testShare was given, but ${where} has images to test on. Leave testShare out.`);
  if (!(testShare > 0 && testShare < 1)) {
    throw new OptionError(`expected testShare between 0 and 1, such as 0.2, got ${testShare}.`);
  }
  const drawn = new Set<number>();
  for (const [label, name] of train.classNames.entries()) {
    const own = [...train.labels.keys()].filter((i) => train.labels[i] === label);
    const about = { purpose: `image-arrays/test/${name}`, where: `${where}, class ${name}` };
    for (const i of drawOfClass(own.length, { share: testShare, seed, ...about })) drawn.add(own[i]!);
  }
  const positions = [...train.labels.keys()];
  sets.test = subset(train, positions.filter((i) => drawn.has(i))); // prettier-ignore
  sets.train = subset(train, positions.filter((i) => !drawn.has(i))); // prettier-ignore
}

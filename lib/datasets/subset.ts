import { DataError, OptionError } from '../errors.js';
import {
  checkClassNames,
  checkImageSet,
  checkLabel,
  checkPixels,
  checkPosition,
  imageBytes,
} from './check-image-set.js';
import { type ImageSet } from './dataset.js';
import type { ImageSource } from './source/image-source.js';

/**
 * The bytes of the images at the given positions.
 * @throws OptionError when a position is outside the set, or the set's pixels or these images' labels do not fit
 */
export function gatherPixels(set: ImageSet, indices: ArrayLike<number>): Uint8Array {
  checkPixels(set);
  const size = imageBytes(set);
  const pixels = new Uint8Array(indices.length * size);
  for (let i = 0; i < indices.length; i++) {
    const from = indices[i]!;
    checkPosition(set, from);
    checkLabel(set, from);
    pixels.set(set.pixels.subarray(from * size, (from + 1) * size), i * size);
  }
  return pixels;
}

/**
 * The images at the given positions, in that order; a position may come more than once.
 * @throws OptionError when a position is outside the set
 * @example
 * const firstTen = subset(train, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
 */
export function subset(set: ImageSet, indices: ArrayLike<number>): ImageSet {
  const pixels = gatherPixels(set, indices);
  const labels = new Int32Array(indices.length);
  for (let i = 0; i < indices.length; i++) labels[i] = set.labels[indices[i]!]!;
  return { ...set, pixels, labels };
}

/** The first `count` images, or all where there are fewer. */
export const firstImages = (set: ImageSet, count: number): ImageSet =>
  subset(
    set,
    Int32Array.from({ length: Math.min(count, set.labels.length) }, (_, i) => i),
  );

/** Class indices of names or indices. @throws OptionError for a class the set does not have */
function classIndices(set: ImageSet, classes: readonly (string | number)[]): number[] {
  return classes.map((wanted) => {
    const index = typeof wanted === 'number' ? wanted : set.classNames.indexOf(wanted);
    if (!(index in set.classNames)) {
      throw new OptionError(`class ${JSON.stringify(wanted)}: expected one of ${set.classNames.join(', ')}.`);
    }
    return index;
  });
}

/**
 * Keeps the images of some classes, in their order in the set.
 * @param classes names or indices
 * @param options.relabel gives the classes the labels 0, 1, … in the order of `classes` and drops the other class
 *   names; without it labels and class names stay as they are
 * @throws OptionError for an unknown or repeated class
 * @example
 * const round = keepClasses(train, ['circle', 'ellipse'], { relabel: true });
 * console.log(round.classNames); // two labels, 0 and 1
 */
export function keepClasses(
  set: ImageSet,
  classes: readonly (string | number)[],
  options: { relabel?: boolean } = {},
): ImageSet {
  checkImageSet(set);
  const kept = classIndices(set, classes);
  if (new Set(kept).size !== kept.length) {
    throw new OptionError(`keepClasses: expected every class once, got ${classes.join(', ')}.`);
  }
  const newLabel = new Int32Array(set.classNames.length).fill(-1);
  kept.forEach((c, i) => (newLabel[c] = options.relabel ? i : c));
  const indices: number[] = [];
  for (let i = 0; i < set.labels.length; i++) if (newLabel[set.labels[i]!]! >= 0) indices.push(i);
  const result = subset(set, indices);
  if (!options.relabel) return result;
  return { ...result, labels: result.labels.map((c) => newLabel[c]!), classNames: kept.map((c) => set.classNames[c]!) };
}

/**
 * The images of several sets one after the other. Shape, class names and normalisation must agree.
 * @throws DataError when they do not, OptionError when a set's pixels or labels do not fit
 * @example
 * const twice = concatSets(validation, test);
 */
export function concatSets(first: ImageSet, ...others: readonly ImageSet[]): ImageSet {
  const key = (set: ImageSet) => JSON.stringify([set.imageShape, set.classNames, set.normalisation]);
  others.forEach((set, i) => {
    if (key(set) !== key(first)) {
      throw new DataError(
        `concatSets: expected sets of the same image shape, class names and normalisation; set ${i + 1} has ` +
          `${set.imageShape.join('×')} and ${set.classNames.length} classes (${set.classNames.slice(0, 3).join(', ')}, …), ` +
          `set 0 has ${first.imageShape.join('×')} and ${first.classNames.length} ` +
          `(${first.classNames.slice(0, 3).join(', ')}, …). Relabel one of them first (keepClasses, withClassNames).`,
      );
    }
  });
  const sets = [first, ...others];
  sets.forEach(checkImageSet);
  const pixels = new Uint8Array(sets.reduce((sum, set) => sum + set.pixels.length, 0));
  const labels = new Int32Array(sets.reduce((sum, set) => sum + set.labels.length, 0));
  let pixelAt = 0;
  let labelAt = 0;
  for (const set of sets) {
    pixels.set(set.pixels, pixelAt);
    labels.set(set.labels, labelAt);
    pixelAt += set.pixels.length;
    labelAt += set.labels.length;
  }
  return { ...first, pixels, labels };
}

/**
 * The same images under other labels and class names, e.g. to make one class of CIFAR-10 the tenth class after nine of
 * CIFAR-100.
 * @param labelOf new label of every old one; default: unchanged
 * @throws OptionError when a new label has no class name, or two classes have the same
 * @example
 * const capitals = withClassNames(test, test.classNames.map((name) => name.toUpperCase()));
 */
export function withClassNames(
  set: ImageSet,
  classNames: readonly string[],
  labelOf: (label: number) => number = (label) => label,
): ImageSet {
  checkClassNames('withClassNames', classNames);
  const labels = set.labels.map(labelOf);
  const wrong = labels.find((label) => !(label in classNames));
  if (wrong !== undefined) {
    throw new OptionError(`withClassNames: expected labels from 0 to ${classNames.length - 1}, got ${wrong}.`);
  }
  return { ...set, labels, classNames };
}

/** Number of images of every class. @throws OptionError when the set's pixels or labels do not fit */
export function classCounts(set: ImageSet | ImageSource): number[] {
  checkImageSet(set);
  const counts = set.classNames.map(() => 0);
  for (const label of set.labels) counts[label]!++;
  return counts;
}

/**
 * Positions of the first `count` images of every class, in the order of the set; all of a class that has fewer.
 * @example
 * const few = subset(train, firstPerClass(train, 2)); // two images of each class
 */
export function firstPerClass(set: ImageSet | ImageSource, count: number): number[] {
  checkImageSet(set);
  const left = set.classNames.map(() => count);
  const indices: number[] = [];
  for (let i = 0; i < set.labels.length; i++) if (left[set.labels[i]!]!-- > 0) indices.push(i);
  return indices;
}

/**
 * Positions of all images so that every beginning of the list has the classes in equal numbers, as far as they go: the
 * first image of every class in the order of the set, then the second of every class, and so on.
 */
export function interleaveClasses(set: ImageSet | ImageSource): number[] {
  checkImageSet(set);
  const seen = set.classNames.map(() => 0);
  const turn = Array.from(set.labels, (label) => seen[label]!++);
  return Array.from(set.labels.keys()).sort((a, b) => turn[a]! - turn[b]! || a - b);
}

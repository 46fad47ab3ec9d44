import type { ImageSet } from '../datasets/dataset.js';
import { loadDataset } from '../datasets/load.js';
import { type PerSplit } from '../datasets/load-options.js';
import { splitTrainValidation } from '../datasets/split-train-validation.js';
import { CIFAR100_PATCH9_CLASSES } from '../datasets/stored/cifar100.js';
import { concatSets, firstPerClass, keepClasses, subset, withClassNames } from '../datasets/subset.js';
import { DataError, OptionError } from '../errors.js';
import { classIndexOf } from '../metrics/summaries.js';
import { MT19937 } from '../run/mt19937.js';

export const PATCH_DATA_NAMES = ['cifar', 'svhn', 'synthetic'] as const;
export type PatchDataName = (typeof PATCH_DATA_NAMES)[number];

/** What {@link loadPatchData} can be told. */
export interface PatchDataOptions {
  /** Folder of the image sets; default as for `loadDataset`. */
  dir?: string;
  /** Keeps the first images of each class. Synthetic: how many are rendered, by default 300 to train on
   * and 100 to test; a weak model has a third of them to train on. */
  perClass?: PerSplit;
  /** Of the synthetic images. Default 0. */
  seed?: number;
  /**
   * The strong model comes with weights that have seen every training image (CIFAR only). Its validation images are
   * then the test images that no weak model is tested on, and its test images are the others.
   */
  pretrainedStrong?: boolean;
}

/** The images of a patching study: a strong model's classes, and the other classes of the weak models. */
export interface PatchData {
  readonly name: PatchDataName;
  /** The strong model's images; any of its classes can be a target class. `validation` was not trained on. */
  readonly strong: { readonly train: ImageSet; readonly validation: ImageSet; readonly test: ImageSet };
  readonly targetClasses: readonly string[];
  /** Classes that only the weak models know. */
  readonly otherClasses: readonly string[];
  readonly provenance: Readonly<Record<string, string>>;
  /** The images of one weak model, see {@link WeakTask}. */
  readonly weakTask: (targetClass: string) => WeakTask;
}

/** The images of one weak model, which shares one class with the strong model. The target class is the last. */
export interface WeakTask {
  readonly data: PatchDataName;
  readonly targetClass: string;
  readonly classNames: readonly string[];
  readonly train: ImageSet;
  readonly validation: ImageSet;
  readonly test: ImageSet;
  /**
   * Images that neither model was trained on and the test does not hold: the other classes from `validation`, the
   * target class from the strong model's validation images.
   */
  readonly calibration: ImageSet;
}

/** Position lists into one set of images. */
interface Cut {
  readonly train: Int32Array;
  readonly validation: Int32Array;
}

const PUBLISHED_SEED = 1009;
/** CIFAR only: images of the target class that are taken, to train and validate on and to test on. */
const TARGET_IMAGES = { train: 500, test: 100 };

/**
 * Loads the images of a patching study (spec cnnsplitter §3.2).
 * - 'cifar': the strong model knows CIFAR-10; a weak one nine classes of CIFAR-100 and, as its tenth, one of CIFAR-10
 *   with 500 of its training images and 100 of its test images.
 * - 'svhn': the strong model knows the digits 0–4; a weak one 6–9 and one of 0–4, with all their images.
 * - 'synthetic': the strong model knows the first five synthetic classes, a weak one the last five and one of these, of
 *   which it has images of its own (rendered with the next seed); otherwise as SVHN.
 *
 * All splits are 80/20 of numpy's shuffle with seed 1009. One departure: the published ranges were read from images
 * of which about 80 % had trained the strong model (spec cnnsplitter §6.1); `calibration` holds none.
 * @throws DataError when images are missing, OptionError on an unknown name
 */
export async function loadPatchData(name: PatchDataName, options: PatchDataOptions = {}): Promise<PatchData> {
  const { dir, perClass, seed = 0, pretrainedStrong = false } = options;
  if (!PATCH_DATA_NAMES.includes(name)) {
    throw new OptionError(`loadPatchData: expected one of ${PATCH_DATA_NAMES.join(', ')}, got '${String(name)}'.`);
  }
  if (pretrainedStrong && name !== 'cifar') {
    throw new OptionError(
      `loadPatchData: pretrainedStrong needs 'cifar', got '${name}', whose weak models are tested on all test images.`,
    );
  }
  if (name === 'cifar') {
    const [ten, nine] = await Promise.all([
      loadDataset('cifar10', { dir, perClass }),
      loadDataset('cifar100', { dir, perClass, patch9: true }),
    ]);
    const strong = pretrainedStrong ? splitTest(ten.train, ten.test) : splitStrong(ten.train, ten.test);
    return {
      name,
      strong: strong.sets,
      targetClasses: ten.classNames,
      otherClasses: CIFAR100_PATCH9_CLASSES,
      provenance: { ...ten.provenance, ...nine.provenance },
      weakTask: (targetClass) => {
        const target = classIndexOf(ten.classNames, targetClass);
        const classNames = [...CIFAR100_PATCH9_CLASSES, targetClass];
        const others = cut(Int32Array.from(nine.train.labels.keys()));
        const own = cut(positionsOf(ten.train, [target]), TARGET_IMAGES.train);
        const join = (other: ImageSet, targets: ImageSet) =>
          concatSets(
            withClassNames(other, classNames),
            withClassNames(targets, classNames, () => classNames.length - 1),
          );
        const othersValidation = subset(nine.train, others.validation);
        return {
          data: name,
          targetClass,
          classNames,
          train: join(subset(nine.train, others.train), subset(ten.train, own.train)),
          validation: join(othersValidation, subset(ten.train, own.validation)),
          test: join(nine.test, subset(ten.test, positionsOf(ten.test, [target]).slice(0, TARGET_IMAGES.test))),
          calibration: join(othersValidation, strong.unseen(target, own.train)),
        };
      },
    };
  }
  const counts = perSplit(perClass);
  const all = await (name === 'svhn'
    ? loadDataset('svhn', { dir, perClass })
    : loadDataset('synthetic', { ...counts, seed }));
  const weak = await (name === 'svhn'
    ? all
    : loadDataset('synthetic', { ...counts, trainPerClass: Math.ceil(counts.trainPerClass / 3), seed: seed + 1 }));
  const targetClasses = all.classNames.slice(0, 5);
  const otherClasses = all.classNames.slice(name === 'svhn' ? 6 : 5);
  const strong = splitStrong(all.train, all.test, targetClasses);
  return {
    name,
    strong: strong.sets,
    targetClasses,
    otherClasses,
    provenance: weak === all ? all.provenance : { ...all.provenance, weak: `seed ${weak.provenance['seed']}` },
    weakTask: (targetClass) => {
      classIndexOf(targetClasses, targetClass);
      const classNames = [...otherClasses, targetClass];
      const classes = classNames.map((c) => all.classNames.indexOf(c));
      const target = classes[classes.length - 1];
      const both = cut(positionsOf(weak.train, classes));
      const relabelled = (set: ImageSet) => keepClasses(set, classes, { relabel: true });
      const validation = relabelled(subset(weak.train, both.validation));
      const unseen = relabelled(strong.unseen(target, weak === all ? both.train : NONE));
      return {
        data: name,
        targetClass,
        classNames,
        train: relabelled(subset(weak.train, both.train)),
        validation,
        test: relabelled(weak.test),
        calibration: concatSets(subset(validation, positionsOf(validation, [...otherClasses.keys()])), unseen),
      };
    },
  };
}

const NONE = new Int32Array(0);

interface StrongSplit {
  readonly sets: PatchData['strong'];
  /**
   * The strong model's validation images of a class (of the source's numbering), without those at the given positions
   * of the source's training images.
   */
  readonly unseen: (target: number, seen: Int32Array) => ImageSet;
}

/** 80 % to train on, 20 % to validate on (spec cnnsplitter §2.0). */
function splitStrong(train: ImageSet, test: ImageSet, classNames: readonly string[] = train.classNames): StrongSplit {
  const classes = classNames.map((name) => train.classNames.indexOf(name));
  const own = positionsOf(train, classes);
  const { trainIndices, validationIndices } = splitTrainValidation(subset(train, own));
  const validation = validationIndices.map((i) => own[i]);
  const relabelled = (set: ImageSet) => keepClasses(set, classes, { relabel: true });
  return {
    sets: {
      train: relabelled(
        subset(
          train,
          trainIndices.map((i) => own[i]),
        ),
      ),
      validation: relabelled(subset(train, validation)),
      test: relabelled(test),
    },
    unseen: (target, seen) => {
      const taken = new Set(seen);
      return enough(
        subset(
          train,
          validation.filter((i) => train.labels[i] === target && !taken.has(i)),
        ),
        train.classNames[target],
      );
    },
  };
}

/** For a strong model that has seen all training images: cuts the test images in two. */
function splitTest(train: ImageSet, test: ImageSet): StrongSplit {
  const reported = new Set(firstPerClass(test, TARGET_IMAGES.test));
  const left = Int32Array.from(test.labels.keys()).filter((i) => !reported.has(i));
  return {
    sets: { train, validation: subset(test, left), test: subset(test, [...reported]) },
    unseen: (target) =>
      enough(
        subset(
          test,
          left.filter((i) => test.labels[i] === target),
        ),
        test.classNames[target],
      ),
  };
}

function enough(images: ImageSet, className: string): ImageSet {
  if (images.labels.length >= 2) return images;
  throw new DataError(
    `loadPatchData: expected at least 2 images of '${className}' that no model was trained on, found ` +
      `${images.labels.length}. Load more images per class.`,
  );
}

/** Shuffles positions with the published seed, takes the first `limit`, and of these 80 % to train on. */
function cut(positions: Int32Array, limit = Infinity): Cut {
  const order = new MT19937(PUBLISHED_SEED).permutation(positions.length).slice(0, Math.min(limit, positions.length));
  const kept = Math.floor(0.8 * order.length);
  return {
    train: order.slice(0, kept).map((i) => positions[i]),
    validation: order.slice(kept).map((i) => positions[i]),
  };
}

function positionsOf(set: ImageSet, classes: readonly number[]): Int32Array {
  const wanted = new Set(classes);
  return Int32Array.from(set.labels.keys()).filter((i) => wanted.has(set.labels[i]));
}

function perSplit(count: PerSplit | undefined): { trainPerClass: number; testPerClass: number } {
  const { train = 300, test = 100 } = typeof count === 'number' ? { train: count, test: count } : (count ?? {});
  return { trainPerClass: train, testPerClass: test };
}

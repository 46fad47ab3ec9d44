import { OptionError } from '../errors.js';
import { dirichlet } from '../run/legacy-distributions.js';
import { MT19937 } from '../run/mt19937.js';
import { checkImageSet } from './check-image-set.js';
import type { ImageSet } from './dataset.js';
import type { TrainValidationSplit } from './split-train-validation.js';
import { classCounts, subset } from './subset.js';

/** What {@link dirichletSubset} can be told. */
export interface DirichletOptions {
  /** Of the Dirichlet distribution that the classes' proportions come from; the smaller, the more uneven. */
  readonly concentration: number;
  /** A draw whose smallest class has fewer images is thrown away. */
  readonly smallestClass: number;
  /** In the paper the number of the model ("estimator"). */
  readonly seed: number;
  /** Share of the subset to train on. Default 0.8. */
  readonly fraction?: number;
}

/** A part of a set with uneven classes, cut in two. */
export interface DirichletSubset extends TrainValidationSplit {
  /** Images of every class, training and validation part together. */
  readonly counts: readonly number[];
  /** Draws it took until every class was large enough. */
  readonly draws: number;
}

/**
 * What the sixty models of GradSplitter's reuse experiments were trained on: concentration, smallest class and the seeds
 * per network (spec cnnsplitter §4.5).
 */
export const PUBLISHED_DIRICHLET = {
  cifar10: {
    concentration: 1,
    smallestClass: 100,
    seeds: {
      simCnn: [1, 3, 4, 6, 8, 10, 11, 14, 15, 16],
      resCnn: [1, 3, 4, 9, 10, 11, 12, 14, 15, 16],
      inceCnn: [1, 3, 4, 5, 6, 8, 9, 10, 11, 12],
    },
  },
  svhn: {
    concentration: 0.5,
    smallestClass: 10,
    seeds: {
      simCnn: [0, 1, 2, 3, 5, 8, 9, 10, 11, 13],
      resCnn: [0, 2, 3, 5, 6, 7, 9, 10, 11, 12],
      inceCnn: [2, 3, 5, 6, 7, 9, 10, 11, 12, 13],
    },
  },
} as const;

const MOST_DRAWS = 10_000;

/**
 * Images in uneven class proportions: a Dirichlet draw, divided by its largest entry so that one class is used whole; of
 * class c the first ⌊pᶜ·nᶜ⌋ after a shuffle; all shuffled together and cut in two. Reads numpy's legacy random stream:
 * with a published seed and the full training set the class counts are the published ones (spec cnnsplitter §4.5). Which
 * images they are follows the description; the authors' lists could not be compared.
 * @throws OptionError when no draw leaves every class large enough, or a value makes no sense
 */
export function dirichletSubset(set: ImageSet, options: DirichletOptions): DirichletSubset {
  const { concentration, smallestClass, seed, fraction = 0.8 } = options;
  checkImageSet(set);
  const total = classCounts(set);
  if (total.some((count) => count < smallestClass)) {
    throw new OptionError(
      `dirichletSubset: expected at least ${smallestClass} images in every class, got ${total.join(', ')}. Lower smallestClass.`,
    );
  }
  const positions = set.classNames.map((): number[] => []);
  set.labels.forEach((label, i) => positions[label]!.push(i));
  const rng = new MT19937(seed);
  for (let draws = 1; draws <= MOST_DRAWS; draws++) {
    const proportions = dirichlet(rng, concentration, total.length);
    const largest = Math.max(...proportions);
    const parts = positions.map((own, c) =>
      rng.shuffle(Int32Array.from(own)).subarray(0, Math.floor((proportions[c]! / largest) * total[c]!)),
    );
    const counts = parts.map((part) => part.length);
    if (Math.min(...counts) < smallestClass) continue;
    const order = rng.shuffle(Int32Array.from(parts.flatMap((part) => [...part])));
    const kept = Math.floor(order.length * fraction);
    if (!(kept > 0 && kept < order.length)) {
      throw new OptionError(
        `dirichletSubset: fraction ${fraction} of ${order.length} images leaves one of the two parts empty.`,
      );
    }
    const [trainIndices, validationIndices] = [order.slice(0, kept), order.slice(kept)];
    return {
      train: subset(set, trainIndices),
      validation: subset(set, validationIndices),
      trainIndices,
      validationIndices,
      counts,
      draws,
    };
  }
  throw new OptionError(
    `dirichletSubset: none of ${MOST_DRAWS} draws has ${smallestClass} images in every class. Lower smallestClass.`,
  );
}

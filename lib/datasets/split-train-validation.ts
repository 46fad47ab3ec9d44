import { OptionError } from '../errors.js';
import { MT19937 } from '../run/mt19937.js';
import { type ImageSet } from './dataset.js';
import { subset } from './subset.js';

/** A set cut in two, with the positions each part had in it. */
export interface TrainValidationSplit {
  readonly train: ImageSet;
  readonly validation: ImageSet;
  readonly trainIndices: Int32Array;
  readonly validationIndices: Int32Array;
}

/**
 * Shuffles the positions 0…n−1 as numpy's `RandomState(seed).shuffle` does and takes the first `fraction` to train on
 * and the rest to validate on (spec cnnsplitter §2.0; with the default seed 1009 the published split).
 * @throws OptionError when the fraction leaves one part empty
 * @example
 * const parts = splitTrainValidation(data.train, { fraction: 0.8, seed: 1 });
 * await fit(weak, parts.train, { epochs: 1, validation: parts.validation, keep: 'best' });
 */
export function splitTrainValidation(
  set: ImageSet,
  options: { fraction?: number; seed?: number } = {},
): TrainValidationSplit {
  const { fraction = 0.8, seed = 1009 } = options;
  const total = set.labels.length;
  const kept = Math.floor(total * fraction);
  if (!(kept > 0 && kept < total)) {
    throw new OptionError(
      `splitTrainValidation: expected a fraction that leaves images on both sides, got ${fraction} of ${total} images.`,
    );
  }
  const order = new MT19937(seed).permutation(total);
  const trainIndices = order.slice(0, kept);
  const validationIndices = order.slice(kept);
  return {
    train: subset(set, trainIndices),
    validation: subset(set, validationIndices),
    trainIndices,
    validationIndices,
  };
}

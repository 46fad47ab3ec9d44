import { IMAGENET_NORMALISATION, type ImageSet, type Normalisation } from '../../lib/datasets/dataset.js';
import { firstPerClass, subset } from '../../lib/datasets/subset.js';
import { OptionError } from '../../lib/errors.js';
import { percent } from '../../lib/plot/figure/number-format.js';
import type * as tf from '../../lib/tf.js';
import { evaluate } from '../../lib/training/evaluate.js';

/** The usual ways to bring bytes into a network, as `--range` names them. */
const RANGES = ['unit', 'signed', 'bytes', 'imagenet'] as const;
export type Range = (typeof RANGES)[number];

/** What they are, in numbers. */
const NUMBERS: Readonly<Record<Range, string>> = {
  unit: '0 to 1',
  signed: '−1 to 1',
  bytes: '0 to 255',
  imagenet: "ImageNet's mean and deviation",
};

/** The first images of each class that a range is tried with. */
const TRIED_PER_CLASS = 12;
const MOST_TRIED = 240;

/** A range as the normalisation of so many channels. */
export function normalisationOf(range: Range, channels: number): Normalisation {
  const all = (value: number): number[] => new Array<number>(channels).fill(value);
  switch (range) {
    case 'unit':
      return { mean: all(0), std: all(1) };
    case 'signed':
      return { mean: all(0.5), std: all(0.5) };
    case 'bytes':
      return { mean: all(0), std: all(1 / 255) };
    case 'imagenet':
      if (channels !== 3) throw new OptionError(`--range imagenet: expected a model of 3 channels, got ${channels}.`);
      return IMAGENET_NORMALISATION;
  }
}

/**
 * The range that a model most likely was trained with, where its file does not say it: the one with which it is right most often on a
 * few images of each class; of equals the first.
 * @returns the range, and what was found, in a sentence
 */
export async function likelyRange(
  model: tf.LayersModel,
  set: ImageSet,
  signal?: AbortSignal,
): Promise<{ range: Range; remark: string }> {
  const channels = set.imageShape[2];
  const perClass = Math.max(1, Math.min(TRIED_PER_CLASS, Math.floor(MOST_TRIED / set.classNames.length)));
  const few = subset(set, firstPerClass(set, perClass));
  const tried: { range: Range; accuracy: number }[] = [];
  for (const range of RANGES) {
    if (range === 'imagenet' && channels !== 3) continue;
    const { accuracy } = await evaluate(model, { ...few, normalisation: normalisationOf(range, channels) }, { signal });
    tried.push({ range, accuracy });
  }
  const best = tried.reduce((a, b) => (b.accuracy > a.accuracy ? b : a));
  const others = tried.filter((one) => one !== best).map(({ range, accuracy }) => `${percent(accuracy)} with ${range}`);
  return {
    range: best.range,
    remark:
      `No file says how the model wants its pixels. It is right on ${percent(best.accuracy)} of ${few.labels.length} images with ` +
      `${NUMBERS[best.range]} (${others.join(', ')}), so that was taken: --range ${best.range}.`,
  };
}

import type { ImageSet } from '../../datasets/dataset.js';
import {
  checkOptions,
  numberFrom,
  oneOf,
  orNull,
  POSITIVE,
  resolvePreset,
  SHARE,
  wholeNumber,
} from '../../run/check-options.js';
import type { RunOptions } from '../../run/options.js';

/** Everything GradSplitter's training can be told (spec cnnsplitter §4). */
export interface GradSplitterSettings {
  /** Epochs of the first phase, in which only the heads learn. */
  firstHeadEpochs: number;
  /** Cycles of a phase for masks and heads together and a phase for the heads alone. 0: no kernel goes, only heads are learned. */
  cycles: number;
  maskEpochs: number;
  headEpochs: number;
  /** Adam's learning rate in the first phase. */
  firstHeadLearningRate: number;
  /** Adam's learning rate while masks and heads learn together. A mask moves by about this much per step. */
  maskLearningRate: number;
  /** Adam's learning rate in the head phases of the cycles. */
  headLearningRate: number;
  /**
   * What the heads learn by. 'softmax': cross-entropy over the modules' sigmoids side by side, as published, which fixes a score only
   * relative to the other modules of its network. 'binary': every head tells its class from the others by itself, which makes scores of
   * different networks comparable; not published.
   */
  headLoss: 'softmax' | 'binary';
  /**
   * Which images an epoch takes. 'all': every image once, as published. 'even': as many, but of every class equally many, drawn with
   * replacement; then the epoch is chosen by the mean recall of the classes. Not published; for networks that were trained on uneven
   * classes.
   */
  draw: 'all' | 'even';
  /** Weight of the mean mask, the size of the modules, in the loss of the mask phases. */
  alpha: number;
  batchSize: number;
  /**
   * Where the real-valued masks start; a kernel is kept while its value is above 0. 'gradient': at 1 for the kernels that `keep` leaves a
   * class by the gradients of its logit, at −1 for the others, so that a few steps do what else takes thousands; not published.
   */
  initialMasks: 'ones' | 'normal' | 'zeros' | 'gradient';
  /** Share of the kernels that every mask starts with, where they start by gradients. */
  keep: number;
  /**
   * What the initial masks are multiplied with. As only the sign of a mask counts, 0.1 lets masks fall in a tenth of the
   * steps, as ten times the learning rate would, and leaves the heads, which learn at the same rate, the smaller one.
   */
  initialMaskScale: number;
  /** Of the epochs that lose less accuracy than this on the validation images, the one with the fewest kernels wins. */
  maxAccuracyLoss: number;
  /** What that loss is counted from: the best epoch of the run, or the strong model. */
  lossReference: 'best epoch' | 'strong model';
  /**
   * Images of a batch that go through all modules at once, to bound memory; null: as many as about a quarter of a
   * gigabyte holds. Changes the result by rounding only.
   */
  imagesPerPass: number | null;
  /**
   * So many validation images of each class, at most a fifth of them, take no part in choosing the epoch: the result's
   * accuracy on them is for reporting. None do where `heldOutImages` are given.
   */
  heldOutPerClass: number;
}

/**
 * The authors' settings, the same for all their networks and data sets (spec cnnsplitter §4.3): 5 + 20 · (5 + 2) = 145
 * epochs. They do not say what the accuracy loss of an epoch is counted from; the best epoch is our choice.
 */
const PUBLISHED = {
  firstHeadEpochs: 5,
  cycles: 20,
  maskEpochs: 5,
  headEpochs: 2,
  firstHeadLearningRate: 0.01,
  maskLearningRate: 0.001,
  headLearningRate: 0.001,
  headLoss: 'softmax',
  draw: 'all',
  alpha: 0.1,
  batchSize: 64,
  initialMasks: 'ones',
  keep: 0.5,
  initialMaskScale: 1,
  maxAccuracyLoss: 0.01,
  lossReference: 'best epoch',
  imagesPerPass: null,
  heldOutPerClass: 100,
} as const satisfies GradSplitterSettings;

/**
 * A mask that starts at 1 needs about 1 / maskLearningRate steps in one direction to fall to 0 (spec cnnsplitter §6.2.1):
 * 1,000 with the published rate, more than the small presets make in all. They take faster rates and smaller batches.
 */
export const GRADSPLITTER_PRESETS = {
  /** Seconds, for tests. */
  smoke: {
    ...PUBLISHED,
    firstHeadEpochs: 2,
    cycles: 1,
    maskEpochs: 2,
    headEpochs: 1,
    firstHeadLearningRate: 0.05,
    maskLearningRate: 0.1,
    headLearningRate: 0.01,
    batchSize: 32,
  },
  /** Minutes on two cores. */
  laptop: {
    ...PUBLISHED,
    firstHeadEpochs: 20,
    cycles: 4,
    maskEpochs: 2,
    headEpochs: 3,
    maskLearningRate: 0.02,
    headLearningRate: 0.005,
    batchSize: 32,
  },
  /** The published numbers of everything. */
  paper: PUBLISHED,
} as const satisfies Record<string, GradSplitterSettings>;

export type GradSplitterPreset = keyof typeof GRADSPLITTER_PRESETS;

/** What GradSplitter can be told: a preset, settings that override it, and how to run. */
export interface GradSplitterOptions extends RunOptions, Partial<GradSplitterSettings> {
  /** Default 'laptop'. Options given beside it override it. */
  preset?: GradSplitterPreset;
  /** Images to report on, e.g. the test images. Default: some of the validation images, see `heldOutPerClass`. */
  heldOutImages?: ImageSet;
  /**
   * File that the training is written to after every epoch. When it exists, the training goes on from it and ends with
   * the same modules as an uninterrupted one on the same backend.
   */
  checkpoint?: string;
}

/** Preset and overrides put together. @throws OptionError on an unknown preset or a value that makes no sense */
export function resolveGradSplitterSettings(options: GradSplitterOptions): GradSplitterSettings {
  const settings = resolvePreset<GradSplitterSettings>(GRADSPLITTER_PRESETS, options, 'laptop');
  checkOptions(settings, {
    firstHeadEpochs: wholeNumber(0),
    headEpochs: wholeNumber(0),
    cycles: wholeNumber(0),
    maskEpochs: wholeNumber(),
    batchSize: wholeNumber(),
    heldOutPerClass: wholeNumber(),
    imagesPerPass: orNull(wholeNumber()),
    firstHeadLearningRate: POSITIVE,
    maskLearningRate: POSITIVE,
    headLearningRate: POSITIVE,
    initialMaskScale: POSITIVE,
    alpha: numberFrom(0),
    maxAccuracyLoss: numberFrom(0),
    headLoss: oneOf(['softmax', 'binary']),
    draw: oneOf(['all', 'even']),
    initialMasks: oneOf(['ones', 'normal', 'zeros', 'gradient']),
    keep: SHARE,
    lossReference: oneOf(['best epoch', 'strong model']),
  });
  return settings;
}

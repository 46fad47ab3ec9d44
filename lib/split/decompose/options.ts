import type { ImageSet } from '../../datasets/dataset.js';
import { OptionError } from '../../errors.js';
import { checkOptions, oneOf, orNull, POSITIVE, resolvePreset, wholeNumber } from '../../run/check-options.js';
import type { RunOptions } from '../../run/options.js';
import type { AddPolicy, DecomposeVariant } from '../../surgery/nodes/node-module-parts.js';

/** What is pruned from what was observed; needs no new observation. */
export interface CutSettings {
  /**
   * 'MC': what CI and TI found inactive, and the output layer channelled to two columns. 'MC-BLN': without the features, too, that
   * only serve the other classes. 'MC-BI': without everything that only serves inactive nodes, too (spec decompose §2.5–2.8).
   */
  variant: DecomposeVariant;
  /**
   * 'literal': every convolution is masked; a negative summand of an addition is lost with it. 'reluFedOnly': only convolutions
   * that a ReLU alone reads, exact on every observed image. 'postAdd': these, and the rectified sums (spec decompose §2.4).
   */
  addPolicy: AddPolicy;
  /** Weight from which MC-BLN counts a feature as strong. */
  delta: number;
  /**
   * Which features MC-BLN removes: those for the other classes and against this one, as the paper says, or the opposite, as its
   * algorithm is printed (spec decompose §2.6).
   */
  blnRule: 'prose' | 'literal';
  /**
   * 'perSource': MC-BI removes a node when everything that reads it is inactive. 'literal': as printed, whole windows at a time and
   * without regard to other readers, which can change what the module puts out (spec decompose §2.7).
   */
  biRule: 'perSource' | 'literal';
}

/** What is observed. */
export interface ObserveSettings {
  /** Images of the class to observe per module, at most: the first ones in the set's order. */
  nPos: number;
  /** Images of each other class; null: as many negatives in all as positives, at least one per class. */
  nNegPerClass: number | null;
  /** Positives count only where the model gives their class more than this probability; null: all count. */
  positiveFilter: number | null;
}

/** Everything that decomposition decides by. A preset is one of these. */
export interface DecomposeSettings extends CutSettings, ObserveSettings {}

/** δ and the variant are the paper's (spec decompose §2.1, §0.10). */
export const CUT_DEFAULTS = {
  variant: 'MC-BLN',
  addPolicy: 'reluFedOnly',
  delta: 0.5,
  blnRule: 'prose',
  biRule: 'perSource',
} as const satisfies CutSettings;

const COMMON = { ...CUT_DEFAULTS, nNegPerClass: null, positiveFilter: null } as const;

/** Named settings of decomposition. */
export const DECOMPOSE_PRESETS = {
  /** Seconds, for tests. */
  smoke: { ...COMMON, nPos: 20 },
  /** A minute or two on two cores for ten classes. */
  laptop: { ...COMMON, nPos: 180 },
  /**
   * The published worked example of 1,000 positives, and every convolution masked as Algorithm 1 has it. How many images the
   * authors really used, and what their code did at additions, is not known (spec decompose §2.1, §2.4).
   */
  paper: { ...COMMON, addPolicy: 'literal', nPos: 1000 },
} as const satisfies Record<string, DecomposeSettings>;

export type DecomposePreset = keyof typeof DECOMPOSE_PRESETS;

/** `seed` is accepted as by every method; nothing is drawn. */
export interface DecomposeOptions extends RunOptions, Partial<DecomposeSettings> {
  /** Default 'laptop'. Options given beside it override it. */
  preset?: DecomposePreset;
  /**
   * Images to report on, e.g. the test images. None of the given ones are held out: the model was trained on them, so they
   * would flatter it.
   */
  heldOutImages?: ImageSet;
  /**
   * File for what was observed. When it exists, observing goes on from it, with the same result. It serves every variant and
   * addPolicy of the same model, images and numbers of images.
   */
  checkpoint?: string;
}

/** Preset and overrides put together. @throws OptionError on an unknown preset or a value that makes no sense */
export function resolveDecomposeSettings(
  options: Partial<DecomposeSettings> & { preset?: DecomposePreset },
): DecomposeSettings {
  const settings = resolvePreset<DecomposeSettings>(DECOMPOSE_PRESETS, options, 'laptop');
  checkOptions(settings, {
    variant: oneOf(['MC', 'MC-BLN', 'MC-BI']),
    addPolicy: oneOf(['literal', 'reluFedOnly', 'postAdd']),
    blnRule: oneOf(['prose', 'literal']),
    biRule: oneOf(['perSource', 'literal']),
    nPos: wholeNumber(),
    nNegPerClass: orNull(wholeNumber()),
    delta: POSITIVE,
  });
  const { positiveFilter } = settings;
  if (positiveFilter !== null && !(positiveFilter >= 0 && positiveFilter < 1)) {
    throw new OptionError(`positiveFilter: expected null or a probability below 1, got ${String(positiveFilter)}.`);
  }
  return settings;
}

import { OptionError } from '../errors.js';
import { checkOption, oneOf } from '../run/check-options.js';
import type { GradientNoise, GradientPart } from './gradient-aggregation.js';
import { type RelevanceThreshold, requireThreshold } from './relevance-threshold.js';
import type { ImageSelection } from './select-images.js';

/** How the kernels that a class relies on are found. Plain data. */
export interface RelevanceSettings {
  /** Convolution layers: the last one, all, or by name. */
  readonly layers: 'last' | 'all' | readonly string[];
  readonly selection: ImageSelection;
  readonly imagesPerClass: number;
  readonly phi: GradientPart;
  readonly threshold: RelevanceThreshold;
  readonly noise: GradientNoise | null;
}

/**
 * - `'internal2021'`: the authors' program of 2021, most likely the one behind the paper's tables (spec doctor §4): magnitudes,
 *   100 images per class, no noise, kernels of at least the layer's mean.
 * - `'release2023'`: their published program: positive parts, 50 images per class, every layer, min–max threshold 0.2.
 * - `'paper'`: what the paper's equations say: magnitudes, averaged over noise. Its layers, number of images, noise and
 *   threshold are not known: they must be given.
 */
export type DiagnosisPreset = 'paper' | 'internal2021' | 'release2023';

/** What each preset sets; 'paper' leaves out what is not known. */
export const DIAGNOSIS_PRESETS = {
  paper: { selection: 'topConfidenceCorrect', phi: 'abs' },
  internal2021: {
    layers: 'last',
    selection: 'topConfidenceCorrect',
    imagesPerClass: 100,
    phi: 'abs',
    threshold: { kind: 'mean' },
    noise: null,
  },
  release2023: {
    layers: 'all',
    selection: 'topConfidenceCorrect',
    imagesPerClass: 50,
    phi: 'positive',
    threshold: { kind: 'minmax', theta: 0.2 },
    noise: null,
  },
} as const satisfies Record<DiagnosisPreset, Partial<RelevanceSettings>>;

const KEYS = ['layers', 'selection', 'imagesPerClass', 'phi', 'threshold', 'noise'] as const;

/**
 * A preset with the options given beside it.
 * @param options.preset default 'internal2021'
 * @throws OptionError on an unknown preset, or one that leaves something open which was not given
 */
export function relevanceSettings(
  options: Partial<RelevanceSettings> & { preset?: DiagnosisPreset } = {},
): RelevanceSettings {
  const { preset = 'internal2021' } = options;
  checkOption('preset', preset, oneOf(Object.keys(DIAGNOSIS_PRESETS)));
  const base: Partial<RelevanceSettings> = DIAGNOSIS_PRESETS[preset];
  const settings = Object.fromEntries(KEYS.map((key) => [key, options[key] === undefined ? base[key] : options[key]]));
  const open = KEYS.filter((key) => settings[key] === undefined);
  if (open.length > 0) {
    throw new OptionError(
      `preset '${preset}': the paper's text was not available and its ${open.join(', ')} are not known; give them as options.`,
    );
  }
  const complete = settings as unknown as RelevanceSettings;
  requireThreshold(complete.threshold);
  return complete;
}

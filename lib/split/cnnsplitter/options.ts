import { OptionError } from '../../errors.js';
import type { RunOptions } from '../../run/options.js';

/** Everything CNNSplitter's search can be told (spec cnnsplitter §2.7). */
export interface CnnSplitterSettings {
  generations: number;
  /** Candidates per class. */
  population: number;
  parents: number;
  elites: number;
  /** Share of genes that a child's mutation picks. */
  mutation: number;
  /** Weight of accuracy in the fitness; 1 − alpha is that of the modules' difference. */
  alpha: number;
  /** While the best combination's accuracy is below gamma, accuracy weighs more by the shortfall. */
  gamma: number;
  /** Accuracy from which a combination survives, per tournament round (sub-tasks of 2, 4, 8, … classes). */
  keepAccuracy: readonly number[];
  keepAtLeast: number;
  keepAtMost: number;
  /** An image counts for kernel importance when the strong model gives its class at least this probability. */
  minConfidence: number;
  /**
   * Layers that lose much accuracy when cut (chosen by hand in the paper from sensitivity curves); null takes the first
   * half of the layers, which is what the published SimCNN list is.
   */
  sensitiveLayers: readonly string[] | null;
  /** Shares of kernel groups that first individuals keep in sensitive layers, and in the others. */
  sensitiveRatios: readonly number[];
  otherRatios: readonly number[];
  /** The search looks at the first so many validation images of each class; null for all of them, as in the paper. */
  imagesPerClass: number | null;
  /** Images per forward pass. */
  batchSize: number;
}

/** What the authors used for SimCNN on CIFAR-10, apart from the size of the search and the shares kept at first. */
const PUBLISHED = {
  mutation: 0.05,
  alpha: 0.9,
  gamma: 0.9,
  keepAccuracy: [0.95, 0.95, 0.85, 0.8],
  keepAtLeast: 50,
  keepAtMost: 500,
  minConfidence: 0.9,
  sensitiveLayers: null,
  batchSize: 125,
} as const;

/**
 * The first individuals keep more kernels than the published ones (0.6–0.8 in sensitive layers, 0.4–0.7 in the others,
 * for networks with up to 512 kernels a layer): narrow networks that fit a laptop have fewer to spare, and a search of
 * few generations does not recover from a start that has lost the accuracy.
 */
const NARROW_NETWORK = { sensitiveRatios: [0.8, 0.9, 1], otherRatios: [0.7, 0.8, 0.9] } as const;

/**
 * Sizes of the search. The authors' own is 200 generations of 100 candidates per class with 50 parents and 20 elites, on
 * all validation images.
 */
export const CNNSPLITTER_PRESETS = {
  /** Seconds, for tests. */
  smoke: { ...PUBLISHED, ...NARROW_NETWORK, generations: 2, population: 4, parents: 3, elites: 1, imagesPerClass: 15 },
  /** Minutes on two cores. */
  laptop: {
    ...PUBLISHED,
    ...NARROW_NETWORK,
    generations: 6,
    population: 10,
    parents: 5,
    elites: 3,
    imagesPerClass: 30,
  },
} as const satisfies Record<string, CnnSplitterSettings>;

export type CnnSplitterPreset = keyof typeof CNNSPLITTER_PRESETS;

export interface CnnSplitterOptions extends RunOptions, Partial<CnnSplitterSettings> {
  /** Default 'laptop'. Options given beside it override it. */
  preset?: CnnSplitterPreset;
  /**
   * File that the search is written to after every generation. When it exists, the search goes on from it and ends with
   * the same modules as an uninterrupted one on the same backend.
   */
  checkpoint?: string;
}

/** Preset and overrides put together. @throws OptionError on an unknown preset or a value that makes no sense */
export function resolveSettings(options: CnnSplitterOptions): CnnSplitterSettings {
  const preset = options.preset ?? 'laptop';
  if (!(preset in CNNSPLITTER_PRESETS)) {
    throw new OptionError(
      `preset: expected one of ${Object.keys(CNNSPLITTER_PRESETS).join(', ')}, got '${String(preset)}'.`,
    );
  }
  const settings: CnnSplitterSettings = { ...CNNSPLITTER_PRESETS[preset] };
  for (const key of Object.keys(settings) as (keyof CnnSplitterSettings)[]) {
    if (options[key] !== undefined) Object.assign(settings, { [key]: options[key] });
  }
  const wholeNumber = (name: 'generations' | 'population' | 'parents' | 'elites', low: number, high: number) => {
    const value = settings[name];
    if (!Number.isInteger(value) || value < low || value > high) {
      throw new OptionError(`${name}: expected a whole number from ${low} to ${high}, got ${value}.`);
    }
  };
  wholeNumber('population', 2, 10000);
  wholeNumber('generations', 1, 100000);
  wholeNumber('parents', 1, settings.population);
  wholeNumber('elites', 1, settings.population);
  const { keepAtLeast, keepAtMost, imagesPerClass } = settings;
  if (!(keepAtLeast >= 1 && keepAtMost >= keepAtLeast)) {
    throw new OptionError(
      `keepAtLeast, keepAtMost: expected 1 ≤ keepAtLeast ≤ keepAtMost, got ${keepAtLeast} and ${keepAtMost}.`,
    );
  }
  if (imagesPerClass !== null && (!Number.isInteger(imagesPerClass) || imagesPerClass < 1)) {
    throw new OptionError(`imagesPerClass: expected a whole number from 1 on, or null, got ${imagesPerClass}.`);
  }
  for (const name of ['mutation', 'alpha', 'gamma', 'minConfidence'] as const) {
    const value = settings[name];
    if (!(value >= 0 && value <= 1)) throw new OptionError(`${name}: expected a number from 0 to 1, got ${value}.`);
  }
  for (const name of ['sensitiveRatios', 'otherRatios', 'keepAccuracy'] as const) {
    const values = settings[name];
    if (!Array.isArray(values) || values.length === 0 || values.some((v) => !(v >= 0 && v <= 1))) {
      throw new OptionError(`${name}: expected numbers from 0 to 1, at least one, got ${JSON.stringify(values)}.`);
    }
  }
  return settings;
}

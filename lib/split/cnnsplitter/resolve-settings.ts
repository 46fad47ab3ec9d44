import { OptionError } from '../../errors.js';
import {
  checkOption,
  checkOptions,
  listOf,
  numberFrom,
  oneOf,
  orNull,
  resolvePreset,
  wholeNumber,
} from '../../run/check-options.js';
import type { CnnSplitterOptions, CnnSplitterSettings, RaceStation } from './options.js';
import { CNNSPLITTER_PRESETS } from './presets.js';

const CHOICES = {
  pruning: ['accuracy', 'random', 'none'],
  grouping: ['groups', 'kernels'],
  initialisation: ['sensitivity', 'budget', 'random'],
  importance: ['gradient', 'activation', 'pooled', 'random', 'identity'],
  weighting: ['even', 'uncertain'],
  seeds: ['per-class', 'shared'],
  losers: ['newest', 'screened'],
  cache: [true, false],
  firstMayWin: [true, false],
  finish: [true, false],
  precision: ['f32', 'bf16'],
  fitTo: ['auto', 'labels', 'logits'],
} as const satisfies { [Key in keyof CnnSplitterSettings]?: readonly CnnSplitterSettings[Key][] };

/** Preset and overrides put together. @throws OptionError on an unknown preset or a value that makes no sense */
export function resolveSettings(options: CnnSplitterOptions): CnnSplitterSettings {
  const settings = resolvePreset<CnnSplitterSettings>(CNNSPLITTER_PRESETS, options, 'laptop');
  checkSizes(settings);
  const share = numberFrom(0, 1);
  checkOptions(settings, {
    ...{ mutation: share, alpha: share, gamma: share, minConfidence: share, keep: share, floor: share },
    ...{ sensitiveRatios: listOf(share), otherRatios: listOf(share), keepAccuracy: listOf(share) },
    ...{ beta: numberFrom(0), difference: numberFrom(0) },
  });
  for (const [name, known] of Object.entries(CHOICES)) {
    checkOption(name, settings[name as keyof typeof CHOICES], oneOf(known));
  }
  if (settings.generations === 0 && settings.initialisation !== 'budget') {
    throw new OptionError(
      `generations: 0 takes what the budget keeps, so it expects initialisation: 'budget', got '${settings.initialisation}'.`,
    );
  }
  const { sensitiveLayers } = settings;
  if (sensitiveLayers !== null && sensitiveLayers !== 'auto' && !Array.isArray(sensitiveLayers)) {
    throw new OptionError(
      `sensitiveLayers: expected a list of layer names, 'auto' or null, got ${JSON.stringify(sensitiveLayers)}.`,
    );
  }
  checkRace(settings.racing);
  return settings;
}

function checkSizes(settings: CnnSplitterSettings): void {
  const { population, keepAtLeast, keepAtMost } = settings;
  checkOptions(settings, {
    population: wholeNumber(2, 10000),
    generations: wholeNumber(0, 100000),
    parents: wholeNumber(1, population),
    elites: wholeNumber(1, population),
    batchSize: wholeNumber(1, 100000),
    imagesPerClass: orNull(wholeNumber()),
    heldOutPerClass: wholeNumber(),
    finishPerClass: wholeNumber(),
    earlyStop: orNull(wholeNumber()),
  });
  if (!(keepAtLeast >= 1 && keepAtMost >= keepAtLeast)) {
    throw new OptionError(
      `keepAtLeast, keepAtMost: expected 1 ≤ keepAtLeast ≤ keepAtMost, got ${keepAtLeast} and ${keepAtMost}.`,
    );
  }
}

function checkRace(racing: CnnSplitterSettings['racing']): void {
  if (racing === null) return;
  const inside = (value: unknown) => typeof value === 'number' && value > 0 && value < 1;
  const stations: readonly (Partial<RaceStation> | null)[] = Array.isArray(racing) ? racing : [];
  const fits = stations.every(
    (station, i) =>
      inside(station?.images) && inside(station?.keep) && station!.images! > (stations[i - 1]?.images ?? 0),
  );
  if (!fits || stations.length === 0) {
    throw new OptionError(
      `racing: expected null or stations { images, keep } with numbers between 0 and 1 and growing shares of images, got ` +
        `${JSON.stringify(racing)}.`,
    );
  }
}

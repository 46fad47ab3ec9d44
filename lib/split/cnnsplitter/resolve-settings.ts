import { OptionError } from '../../errors.js';
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
} as const satisfies { [Key in keyof CnnSplitterSettings]?: readonly CnnSplitterSettings[Key][] };

/** Preset and overrides put together. @throws OptionError on an unknown preset or a value that makes no sense */
export function resolveSettings(options: CnnSplitterOptions): CnnSplitterSettings {
  const preset = options.preset ?? 'laptop';
  if (!Object.hasOwn(CNNSPLITTER_PRESETS, preset)) {
    throw new OptionError(
      `preset: expected one of ${Object.keys(CNNSPLITTER_PRESETS).join(', ')}, got '${String(preset)}'.`,
    );
  }
  const settings: CnnSplitterSettings = { ...CNNSPLITTER_PRESETS[preset] };
  for (const key of Object.keys(settings) as (keyof CnnSplitterSettings)[]) {
    if (options[key] !== undefined) Object.assign(settings, { [key]: options[key] });
  }
  checkSizes(settings);
  for (const name of ['mutation', 'alpha', 'gamma', 'minConfidence', 'keep', 'floor'] as const) {
    const value = settings[name];
    if (!(value >= 0 && value <= 1)) throw new OptionError(`${name}: expected a number from 0 to 1, got ${value}.`);
  }
  for (const name of ['sensitiveRatios', 'otherRatios', 'keepAccuracy'] as const) {
    const values = settings[name];
    if (!Array.isArray(values) || values.length === 0 || values.some((v) => !(v >= 0 && v <= 1))) {
      throw new OptionError(`${name}: expected numbers from 0 to 1, at least one, got ${JSON.stringify(values)}.`);
    }
  }
  for (const [name, known] of Object.entries(CHOICES)) {
    const value = settings[name as keyof typeof CHOICES];
    if (!(known as readonly unknown[]).includes(value)) {
      throw new OptionError(`${name}: expected one of ${known.join(', ')}, got '${String(value)}'.`);
    }
  }
  for (const name of ['beta', 'difference'] as const) {
    const value = settings[name];
    if (!(value >= 0 && Number.isFinite(value))) {
      throw new OptionError(`${name}: expected a number from 0 on, got ${String(value)}.`);
    }
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
  const limits = {
    population: [2, 10000],
    generations: [0, 100000],
    parents: [1, population],
    elites: [1, population],
    batchSize: [1, 100000],
    imagesPerClass: [1, Infinity],
    heldOutPerClass: [1, Infinity],
    finishPerClass: [1, Infinity],
    earlyStop: [1, Infinity],
  } as const;
  for (const [name, [low, high]] of Object.entries(limits)) {
    const value = settings[name as keyof typeof limits];
    if (value === null && (name === 'imagesPerClass' || name === 'earlyStop')) continue;
    if (!Number.isInteger(value) || value! < low || value! > high) {
      throw new OptionError(
        `${name}: expected a whole number from ${low}${high === Infinity ? ' on, or null' : ` to ${high}`}, got ${value}.`,
      );
    }
  }
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

import { OptionError } from '../errors.js';
import type { RunOptions } from '../run/options.js';
import type { FitOptions } from '../training/fit-options.js';
import type { KernelChoice, RelevanceCriterion } from './criterion.js';
import type { CriterionId } from './criteria/index.js';

/** How many units of a layer stay. */
export type StopRule =
  /**
   * The best share `keep` of every layer, 0–1, rounded up, at least one; with `multipleOf` rounded up to such a multiple,
   * as narrow layers are only faster where the processor's channel blocks are full (16 with oneDNN on AVX-512).
   */
  | { readonly kind: 'ratio'; readonly keep: number; readonly multipleOf?: number }
  /** All units of at least this relevance, at least the best one. */
  | { readonly kind: 'threshold'; readonly atLeast: number }
  /**
   * The least relevant go, `step` (a share of the layer, default 1/16) at a time, until accuracy or Cohen's κ on the
   * validation images is more than `tau` (0–1) below that before the layer's first removal; the last step is undone.
   */
  | { readonly kind: 'tolerance'; readonly metric: 'accuracy' | 'kappa'; readonly tau: number; readonly step?: number }
  /** 'ratio' with the largest share at which the whole model keeps at most `keep` of its multiply-adds or parameters. */
  | {
      readonly kind: 'budget';
      readonly of: 'macs' | 'parameters';
      readonly keep: number;
      readonly multipleOf?: number;
    };

/** When is retrained, what and how. */
export interface RetrainSettings extends Pick<
  FitOptions,
  'batchSize' | 'learningRate' | 'optimizer' | 'schedule' | 'augment'
> {
  /**
   * 'afterLayer': once per layer, when it is completely simplified (the paper's way); 'afterRemoval': after every
   * `removalStep` of a layer; 'atEnd': once; 'never'.
   */
  when: 'afterLayer' | 'afterRemoval' | 'atEnd' | 'never';
  /**
   * Which layers learn. 'progressive': from the first to the next after the one just simplified, those after it stay
   * bit for bit (the paper's way); 'next': the next one only; 'all'. At the end of the run ('atEnd') always all.
   */
  range: 'progressive' | 'next' | 'all';
  /** Epochs of each retraining. */
  epochs: number;
  /** Share of a layer's units that goes between two retrainings of 'afterRemoval', 0–1. */
  removalStep: number;
}

/** Everything that {@link simplify} decides by. A preset is one of these. */
export interface SimplifySettings {
  /** A criterion by name, one of one's own, or something that decides by itself. */
  criterion: CriterionId | RelevanceCriterion | KernelChoice;
  /** Not used by a criterion that decides by itself. */
  stop: StopRule;
  /** 'forward': from the image on, as follows from the paper's abstract (spec progressive §3.1); 'backward' (ablation). */
  order: 'forward' | 'backward';
  /** Convolution layers to simplify, with those tied to them; null for all that can be. */
  layers: readonly string[] | null;
  retrain: RetrainSettings;
  /** The criterion looks at the first so many training images of each class. */
  imagesPerClass: number;
}

/** Name of a preset of {@link simplify}. */
export type SimplifyPreset = 'smoke' | 'laptop';

/** Epochs, optimiser and rule of the paper are not known (spec progressive §2): these are ours. */
const COMMON = {
  criterion: 'gradTimesAct',
  order: 'forward',
  layers: null,
} as const;
const RETRAIN = {
  when: 'afterLayer',
  range: 'progressive',
  batchSize: 64,
  learningRate: 0.01,
  optimizer: { kind: 'sgd', momentum: 0.9, weightDecay: 1e-4 },
  schedule: { kind: 'cosine' },
  removalStep: 0.125,
} as const;

/** Named settings of {@link simplify}. */
export const SIMPLIFY_PRESETS = {
  smoke: {
    ...COMMON,
    stop: { kind: 'budget', of: 'macs', keep: 0.5 },
    retrain: { ...RETRAIN, epochs: 1 },
    imagesPerClass: 5,
  },
  laptop: {
    ...COMMON,
    stop: { kind: 'budget', of: 'macs', keep: 0.5 },
    retrain: { ...RETRAIN, epochs: 2 },
    imagesPerClass: 20,
  },
} as const satisfies Record<SimplifyPreset, SimplifySettings>;

/** What {@link simplify} can be told. */
export interface SimplifyOptions extends RunOptions, Partial<Omit<SimplifySettings, 'retrain'>> {
  /** Default 'laptop'. Options given beside it override it. */
  preset?: SimplifyPreset;
  retrain?: Partial<RetrainSettings>;
  /**
   * File that the run is written to after every layer (and, with its name and a number behind it, the retraining under
   * way after every epoch). When it exists, the run goes on from it and ends with the same model as an uninterrupted one.
   */
  checkpoint?: string;
}

/** Preset and overrides put together. @throws OptionError naming the option that makes no sense */
export function resolveSimplifySettings(options: SimplifyOptions): SimplifySettings {
  const { preset = 'laptop' } = options;
  const base = (SIMPLIFY_PRESETS as Record<string, SimplifySettings | undefined>)[preset];
  if (!base) {
    throw new OptionError(`preset: expected one of ${Object.keys(SIMPLIFY_PRESETS).join(', ')}, got '${preset}'.`);
  }
  const pick = <Key extends keyof SimplifySettings>(key: Key): SimplifySettings[Key] =>
    (options as Partial<SimplifySettings>)[key] ?? base[key];
  const settings: SimplifySettings = {
    criterion: pick('criterion'),
    stop: pick('stop'),
    order: pick('order'),
    layers: pick('layers'),
    imagesPerClass: pick('imagesPerClass'),
    retrain: { ...base.retrain, ...options.retrain },
  };
  checkStopRule(settings.stop);
  oneOf('order', settings.order, ['forward', 'backward']);
  oneOf('retrain.when', settings.retrain.when, ['afterLayer', 'afterRemoval', 'atEnd', 'never']);
  oneOf('retrain.range', settings.retrain.range, ['progressive', 'next', 'all']);
  share('retrain.removalStep', settings.retrain.removalStep);
  for (const [name, value] of [
    ['imagesPerClass', settings.imagesPerClass],
    ['retrain.epochs', settings.retrain.epochs],
  ] as const) {
    if (!Number.isInteger(value) || value < 1) throw new OptionError(`${name}: expected at least 1, got ${value}.`);
  }
  if (settings.retrain.when === 'afterRemoval' && !['ratio', 'budget'].includes(settings.stop.kind)) {
    throw new OptionError(
      `retrain.when 'afterRemoval' needs to know how many kernels go: expected the stop rule 'ratio' or 'budget', got ` +
        `'${settings.stop.kind}'.`,
    );
  }
  return settings;
}

function checkStopRule(stop: StopRule): void {
  oneOf('stop.kind', stop.kind, ['ratio', 'threshold', 'tolerance', 'budget']);
  switch (stop.kind) {
    case 'budget':
    case 'ratio':
      if (stop.kind === 'budget') oneOf('stop.of', stop.of, ['macs', 'parameters']);
      if (stop.multipleOf !== undefined && (!Number.isInteger(stop.multipleOf) || stop.multipleOf < 1)) {
        throw new OptionError(`stop.multipleOf: expected a whole number from 1 up, got ${stop.multipleOf}.`);
      }
      return share('stop.keep', stop.keep);
    case 'tolerance':
      oneOf('stop.metric', stop.metric, ['accuracy', 'kappa']);
      if (!(stop.tau >= 0 && stop.tau <= 1)) throw new OptionError(`stop.tau: expected 0 to 1, got ${stop.tau}.`);
      if (stop.step !== undefined) share('stop.step', stop.step);
      return;
    case 'threshold':
      if (!Number.isFinite(stop.atLeast))
        throw new OptionError(`stop.atLeast: expected a number, got ${stop.atLeast}.`);
  }
}

function share(name: string, value: number): void {
  if (!(value > 0 && value <= 1)) throw new OptionError(`${name}: expected a share above 0, at most 1, got ${value}.`);
}

function oneOf(name: string, value: string, known: readonly string[]): void {
  if (!known.includes(value)) throw new OptionError(`${name}: expected one of ${known.join(', ')}, got '${value}'.`);
}

import { OptionError } from '../errors.js';
import {
  checkOption,
  checkOptions,
  NUMBER,
  numberFrom,
  oneOf,
  resolvePreset,
  SHARE,
  wholeNumber,
} from '../run/check-options.js';
import type { RunOptions } from '../run/options.js';
import type { FitOptions } from '../training/fit-options.js';
import type { CriterionId } from './criteria/index.js';
import type { KernelChoice, RelevanceCriterion } from './criterion.js';

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

/**
 * When is retrained, what and how. On the wasm backend, which can have 4 GB at most, steps of large images take fewer of them than
 * `batchSize` says where more would not fit.
 */
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
  const { retrain, ...rest } = options;
  const base = resolvePreset<SimplifySettings>(SIMPLIFY_PRESETS, rest, 'laptop');
  const settings = { ...base, retrain: { ...base.retrain, ...retrain } };
  checkStopRule(settings.stop);
  checkOptions(settings, { order: oneOf(['forward', 'backward']), imagesPerClass: wholeNumber() });
  const rules = {
    when: oneOf(['afterLayer', 'afterRemoval', 'atEnd', 'never']),
    range: oneOf(['progressive', 'next', 'all']),
    removalStep: SHARE,
    epochs: wholeNumber(),
  };
  checkOptions(settings.retrain, rules, 'retrain');
  if (settings.retrain.when === 'afterRemoval' && !['ratio', 'budget'].includes(settings.stop.kind)) {
    throw new OptionError(
      `retrain.when 'afterRemoval' needs to know how many kernels go: expected the stop rule 'ratio' or 'budget', got ` +
        `'${settings.stop.kind}'.`,
    );
  }
  return settings;
}

function checkStopRule(stop: StopRule): void {
  checkOption('stop.kind', stop.kind, oneOf(['ratio', 'threshold', 'tolerance', 'budget']));
  switch (stop.kind) {
    case 'budget':
      checkOption('stop.of', stop.of, oneOf(['macs', 'parameters']));
      return checkKept(stop);
    case 'ratio':
      return checkKept(stop);
    case 'tolerance':
      checkOptions(stop, { metric: oneOf(['accuracy', 'kappa']), tau: numberFrom(0, 1) }, 'stop');
      if (stop.step !== undefined) checkOption('stop.step', stop.step, SHARE);
      return;
    case 'threshold':
      checkOption('stop.atLeast', stop.atLeast, NUMBER);
  }
}

function checkKept({ keep, multipleOf }: { readonly keep: number; readonly multipleOf?: number }): void {
  if (multipleOf !== undefined) checkOption('stop.multipleOf', multipleOf, wholeNumber());
  checkOption('stop.keep', keep, SHARE);
}

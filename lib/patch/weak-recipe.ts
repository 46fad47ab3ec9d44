import { OptionError } from '../errors.js';
import { resCnn } from '../models/architectures/res-cnn.js';
import { simCnn, type SplitterVariant } from '../models/architectures/sim-cnn.js';
import { weakResCnnCifar, weakResCnnSvhn } from '../models/architectures/weak-res-cnn.js';
import { weakSimCnnCifar, weakSimCnnSvhn } from '../models/architectures/weak-sim-cnn.js';
import type * as tf from '../tf.js';
import type { OptimizerOptions } from '../training/optimizers.js';
import type { PatchDataName } from './patch-data.js';
import { publishedWeakEpoch } from './published-weak-epochs.js';
import { WEAK_KINDS, WEAK_NETWORKS, type WeakKind, type WeakNetwork } from './weak-kinds.js';

export const WEAK_PRESETS = ['smoke', 'laptop', 'paper'] as const;
export type WeakPreset = (typeof WEAK_PRESETS)[number];

/** How one weak model is built and trained. Plain data. */
export interface WeakRecipe {
  readonly kind: WeakKind;
  /** 'tiny': the small network of spec cnnsplitter §5.3; 'full': the strong model's own network without dropout. */
  readonly size: 'tiny' | 'full';
  readonly network: WeakNetwork;
  readonly data: PatchDataName;
  /** Of a full network: the published one has no batch normalisation. */
  readonly variant: SplitterVariant;
  /** Factor on the network's layer widths. */
  readonly width: number;
  /** Longest training. */
  readonly epochs: number;
  /**
   * Epoch to take: 'best' on validation, 'half' of the best (rounded down, at least 1), or that number.
   */
  readonly take: 'best' | 'half' | number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly optimizer: OptimizerOptions;
  readonly augment?: { readonly flip?: boolean; readonly crop?: number };
}

const WITH_MOMENTUM: OptimizerOptions = { kind: 'sgd', momentum: 0.9, weightDecay: 1e-4 };
const PLAIN: OptimizerOptions = { kind: 'sgd', momentum: 0, weightDecay: 0 };

/** Where the small presets leave the published recipe: narrow networks with batch normalisation, few epochs, momentum. */
const SMALL = {
  smoke: { tinyWidth: 1 / 8, fullWidth: 1 / 16, simpleEpochs: 4, fullEpochs: 6, batchSize: 16 },
  laptop: { tinyWidth: 1 / 4, fullWidth: 1 / 16, simpleEpochs: 12, fullEpochs: 24, batchSize: 32 },
} as const;

/**
 * The recipe of one weak model (spec cnnsplitter §3.3).
 * - 'simple': the tiny network, momentum 0.9, weight decay 1e-4, flip and crop (SVHN and synthetic: crop only), best epoch of 100;
 * - 'overfitting': the strong model's network without dropout, plain SGD, no augmentation, best epoch of 200;
 * - 'underfitting': the same run at half of that epoch.
 *
 * Preset 'paper' is that, with the epochs that the authors list where they do. 'laptop' and 'smoke' keep kinds and
 * augmentation, but train narrow networks, the full ones with batch normalisation, for few epochs with momentum: the
 * published ones do not leave chance level in so few steps.
 * @param which its kind, network and images, and `target`, the position of the target class among the strong model's classes
 * @throws OptionError on an unknown kind, network or preset
 */
export function weakRecipe(
  preset: WeakPreset,
  which: { kind: WeakKind; network: WeakNetwork; data: PatchDataName; target: number },
): WeakRecipe {
  const { kind, network, data, target } = which;
  oneOf('kind', kind, WEAK_KINDS);
  oneOf('network', network, WEAK_NETWORKS);
  oneOf('preset', preset, WEAK_PRESETS);
  const simple = kind === 'simple';
  const take = simple || kind === 'overfitting' ? 'best' : 'half';
  const size = simple ? 'tiny' : 'full';
  const augment = simple ? { flip: data === 'cifar', crop: 4 } : undefined;
  const common = { kind, network, data, size, augment } as const;
  if (preset === 'paper') {
    return {
      ...common,
      variant: 'cnnsplitter',
      width: 1,
      epochs: simple ? 100 : 200,
      take: publishedWeakEpoch(network, data, kind, target) ?? take,
      batchSize: 128,
      learningRate: 0.01,
      optimizer: simple ? WITH_MOMENTUM : PLAIN,
    };
  }
  const small = SMALL[preset];
  return {
    ...common,
    variant: 'gradsplitter',
    width: simple ? small.tinyWidth : small.fullWidth,
    epochs: simple ? small.simpleEpochs : small.fullEpochs,
    take,
    batchSize: small.batchSize,
    learningRate: 0.01,
    optimizer: WITH_MOMENTUM,
  };
}

/** The untrained network of a recipe. */
export function buildWeakNetwork(recipe: WeakRecipe, classes: number, seed: number): tf.LayersModel {
  const { size, variant, network, data, width } = recipe;
  const options = { classes, width, seed };
  if (size === 'full') return (network === 'simcnn' ? simCnn : resCnn)({ ...options, variant, dropout: false });
  if (data === 'svhn') return (network === 'simcnn' ? weakSimCnnSvhn : weakResCnnSvhn)(options);
  return (network === 'simcnn' ? weakSimCnnCifar : weakResCnnCifar)(options);
}

function oneOf(name: string, value: string, known: readonly string[]): void {
  if (!known.includes(value)) {
    throw new OptionError(`weak model: expected ${name} to be one of ${known.join(', ')}, got '${value}'.`);
  }
}

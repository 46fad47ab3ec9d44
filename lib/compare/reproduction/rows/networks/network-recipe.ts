import { inceCnn } from '../../../../models/architectures/ince-cnn.js';
import { resCnn } from '../../../../models/architectures/res-cnn.js';
import { simCnn, type SplitterVariant } from '../../../../models/architectures/sim-cnn.js';
import type * as tf from '../../../../tf.js';
import type { FitOptions } from '../../../../training/fit-options.js';

/** How a network of the registry is built and trained. Plain data. */
export interface NetworkRecipe {
  readonly architecture: 'simCnn' | 'resCnn' | 'inceCnn';
  /** CNNSplitter's networks have no batch normalisation, GradSplitter's have it; InceCNN is GradSplitter's. */
  readonly variant: SplitterVariant;
  /** Factor on the layer widths. */
  readonly width: number;
  /** As `fit` takes them. The best epoch by validation images is kept. */
  readonly training: Required<
    Pick<FitOptions, 'epochs' | 'batchSize' | 'learningRate' | 'optimizer' | 'schedule' | 'augment'>
  >;
  /** Of the training images that are not for validation, only the first so many; null for all. */
  readonly trainingImages: number | null;
}

/** The untrained network. */
export function buildNetwork(recipe: NetworkRecipe, classes: number, seed: number): tf.LayersModel {
  const { architecture, variant, width } = recipe;
  const options = { width, classes, seed };
  if (architecture === 'inceCnn') return inceCnn(options);
  return (architecture === 'simCnn' ? simCnn : resCnn)({ ...options, variant });
}

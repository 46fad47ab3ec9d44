import type { ImageSet } from '../datasets/dataset.js';
import type { ImageSource } from '../datasets/source/image-source.js';
import type { RunOptions } from '../run/options.js';
import type { OptimizerOptions } from './optimizers.js';
import type { Schedule } from './schedule.js';

/** What {@link fit} can be told. */
export interface FitOptions extends RunOptions {
  epochs: number;
  /** Default `IMAGES_PER_STEP`, 128. */
  batchSize?: number;
  /** Default 0.01. */
  learningRate?: number;
  /** Default SGD with momentum 0.9 and weight decay 1e-4. */
  optimizer?: OptimizerOptions;
  /** Default constant. */
  schedule?: Schedule;
  /** Random horizontal flip and random crop with `crop` pixels of padding. Default none. */
  augment?: { flip?: boolean; crop?: number };
  /** Images that are never trained on; their accuracy is recorded after every epoch. */
  validation?: ImageSet | ImageSource;
  /**
   * Names of layers that stay exactly as they are: no update, no decay, batch norm by its running statistics. Gradients
   * flow through them. Default none.
   */
  frozen?: readonly string[];
  /** 'last' (default) keeps the weights of the last epoch, 'best' those of the best validation epoch (ties: the later). */
  keep?: 'last' | 'best';
  /**
   * File that the state is written to after every epoch. When it exists, the run goes on from it and ends with
   * the same weights as an uninterrupted run on the same backend. It belongs to the weights that the model began with: a
   * model with others is refused. A run that is stopped leaves the model as it was when the file was last written.
   */
  checkpoint?: string;
  /** What the progress line calls this run. Default 'train'. */
  task?: string;
}

/** CNNSplitter's and GradSplitter's training of strong models (spec cnnsplitter §5.2): 200 epochs, SGD, flip and crop. */
export const PUBLISHED_STRONG_TRAINING = {
  epochs: 200,
  batchSize: 128,
  learningRate: 0.01,
  optimizer: { kind: 'sgd', momentum: 0.9, weightDecay: 1e-4 },
  schedule: { kind: 'step', at: [60, 120], factor: 0.1 },
  augment: { flip: true, crop: 4 },
  keep: 'best',
} as const satisfies FitOptions;

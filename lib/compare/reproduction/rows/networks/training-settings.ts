import { PUBLISHED_STRONG_TRAINING } from '../../../../training/fit-options.js';

/** A shorter schedule than the published 200 epochs: a cosine from a higher rate, with more decay. */
export const LAB_TRAINING = {
  batchSize: 128,
  learningRate: 0.05,
  optimizer: { kind: 'sgd', momentum: 0.9, weightDecay: 5e-4 },
  schedule: { kind: 'cosine' },
  augment: { flip: true, crop: 4 },
} as const;

/** Steps enough for seconds. */
export const SMOKE_TRAINING = {
  ...LAB_TRAINING,
  epochs: 4,
  batchSize: 16,
  learningRate: 0.02,
  augment: { crop: 2 },
} as const;

const { epochs, batchSize, learningRate, optimizer, schedule, augment } = PUBLISHED_STRONG_TRAINING;

/** As published. */
export const PAPER_TRAINING = { epochs, batchSize, learningRate, optimizer, schedule, augment };

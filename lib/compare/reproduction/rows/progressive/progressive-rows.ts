import type { ReproductionRow } from '../../row.js';
import { progressiveArms } from './progressive-arms.js';

/** The comparison behind the progressive retraining's claim. */
export const PROGRESSIVE_ROWS: readonly ReproductionRow[] = [
  progressiveArms({
    ...{ id: 'progressive-arms-rescnn-quarter', network: 'rescnn-quarter-cifar10', name: 'ResCNN a quarter as wide' },
    sizes: {
      smoke: { settings: { budgets: [0.5], criterion: 'weightL1', trainingImages: 40 }, seeds: [1], minutes: 0.5 },
      lab: {
        settings: { budgets: [0.5, 0.25], criterion: 'weightL1', trainingImages: 10_000 },
        seeds: [1, 2, 3],
        minutes: 40,
      },
    },
  }),
  progressiveArms({
    ...{ id: 'progressive-arms-simcnn-quarter', network: 'simcnn-quarter-cifar10', name: 'SimCNN a quarter as wide' },
    sizes: {
      lab: {
        settings: { budgets: [0.5, 0.25], criterion: 'weightL1', trainingImages: 10_000 },
        seeds: [1, 2, 3],
        minutes: 40,
      },
    },
  }),
];

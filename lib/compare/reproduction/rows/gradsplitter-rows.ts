import { PUBLISHED_DIRICHLET } from '../../../datasets/dirichlet-subset.js';
import type { ReproductionRow } from '../row.js';
import { reuseBestModules } from './reuse-best-modules.js';
import { LAB_TRAINING, PAPER_TRAINING, SMOKE_TRAINING } from './training-settings.js';

const ESTIMATORS = PUBLISHED_DIRICHLET.cifar10.seeds.resCnn;
const RESCNN = { architecture: 'resCnn', variant: 'gradsplitter' } as const;
/** Heads only, on the logits of the whole network: no kernel goes. */
const HEADS = { cycles: 0, firstHeadEpochs: 20, batchSize: 64, heldOutPerClass: 10 } as const;

/** GradSplitter's tables. */
export const GRADSPLITTER_ROWS: readonly ReproductionRow[] = [
  reuseBestModules({
    ...{ id: 'gradsplitter-reuse-best-modules', name: 'ResCNN an eighth as wide', published: 4.07 },
    sizes: {
      smoke: {
        settings: {
          recipe: { ...RESCNN, width: 1 / 16, training: { ...SMOKE_TRAINING, epochs: 2 } },
          ...{
            estimators: ESTIMATORS.slice(0, 2),
            smallestClass: 3,
            split: { ...HEADS, firstHeadEpochs: 2, batchSize: 16 },
          },
        },
        seeds: [1],
        minutes: 0.3,
      },
      lab: {
        settings: {
          recipe: { ...RESCNN, width: 1 / 8, training: { ...LAB_TRAINING, epochs: 8 } },
          ...{ estimators: ESTIMATORS.slice(0, 3), smallestClass: 100, split: HEADS },
        },
        seeds: [1, 2, 3],
        minutes: 15,
      },
    },
  }),
  reuseBestModules({
    ...{ id: 'gradsplitter-reuse-best-modules-ten', name: 'ten ResCNNs as published', published: 4.07 },
    sizes: {
      paper: {
        settings: {
          recipe: { ...RESCNN, width: 1, training: PAPER_TRAINING },
          ...{ estimators: ESTIMATORS, smallestClass: 100, split: { preset: 'paper' } },
        },
        seeds: [1],
        minutes: 200_000,
      },
    },
  }),
];

import { PUBLISHED_DIRICHLET } from '../../../../datasets/dirichlet-subset.js';
import type { GradSplitterOptions } from '../../../../split/gradsplitter/options.js';
import type { ReproductionRow } from '../../row.js';
import { LAB_TRAINING, PAPER_TRAINING, SMOKE_TRAINING } from '../networks/training-settings.js';
import { gradSplitterModules } from './gradsplitter-modules.js';
import { reuseBestModules } from './reuse-best-modules.js';

const ESTIMATORS = PUBLISHED_DIRICHLET.cifar10.seeds.resCnn;
const RESCNN = { architecture: 'resCnn', variant: 'gradsplitter' } as const;
/** Heads only, on the logits of the whole network: no kernel goes. */
const HEADS = { cycles: 0, firstHeadEpochs: 20, batchSize: 64, heldOutPerClass: 10 } as const;

/**
 * Masks that start where gradients put them, with a loss that lets heads learn in few epochs, and as published with the few steps that
 * there is time for.
 */
const LAB_ARMS: Readonly<Record<string, Omit<GradSplitterOptions, 'seed'>>> = {
  'masks that start by gradients, binary loss': {
    ...{ initialMasks: 'gradient', keep: 0.5, initialMaskScale: 0.1, headLoss: 'binary', maxAccuracyLoss: 0.003 },
    ...{ firstHeadEpochs: 12, firstHeadLearningRate: 0.01, cycles: 1, maskEpochs: 1, maskLearningRate: 0.002 },
    ...{ headEpochs: 12, headLearningRate: 0.003, batchSize: 64 },
  },
  'masks that start at 1, published loss, few steps': {
    ...{ initialMaskScale: 0.1, firstHeadEpochs: 15, cycles: 1, maskEpochs: 2, maskLearningRate: 0.003, headEpochs: 5 },
    ...{ headLearningRate: 0.003, alpha: 1, batchSize: 64 },
  },
};

/** GradSplitter's tables. */
export const GRADSPLITTER_ROWS: readonly ReproductionRow[] = [
  gradSplitterModules({
    ...{
      id: 'gradsplitter-modules-rescnn-quarter',
      network: 'rescnn-quarter-cifar10',
      name: 'ResCNN a quarter as wide',
    },
    sizes: {
      smoke: {
        settings: {
          arms: {
            'masks that start by gradients': { preset: 'smoke', initialMasks: 'gradient', keep: 0.5, maskEpochs: 1 },
          },
          imagesPerClass: { train: 6, validation: 6 },
        },
        seeds: [1],
        minutes: 0.2,
      },
      lab: {
        settings: { arms: LAB_ARMS, imagesPerClass: { train: 300, validation: 200 } },
        seeds: [1, 2, 3],
        minutes: 20,
      },
    },
  }),
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
    ...{ id: 'gradsplitter-reuse-best-modules-ten', name: 'ten ResCNNs', published: 4.07 },
    sizes: {
      lab: {
        settings: {
          recipe: { ...RESCNN, width: 1 / 8, training: { ...LAB_TRAINING, epochs: 8 } },
          ...{ estimators: ESTIMATORS, smallestClass: 100, split: HEADS },
        },
        seeds: [1, 2, 3],
        minutes: 50,
      },
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

import type { ReproductionRow } from '../../row.js';
import type { NetworkRecipe } from './network-recipe.js';
import { networkRow } from './network-row.js';
import { LAB_TRAINING, PAPER_TRAINING, SMOKE_TRAINING } from './training-settings.js';

type Network = Pick<NetworkRecipe, 'architecture' | 'variant'>;

/** A narrow network: smoke and lab. */
function narrow(id: string, title: string, network: Network, lab: { width: number; epochs: number; minutes: number }) {
  const { width, epochs, minutes } = lab;
  return networkRow({
    id,
    title,
    sizes: {
      smoke: {
        // Without batch normalisation so narrow a network does not leave chance level in seconds.
        settings: {
          ...network,
          variant: 'gradsplitter',
          width: 1 / 16,
          training: SMOKE_TRAINING,
          trainingImages: null,
        },
        seeds: [1],
        minutes: 0.1,
      },
      lab: {
        settings: { ...network, width, training: { ...LAB_TRAINING, epochs }, trainingImages: null },
        seeds: [1],
        minutes,
      },
    },
  });
}

/** As published: `paper` only. */
function whole(id: string, title: string, network: Network) {
  const settings = { ...network, width: 1, training: PAPER_TRAINING, trainingImages: null };
  return networkRow({ id, title, sizes: { paper: { settings, seeds: [1], minutes: 10_000 } } });
}

const UNDERTRAINED = { architecture: 'resCnn', variant: 'gradsplitter' } as const;

/** Trained networks, those of the lab first. */
export const NETWORK_ROWS: readonly ReproductionRow[] = [
  narrow(
    'rescnn-quarter-cifar10',
    'ResCNN, a quarter as wide',
    { architecture: 'resCnn', variant: 'cnnsplitter' },
    { width: 1 / 4, epochs: 30, minutes: 33 },
  ),
  narrow(
    'simcnn-quarter-cifar10',
    'SimCNN, a quarter as wide',
    { architecture: 'simCnn', variant: 'cnnsplitter' },
    { width: 1 / 4, epochs: 20, minutes: 17 },
  ),
  networkRow({
    id: 'rescnn-undertrained-cifar10',
    title: 'ResCNN an eighth as wide with batch norm, trained little and on few images',
    sizes: {
      smoke: {
        settings: { ...UNDERTRAINED, width: 1 / 16, training: { ...SMOKE_TRAINING, epochs: 2 }, trainingImages: 100 },
        seeds: [1],
        minutes: 0.1,
      },
      lab: {
        settings: { ...UNDERTRAINED, width: 1 / 8, training: { ...LAB_TRAINING, epochs: 5 }, trainingImages: 5000 },
        seeds: [1],
        minutes: 1,
      },
    },
  }),
  whole('rescnn-cifar10', 'ResCNN as published', { architecture: 'resCnn', variant: 'cnnsplitter' }),
  whole('simcnn-cifar10', 'SimCNN as published', { architecture: 'simCnn', variant: 'cnnsplitter' }),
];

import type { ReproductionRow } from '../../row.js';
import { probeNoise } from './probe-noise.js';
import { treatAgainstControl } from './treat-control.js';

const SMOKE = {
  settings: { alphas: [0, 0.08], epochs: 1, learningRate: 0.01, trainingImages: 60 },
  seeds: [1],
  minutes: 0.2,
} as const;

/** Model Doctor's tables. */
export const DOCTOR_ROWS: readonly ReproductionRow[] = [
  treatAgainstControl({
    ...{ id: 'doctor-treat-rescnn-quarter', network: 'rescnn-quarter-cifar10', name: 'a converged ResCNN' },
    sizes: {
      smoke: SMOKE,
      lab: {
        settings: { alphas: [0, 0.008, 0.08], epochs: 2, learningRate: 0.01, trainingImages: 5000 },
        seeds: [1, 2, 3],
        minutes: 8,
      },
    },
  }),
  treatAgainstControl({
    ...{ id: 'doctor-treat-simcnn-quarter', network: 'simcnn-quarter-cifar10', name: 'a SimCNN' },
    sizes: {
      lab: {
        settings: { alphas: [0, 0.008, 0.08], epochs: 2, learningRate: 0.01, trainingImages: 5000 },
        seeds: [1, 2, 3],
        minutes: 8,
      },
    },
  }),
  treatAgainstControl({
    ...{ id: 'doctor-treat-undertrained', network: 'rescnn-undertrained-cifar10', name: 'an under-trained ResCNN' },
    sizes: {
      smoke: SMOKE,
      lab: {
        settings: { alphas: [0, 0.008, 0.08], epochs: 5, learningRate: 0.01, trainingImages: 5000 },
        seeds: [1, 2, 3],
        minutes: 8,
      },
    },
  }),
  probeNoise({
    ...{ id: 'doctor-probe-rescnn-quarter', network: 'rescnn-quarter-cifar10', name: 'ResCNN a quarter as wide' },
    sizes: {
      smoke: { settings: { noise: { own: [0, 0.1], relative: [0, 0.5] } }, seeds: [1], minutes: 0.1 },
      lab: {
        settings: {
          noise: { own: [0, 0.1, 0.3, 0.5, 1, 2, 2.9], relative: [0, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2] },
        },
        seeds: [1, 2, 3],
        minutes: 5,
      },
    },
  }),
];

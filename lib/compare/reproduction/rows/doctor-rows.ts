import type { ReproductionRow } from '../row.js';
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
];

import type { ReproductionRow } from '../../row.js';
import { decomposeArms } from './decompose-arms.js';

const ARMS = [
  { variant: 'MC', addPolicy: 'reluFedOnly' },
  { variant: 'MC-BLN', addPolicy: 'reluFedOnly' },
  { variant: 'MC-BI', addPolicy: 'reluFedOnly' },
  { variant: 'MC-BLN', addPolicy: 'postAdd' },
  { variant: 'MC-BLN', addPolicy: 'literal' },
] as const;

/** Pan and Rajan's tables. */
export const DECOMPOSE_ROWS: readonly ReproductionRow[] = [
  decomposeArms({
    ...{ id: 'decompose-arms-rescnn-quarter', network: 'rescnn-quarter-cifar10', name: 'ResCNN a quarter as wide' },
    sizes: {
      smoke: { settings: { observed: 8, arms: ARMS.slice(1) }, seeds: [1], minutes: 0.1 },
      lab: { settings: { observed: 180, arms: ARMS }, seeds: [1, 2, 3], minutes: 15 },
    },
  }),
  decomposeArms({
    ...{ id: 'decompose-arms-simcnn-quarter', network: 'simcnn-quarter-cifar10', name: 'SimCNN a quarter as wide' },
    // Without additions all policies are one.
    sizes: { lab: { settings: { observed: 180, arms: ARMS.slice(0, 3) }, seeds: [1, 2, 3], minutes: 8 } },
  }),
];

import type { ReproductionRow } from '../../row.js';
import { cnnSplitterModules } from './cnnsplitter-modules.js';
import { patchWeakModels } from './patch-weak-models.js';

const LAB_SIZES = {
  smoke: { settings: { preset: 'smoke', keeps: [0.6] }, seeds: [1, 2], minutes: 0.1 },
  lab: { settings: { preset: 'laptop', keeps: [0.7, 0.53, 0.45] }, seeds: [1, 2, 3], minutes: 8 },
} as const;

/** Fewer and larger steps than the preset's: ninety models are trained. */
const WEAK = { epochs: 12, batchSize: 64, learningRate: 0.02 };
const CLASSES = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

/** CNNSplitter's tables. */
export const CNNSPLITTER_ROWS: readonly ReproductionRow[] = [
  cnnSplitterModules({
    ...{ id: 'cnnsplitter-modules-rescnn-quarter', network: 'rescnn-quarter-cifar10' },
    ...{ name: 'ResCNN a quarter as wide', published: 'ResCNN', sizes: LAB_SIZES },
  }),
  cnnSplitterModules({
    ...{ id: 'cnnsplitter-modules-simcnn-quarter', network: 'simcnn-quarter-cifar10' },
    ...{ name: 'SimCNN a quarter as wide', published: 'SimCNN', sizes: LAB_SIZES },
  }),
  ...(['ResCNN', 'SimCNN'] as const).map((name) => {
    const short = name === 'ResCNN' ? 'rescnn' : 'simcnn';
    const settings = { preset: `paper/${short}-cifar10`, keeps: [null] } as const;
    return cnnSplitterModules({
      ...{ id: `cnnsplitter-modules-${short}`, network: `${short}-cifar10`, name: `${name} as published` },
      ...{ published: name, sizes: { paper: { settings, seeds: [1, 2, 3], minutes: 100_000 } } },
    });
  }),
  patchWeakModels({
    ...{ id: 'cnnsplitter-patch-rescnn-quarter', network: 'rescnn-quarter-cifar10', weak: 'rescnn' },
    name: 'ResCNN a quarter as wide',
    sizes: {
      smoke: {
        settings: { data: 'synthetic', splitPreset: 'smoke', keep: 0.6, weakPreset: 'smoke', targets: [0] },
        seeds: [1],
        minutes: 0.2,
      },
      lab: {
        settings: {
          data: 'cifar',
          splitPreset: 'laptop',
          keep: 0.53,
          weakPreset: 'laptop',
          weakRecipe: WEAK,
          targets: CLASSES,
        },
        seeds: [1, 2, 3],
        minutes: 60,
      },
    },
  }),
  patchWeakModels({
    ...{ id: 'cnnsplitter-patch-simcnn-quarter', network: 'simcnn-quarter-cifar10', weak: 'simcnn' },
    name: 'SimCNN a quarter as wide',
    sizes: {
      lab: {
        settings: {
          ...{ data: 'cifar', splitPreset: 'laptop', keep: 0.53, weakPreset: 'laptop' },
          ...{ weakRecipe: WEAK, targets: CLASSES },
        },
        seeds: [1, 2, 3],
        minutes: 60,
      },
    },
  }),
  patchWeakModels({
    ...{ id: 'cnnsplitter-patch-rescnn', network: 'rescnn-cifar10', weak: 'rescnn', name: 'ResCNN as published' },
    sizes: {
      paper: {
        settings: {
          data: 'cifar',
          splitPreset: 'paper/rescnn-cifar10',
          keep: null,
          weakPreset: 'paper',
          targets: CLASSES,
        },
        seeds: [1, 2, 3],
        minutes: 100_000,
      },
    },
  }),
];

import type { WeakNetwork } from './weak-kinds.js';

/** One cell of CNNSplitter's table of patch overheads. Multiply-adds in millions for one image of 32×32×3. */
export interface PublishedOverhead {
  readonly network: WeakNetwork;
  /** 'cifar10': ten classes; 'svhn_5': the digits 0–4. */
  readonly data: 'cifar10' | 'svhn_5';
  /** Position of the target class among the strong model's classes. */
  readonly target: number;
  readonly modelMegaMacs: number;
  readonly moduleMegaMacs: number;
  /** Module / model in percent, as printed. */
  readonly ratio: number;
}

/** Multiply-adds of a patch, complete: the authors' flops.log (spec cnnsplitter §3.5), with its means per network. */
export function publishedOverheads(): PublishedOverhead[] {
  return TABLE.flatMap(({ network, data, modelMegaMacs, modules }) =>
    modules.map(([moduleMegaMacs, ratio], target) => ({ network, data, target, modelMegaMacs, moduleMegaMacs, ratio })),
  );
}

/** Means of the ratios as printed, in percent. */
export const PUBLISHED_MEAN_RATIOS = [
  { network: 'simcnn', data: 'cifar10', ratio: 52.36 },
  { network: 'simcnn', data: 'svhn_5', ratio: 34.37 },
  { network: 'rescnn', data: 'cifar10', ratio: 52.28 },
  { network: 'rescnn', data: 'svhn_5', ratio: 32.96 },
] as const;

/** Per class: module's multiply-adds in millions, printed ratio in percent. */
const TABLE: readonly {
  readonly network: WeakNetwork;
  readonly data: PublishedOverhead['data'];
  readonly modelMegaMacs: number;
  readonly modules: readonly (readonly [number, number])[];
}[] = [
  {
    network: 'simcnn',
    data: 'cifar10',
    modelMegaMacs: 313.73,
    modules: [
      [169.06, 53.89],
      [155.55, 49.58],
      [162.93, 51.93],
      [155.1, 49.44],
      [167.83, 53.5],
      [161.95, 51.62],
      [160.5, 51.16],
      [175.09, 55.81],
      [163.32, 52.06],
      [171.31, 54.61],
    ],
  },
  {
    network: 'simcnn',
    data: 'svhn_5',
    modelMegaMacs: 313.73,
    modules: [
      [97.54, 31.09],
      [124.73, 39.76],
      [100.69, 32.09],
      [115.01, 36.66],
      [101.12, 32.23],
    ],
  },
  {
    network: 'rescnn',
    data: 'cifar10',
    modelMegaMacs: 431.17,
    modules: [
      [187.26, 43.43],
      [244.4, 56.68],
      [246.74, 57.23],
      [213.42, 49.5],
      [241.62, 56.04],
      [217.05, 50.34],
      [231.96, 53.8],
      [227.49, 52.76],
      [220.84, 51.22],
      [223.47, 51.83],
    ],
  },
  {
    network: 'rescnn',
    data: 'svhn_5',
    modelMegaMacs: 431.17,
    modules: [
      [132.93, 30.83],
      [161.0, 37.34],
      [127.16, 29.49],
      [142.45, 33.04],
      [147.08, 34.11],
    ],
  },
];

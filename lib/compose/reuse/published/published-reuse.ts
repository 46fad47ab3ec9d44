/** The data sets of Pan & Rajan's study. 'imagenet200' is Tiny-ImageNet. */
export type PublishedReuseData = 'cifar10' | 'cifar100' | 'imagenet200';

/** One pair of classes within a data set: accuracies in percent. Which classes the four are is not published. */
export interface PublishedReuseWithin {
  readonly data: PublishedReuseData;
  /** Two of the four classes, 1–4. */
  readonly pair: readonly [number, number];
  /** A model trained from scratch on the two classes. */
  readonly scratch: number;
  /** The two modules. */
  readonly modules: number;
}

/** One pair of classes of two data sets: accuracies in percent, whether balanced is not stated. */
export interface PublishedReuseAcross {
  /** Class of CIFAR-10, 1–4. */
  readonly cifar10: number;
  /** Class of CIFAR-100, 1–4. */
  readonly cifar100: number;
  readonly scratch: number;
  readonly modules: number;
  /** The modules after continual update. */
  readonly updated: number;
}

/** Reuse within a data set (spec decompose §5, T2), complete. */
export function publishedReuseWithin(): PublishedReuseWithin[] {
  return WITHIN.flatMap(({ data, pairs }) => pairs.map(([a, b, scratch, modules]) => ({ data, pair: [a, b], scratch, modules }) as const)); // prettier-ignore
}

/** Reuse across data sets (spec decompose §5, T3), complete. */
export function publishedReuseAcross(): PublishedReuseAcross[] {
  return ACROSS.flatMap((row, i) =>
    row.map(([scratch, modules, updated], j) => ({ cifar10: j + 1, cifar100: i + 1, scratch, modules, updated })),
  );
}

type Pair = readonly [first: number, second: number, scratch: number, modules: number];

const WITHIN: readonly { readonly data: PublishedReuseData; readonly pairs: readonly Pair[] }[] = [
  {
    data: 'cifar10',
    pairs: [
      [1, 2, 95.4, 98.8],
      [1, 3, 84.7, 91.4],
      [1, 4, 91.9, 96.6],
      [2, 3, 93.2, 99.3],
      [2, 4, 92.2, 99.3],
      [3, 4, 81.2, 92.9],
    ],
  },
  {
    data: 'cifar100',
    pairs: [
      [1, 2, 91, 91],
      [1, 3, 96, 96],
      [2, 3, 95, 98],
      [1, 4, 100, 95.5],
      [2, 4, 100, 96],
      [3, 4, 98.5, 100],
    ],
  },
  {
    data: 'imagenet200',
    pairs: [
      [1, 2, 90, 98],
      [1, 3, 93, 94],
      [1, 4, 92, 94],
      [2, 3, 95, 88],
      [2, 4, 95, 95],
      [3, 4, 89, 94],
    ],
  },
];

/** [CIFAR-100 class][CIFAR-10 class]: scratch, modules, modules updated. */
const ACROSS: readonly (readonly (readonly [number, number, number])[])[] = [
  [
    [97.8, 83.0, 91.5],
    [96.7, 87.9, 92.1],
    [96.6, 86.0, 91.5],
    [98.8, 87.2, 93.8],
  ],
  [
    [95.5, 82.4, 89.2],
    [98.6, 87.5, 88.1],
    [95.6, 85.2, 89.9],
    [99.7, 84.1, 89.0],
  ],
  [
    [98.4, 78.2, 87.5],
    [97.9, 79.5, 88.5],
    [94.6, 80.2, 89.2],
    [99.6, 81.6, 87.9],
  ],
  [
    [98.0, 88.3, 88.1],
    [97.2, 88.6, 88.1],
    [94.7, 86.7, 90.3],
    [99.0, 88.9, 91.9],
  ],
];

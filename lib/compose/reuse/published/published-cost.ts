/**
 * What training from scratch costs in multiples of using modules. The figure prints pounds of CO2, which look some 3600 times too high
 * (spec decompose §3.8); only ratios are kept.
 */
export interface PublishedCostRatio {
  readonly task: 'reuse within' | 'reuse across' | 'reuse' | 'replace across';
  readonly data: 'cifar10' | 'cifar100' | 'imagenet200' | 'cifar10 and cifar100' | 'all';
  /** All epochs of the training. */
  readonly fixedEpochs: number;
  /** The training up to its best epoch. */
  readonly bestEpoch: number;
  /** Training with all epochs against modules with continual update; null where there was none. */
  readonly fixedEpochsUpdated: number | null;
}

/**
 * Ratios of Fig 6 (spec decompose §5), from the bars as printed, and for reuse in all as the ratio of the sums, which the text gives. The
 * one-time decomposition is in none of them.
 */
export function publishedCostRatios(): PublishedCostRatio[] {
  const reuse = BARS.filter(([task]) => task !== 'replace across');
  const sum = (at: 2 | 3 | 4) => reuse.reduce((total, bar) => total + bar[at], 0);
  const bars: readonly Bar[] = [...BARS, ['reuse', 'all', sum(2), sum(3), sum(4), null]];
  return bars.map(([task, data, fixed, best, modules, updated]) => ({
    task,
    data,
    fixedEpochs: fixed / modules,
    bestEpoch: best / modules,
    fixedEpochsUpdated: updated === null ? null : fixed / updated,
  }));
}

type Bar = readonly [
  PublishedCostRatio['task'],
  PublishedCostRatio['data'],
  fixed: number,
  best: number,
  modules: number,
  updated: number | null,
];

const BARS: readonly Bar[] = [
  ['reuse within', 'cifar10', 1071.8, 803.9, 45.5, null],
  ['reuse within', 'cifar100', 278, 172, 5, null],
  ['reuse within', 'imagenet200', 816, 657, 14, null],
  ['reuse across', 'cifar10 and cifar100', 621, 523, 53, 117],
  ['replace across', 'cifar10 and cifar100', 4963, 3722, 118, 148],
];

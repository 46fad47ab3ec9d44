import type { CostRatios } from '../../compose/reuse/cost-ratios.js';
import type { ReplaceAcrossRow } from '../../compose/reuse/replace-across.js';
import type { ReplaceWithin } from '../../compose/reuse/replace-within.js';
import type { ReuseAcrossRow } from '../../compose/reuse/reuse-across.js';
import type { ReuseWithinRow } from '../../compose/reuse/reuse-within.js';
import type { ScratchResult } from '../../compose/reuse/scratch-baseline.js';
import type { TaskScore } from '../../metrics/task-score.js';
import type { Figure } from '../figure/figure.js';
import type { ThemeName } from '../figure/theme.js';
import { costRatios } from '../figures/reuse/cost-ratios.js';
import { replaceAcross, replaceWithin, reuseAcross, reuseWithin } from '../figures/reuse/reuse-dots.js';

export const score = (classNames: readonly string[], accuracy: number): TaskScore => ({
  classNames,
  images: 100 * classNames.length,
  accuracy,
  balancedAccuracy: accuracy - 0.01,
  top5: classNames.length > 5 ? Math.min(1, accuracy + 0.2) : null,
  balancedTop5: null,
  support: classNames.map((_, c) => (c === 0 ? 160 : 40)),
  recall: classNames.map((_, c) => accuracy - 0.02 + c / 100),
});
const effort = { seconds: 2, macs: 5e9 };
const scratch = (classNames: readonly string[], accuracy: number): ScratchResult => ({
  ...score(classNames, accuracy),
  ...{ network: 'ResNet-8', epochs: 10, bestEpoch: 7, trainImages: 800 },
  effort: { allEpochs: { seconds: 100, macs: 9e11 }, bestEpoch: { seconds: 70, macs: 6e11 }, predict: effort },
});
const PAIRS: readonly (readonly [string, string])[] = [
  ['cat', '<b>dog</b>'],
  ['<b>dog</b>', 'car'],
  ['car', 'cat'],
];
export const TEN = Array.from({ length: 10 }, (_, i) => `class ${i}`);

export const within: ReuseWithinRow[] = PAIRS.map((pair, i) => {
  const [first, second] = pair;
  return {
    kind: 'reuseWithinRow',
    ...{ data: 'cifar10', network: 'ResNet-20', first, second, effort },
    scratch: i === 1 ? null : scratch(pair, 0.8),
    restricted: score(pair, 0.95),
    modules: score(pair, 0.95 - i / 100),
  };
});
export const across: ReuseAcrossRow[] = [0, 1].map((i) => {
  const className = `apple ${i}`;
  const pair = ['cat', className];
  return {
    kind: 'reuseAcrossRow',
    first: { data: 'cifar10', network: 'ResNet-32', className: 'cat' },
    second: { data: 'cifar100', network: 'ResNet-20', className },
    scratch: null,
    unmasked: score(pair, 0.91),
    modules: score(pair, 0.9),
    updated: (['add', 'remove'] as const).map((reading) => ({
      ...{ reading, inactiveChange: reading === 'add' ? -20 : 30 },
      score: score(pair, reading === 'add' ? 0.92 : 0.7),
      effort: { update: effort, predict: effort },
    })),
    effort,
  };
});
export const replaced: ReplaceWithin = {
  kind: 'replaceWithin',
  ...{ data: 'cifar10', recipient: 'ResNet-20', donor: 'ResNet-32' },
  ...{ model: score(TEN, 0.91), composed: score(TEN, 0.905), donorModel: score(TEN, 0.93), donorComposed: score(TEN, 0.925) }, // prettier-ignore
  rows: TEN.map((className, i) => ({
    className,
    replaced: score(TEN, 0.9 + i / 300),
    unmasked: score(TEN, 0.91 + i / 300),
  })),
};
export const replacedAcross: ReplaceAcrossRow[] = [2, 4].map((place) => ({
  kind: 'replaceAcrossRow',
  ...{ data: 'cifar10', recipient: 'ResNet-32', replaced: TEN[place]!, place, effort },
  foreign: { data: 'cifar100', network: 'ResNet-20', className: 'apple' },
  scratch: place === 2 ? scratch(TEN, 0.6) : null,
  unmasked: score(TEN, 0.88),
  modules: score(TEN, 0.87),
  updated: null,
}));
const costs: CostRatios[] = [
  { kind: 'costRatios', task: 'reuse within', rows: 3, fixedEpochs: { seconds: 50, macs: 180 }, bestEpoch: { seconds: 35, macs: 120 }, fixedEpochsUpdated: null }, // prettier-ignore
  { kind: 'costRatios', task: 'reuse across', rows: 2, fixedEpochs: { seconds: 40, macs: 80 }, bestEpoch: { seconds: 9, macs: 20 }, fixedEpochsUpdated: { seconds: 0.8, macs: 2 } }, // prettier-ignore
];

/** Figures of reuse and replacement. */
export const reuseFigures = (theme: ThemeName): Record<string, Figure> => ({
  'reuse-within': reuseWithin(within, { theme }),
  'reuse-across': reuseAcross(across, { theme }),
  'replace-within': replaceWithin(replaced, { theme }),
  'replace-across': replaceAcross(replacedAcross, { theme }),
  'cost-ratios': costRatios(costs, { theme }),
});

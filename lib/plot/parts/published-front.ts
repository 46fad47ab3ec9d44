import type { FrontPoint } from '../../compare/summarise-front.js';
import { PUBLISHED_SPLIT_MEAN, PUBLISHED_SPLITS } from '../../split/cnnsplitter/published-results.js';
import type { PublishedValue } from '../figure/figure-spec.js';
import { rounded } from '../figure/number-format.js';

/** The paper's marks in one panel. */
export function paperMarks(
  axis: 'kernelsKept' | 'macsKept',
  measure: 'loss' | 'accuracy',
): { x: number; y: number; name: string }[] {
  const cifar = PUBLISHED_SPLITS.filter(({ data }) => data === 'CIFAR-10');
  if (measure === 'accuracy') {
    if (axis === 'kernelsKept') return [];
    return cifar.map(({ network, data, composedAccuracy, macsKept }) => ({
      ...{ x: rounded(macsKept! / 100), y: rounded(composedAccuracy / 100), name: `${network} on ${data}` },
    }));
  }
  const y = PUBLISHED_SPLIT_MEAN.lossPoints;
  if (axis === 'kernelsKept') {
    return [{ x: rounded(PUBLISHED_SPLIT_MEAN.kernelsKept / 100), y, name: 'mean of four networks, kernels inferred' }];
  }
  const macs = cifar.reduce((sum, { macsKept }) => sum + macsKept!, 0) / cifar.length;
  return [{ x: rounded(macs / 100), y, name: 'loss: mean of four networks; multiply-adds: of the two on CIFAR-10' }];
}

/** The paper's means beside the point that keeps about as many kernels. */
export function publishedValues(points: readonly FrontPoint[]): PublishedValue[] {
  const { kernelsKept, lossPoints } = PUBLISHED_SPLIT_MEAN;
  const distance = (point: FrontPoint) => Math.abs(point.kernelsKept.mean - kernelsKept / 100);
  const near = points.filter((point) => distance(point) <= 0.05);
  const [best] = [...near].sort((a, b) => a.loss.mean - b.loss.mean) as (FrontPoint | undefined)[];
  return [
    {
      quantity: `accuracy lost where a module keeps about ${kernelsKept} % of the kernels (here: the way that loses least)`,
      here: best ? rounded(best.loss.mean) : null,
      paper: lossPoints,
      unit: 'points',
      source:
        'CNNSplitter, ASE 2022, mean of four networks by a secondary source; kernels inferred from a later abstract ' +
        '(spec cnnsplitter §3.5); other networks',
    },
  ];
}

/** A row of the paper's first table: accuracies and Jaccard indices in percent and as printed (spec decompose §5, T1). */
export interface PublishedDecomposition {
  readonly data: 'CIFAR-10' | 'CIFAR-100' | 'ImageNet-200';
  readonly network: 'ResNet-20' | 'ResNet-32' | 'ResNet-56';
  /** Top 1 and top 5 (%). */
  readonly model: readonly [number, number];
  /** Top 1, top 5 (%) and Jaccard index of the three variants. */
  readonly variants: Readonly<Record<'MC' | 'MC-BLN' | 'MC-BI', readonly [number, number, number]>>;
}

type Three = readonly [number, number, number];

const row = (
  data: PublishedDecomposition['data'],
  depth: 20 | 32 | 56,
  model: readonly [number, number],
  mc: Three,
  bln: Three,
  bi: Three,
): PublishedDecomposition => ({
  data,
  network: `ResNet-${depth}`,
  model,
  variants: { MC: mc, 'MC-BLN': bln, 'MC-BI': bi },
});

/** The paper's networks have no batch norm; how many images were observed is not known. */
export const PUBLISHED_DECOMPOSITIONS: readonly PublishedDecomposition[] = [
  row('CIFAR-10', 20, [87.1, 99.5], [86.9, 96.0, 0.75], [87.0, 99.4, 0.75], [86.8, 95.8, 0.75]),
  row('CIFAR-10', 32, [85.3, 99.2], [78.4, 96.0, 0.51], [78.6, 98.1, 0.51], [78.4, 97.0, 0.51]),
  row('CIFAR-10', 56, [86.7, 99.4], [84.0, 93.9, 0.41], [84.5, 98.9, 0.41], [84.0, 93.9, 0.41]),
  row('CIFAR-100', 20, [46.3, 75.2], [45.6, 75.4, 0.63], [45.6, 75.4, 0.63], [45.6, 75.4, 0.63]),
  row('CIFAR-100', 32, [44.5, 74.6], [41.2, 71.0, 0.52], [41.2, 71.0, 0.52], [41.2, 71.0, 0.52]),
  row('CIFAR-100', 56, [45.7, 75.1], [44.9, 74.5, 0.68], [44.9, 74.5, 0.68], [44.9, 74.5, 0.69]),
  row('ImageNet-200', 20, [33.2, 59.7], [29.6, 56.1, 0.43], [32.6, 59.7, 0.75], [32.6, 59.7, 0.75]),
  row('ImageNet-200', 32, [31.8, 58.6], [21.0, 58.0, 0.33], [31.5, 58.0, 0.72], [31.5, 58.0, 0.72]),
  row('ImageNet-200', 56, [32.1, 58.7], [30.0, 56.7, 0.3], [31.0, 57.8, 0.71], [31.0, 57.8, 0.71]),
];

import type * as tf from '../../../tf.js';
import { inceptionV3 as architecture } from '../../formats/torch/architectures/inception.js';
import type { ArchitectureOptions } from '../architecture-options.js';
import { publishedNetwork } from './published-network.js';

type Kernel = number | readonly [number, number];
/** A chain of convolutions: names behind the block's, filters and kernels. */
type Chain = readonly (readonly [name: string, filters: number, kernel: Kernel])[];

const [ROW, COLUMN, ROW3, COLUMN3] = [[1, 7], [7, 1], [1, 3], [3, 1]] as const; // prettier-ignore

const mixedA = (pool: number): readonly Chain[] => [
  [['branch1x1', 64, 1]],
  [['branch5x5_1', 48, 1], ['branch5x5_2', 64, 5]],
  [['branch3x3dbl_1', 64, 1], ['branch3x3dbl_2', 96, 3], ['branch3x3dbl_3', 96, 3]],
  [['branch_pool', pool, 1]],
]; // prettier-ignore

const mixedC = (narrow: number): readonly Chain[] => [
  [['branch1x1', 192, 1]],
  [['branch7x7_1', narrow, 1], ['branch7x7_2', narrow, ROW], ['branch7x7_3', 192, COLUMN]],
  [['branch7x7dbl_1', narrow, 1], ['branch7x7dbl_2', narrow, COLUMN], ['branch7x7dbl_3', narrow, ROW], ['branch7x7dbl_4', narrow, COLUMN], ['branch7x7dbl_5', 192, ROW]],
  [['branch_pool', 192, 1]],
]; // prettier-ignore

/** Blocks: their chains, and whether the pooled input itself is joined to them. */
const BLOCKS: Readonly<Record<string, { chains: readonly Chain[]; keepsInput?: boolean }>> = {
  Mixed_5b: { chains: mixedA(32) },
  Mixed_5c: { chains: mixedA(64) },
  Mixed_5d: { chains: mixedA(64) },
  Mixed_6a: {
    chains: [
      [['branch3x3', 384, 3]],
      [['branch3x3dbl_1', 64, 1], ['branch3x3dbl_2', 96, 3], ['branch3x3dbl_3', 96, 3]],
    ],
    keepsInput: true,
  },
  Mixed_6b: { chains: mixedC(128) },
  Mixed_6c: { chains: mixedC(160) },
  Mixed_6d: { chains: mixedC(160) },
  Mixed_6e: { chains: mixedC(192) },
  Mixed_7a: {
    chains: [
      [['branch3x3_1', 192, 1], ['branch3x3_2', 320, 3]],
      [['branch7x7x3_1', 192, 1], ['branch7x7x3_2', 192, ROW], ['branch7x7x3_3', 192, COLUMN], ['branch7x7x3_4', 192, 3]],
    ],
    keepsInput: true,
  },
}; // prettier-ignore

/**
 * Inception-v3 as in torchvision (Szegedy et al. 2016), without the auxiliary classifier. 23,834,568 parameters and 5,713,216,096
 * multiply-adds for 1000 classes at 299×299.
 * @throws OptionError; ModelError for images below 75×75
 */
export function inceptionV3(options: ArchitectureOptions = {}): tf.LayersModel {
  const published = { name: 'inception_v3', architecture, inputShape: [299, 299, 3] as const };
  return publishedNetwork(published, options, (shapes, { inputShape, scaled, classes }) => {
    const chain = (path: string, from: number, links: Chain) =>
      links.reduce((inputs, [name, width, kernel]) => {
        const filters = scaled(width);
        shapes.conv(`${path}${name}.conv`, inputs, filters, kernel).batchNorm(`${path}${name}.bn`, filters);
        return filters;
      }, from);
    let channels = chain('', inputShape[2], [
      ['Conv2d_1a_3x3', 32, 3],
      ['Conv2d_2a_3x3', 32, 3],
      ['Conv2d_2b_3x3', 64, 3],
      ['Conv2d_3b_1x1', 80, 1],
      ['Conv2d_4a_3x3', 192, 3],
    ]);
    for (const [name, { chains, keepsInput = false }] of Object.entries(BLOCKS)) {
      const joined = chains.reduce((total, links) => total + chain(`${name}.`, channels, links), 0);
      channels = joined + (keepsInput ? channels : 0);
    }
    for (const name of ['Mixed_7b.', 'Mixed_7c.']) {
      const [one, pooled] = [chain(name, channels, [['branch1x1', 320, 1]]), chain(name, channels, [['branch_pool', 192, 1]])]; // prettier-ignore
      const second = chain(name, channels, [['branch3x3_1', 384, 1]]);
      const third = chain(name, channels, [['branch3x3dbl_1', 448, 1], ['branch3x3dbl_2', 384, 3]]); // prettier-ignore
      const ends = [
        chain(name, second, [['branch3x3_2a', 384, ROW3]]),
        chain(name, second, [['branch3x3_2b', 384, COLUMN3]]),
        chain(name, third, [['branch3x3dbl_3a', 384, ROW3]]),
        chain(name, third, [['branch3x3dbl_3b', 384, COLUMN3]]),
      ];
      channels = one + pooled + ends.reduce((total, n) => total + n, 0);
    }
    shapes.linear('fc', channels, classes);
  });
}

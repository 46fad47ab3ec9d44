import type * as tf from '../../../tf.js';
import { simpleNet as architecture } from '../../formats/torch/architectures/simple-net.js';
import type { ArchitectureOptions } from '../architecture-options.js';
import { publishedNetwork } from './published-network.js';

/** [index in `features`, filters, kernel]. */
const CONVOLUTIONS = [
  [0, 64, 3], [3, 128, 3], [6, 128, 3], [9, 128, 3],
  [14, 128, 3], [17, 128, 3], [20, 256, 3],
  [25, 256, 3], [28, 256, 3],
  [33, 512, 3],
  [38, 2048, 1], [41, 256, 1],
  [46, 256, 3],
] as const; // prettier-ignore

/**
 * SimpleNet-v1 (HasanPour et al. 2016): thirteen convolutions with batch normalisation, five max poolings, global max pooling.
 * 5,498,378 parameters and 631,507,456 multiply-adds for 10 classes at 32×32 (published: 5.48 million).
 * @throws OptionError; ModelError for images below 32×32
 */
export function simpleNet(options: ArchitectureOptions = {}): tf.LayersModel {
  const published = { name: 'simplenet', architecture, inputShape: [32, 32, 3] as const, classes: 10 };
  return publishedNetwork(published, options, (shapes, { inputShape, scaled, classes }) => {
    let [, , channels] = inputShape;
    for (const [index, width, kernel] of CONVOLUTIONS) {
      const filters = scaled(width);
      shapes.conv(`features.${index}`, channels, filters, kernel, { bias: true });
      shapes.batchNorm(`features.${index + 1}`, filters);
      channels = filters;
    }
    shapes.linear('classifier', channels, classes);
  });
}

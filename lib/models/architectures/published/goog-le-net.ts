import type * as tf from '../../../tf.js';
import { googLeNet as architecture } from '../../formats/torch/architectures/inception.js';
import type { ArchitectureOptions } from '../architecture-options.js';
import { publishedNetwork } from './published-network.js';

/** Filters of branch 1, branch 2 (1×1, 3×3), branch 3 (1×1, 3×3), branch 4. */
const INCEPTIONS: Readonly<Record<string, readonly [number, number, number, number, number, number]>> = {
  '3a': [64, 96, 128, 16, 32, 32],
  '3b': [128, 128, 192, 32, 96, 64],
  '4a': [192, 96, 208, 16, 48, 64],
  '4b': [160, 112, 224, 24, 64, 64],
  '4c': [128, 128, 256, 24, 64, 64],
  '4d': [112, 144, 288, 32, 64, 64],
  '4e': [256, 160, 320, 32, 128, 128],
  '5a': [256, 160, 320, 32, 128, 128],
  '5b': [384, 192, 384, 48, 128, 128],
};

/**
 * GoogLeNet as in torchvision (Szegedy et al. 2015: batch normalisation, 3×3 in place of 5×5), without auxiliary classifiers.
 * 6,624,904 parameters and 1,498,376,192 multiply-adds for 1000 classes at 224×224.
 * @throws OptionError
 */
export function googLeNet(options: ArchitectureOptions = {}): tf.LayersModel {
  const published = { name: 'googlenet', architecture, inputShape: [224, 224, 3] as const };
  return publishedNetwork(published, options, (shapes, { inputShape, scaled, classes }) => {
    const basic = (path: string, from: number, to: number, kernel: number) => {
      shapes.conv(`${path}.conv`, from, to, kernel).batchNorm(`${path}.bn`, to);
      return to;
    };
    let channels = basic('conv1', inputShape[2], scaled(64), 7);
    channels = basic('conv2', channels, scaled(64), 1);
    channels = basic('conv3', channels, scaled(192), 3);
    for (const [name, filters] of Object.entries(INCEPTIONS)) {
      const path = `inception${name}`;
      const [one, two, second, three, third, pooled] = filters.map(scaled);
      basic(`${path}.branch1`, channels, one, 1);
      basic(`${path}.branch2.1`, basic(`${path}.branch2.0`, channels, two, 1), second, 3);
      basic(`${path}.branch3.1`, basic(`${path}.branch3.0`, channels, three, 1), third, 3);
      basic(`${path}.branch4.1`, channels, pooled, 1);
      channels = one + second + third + pooled;
    }
    shapes.linear('fc', channels, classes);
  });
}

import type * as tf from '../../../tf.js';
import { mnasNet as architecture } from '../../formats/torch/architectures/mnas-net.js';
import type { ArchitectureOptions } from '../architecture-options.js';
import { publishedNetwork } from './published-network.js';

/** [channels, kernel, expansion, blocks] of the six stacks. */
const STACKS = [[24, 3, 3, 3], [40, 5, 3, 3], [80, 5, 6, 3], [96, 3, 6, 2], [192, 5, 6, 4], [320, 3, 6, 1]]; // prettier-ignore

/**
 * MnasNet-B1 as in torchvision (Tan et al. 2019). 4,383,312 parameters and 314,415,872 multiply-adds for 1000 classes at 224×224.
 * @throws OptionError
 */
export function mnasNet(options: ArchitectureOptions = {}): tf.LayersModel {
  const published = { name: 'mnasnet', architecture, inputShape: [224, 224, 3] as const };
  return publishedNetwork(published, options, (shapes, { inputShape, scaled, classes }) => {
    const stem = scaled(32);
    let channels = scaled(16);
    shapes.conv('layers.0', inputShape[2], stem, 3).batchNorm('layers.1', stem);
    shapes.depthwise('layers.3', stem, 3).batchNorm('layers.4', stem);
    shapes.conv('layers.6', stem, channels, 1).batchNorm('layers.7', channels);
    STACKS.forEach(([width, kernel, expand, count], stack) => {
      for (let i = 0; i < count; i++) {
        const path = `layers.${8 + stack}.${i}.layers`;
        const wide = channels * expand;
        shapes.conv(`${path}.0`, channels, wide, 1).batchNorm(`${path}.1`, wide);
        shapes.depthwise(`${path}.3`, wide, kernel).batchNorm(`${path}.4`, wide);
        channels = scaled(width);
        shapes.conv(`${path}.6`, wide, channels, 1).batchNorm(`${path}.7`, channels);
      }
    });
    const last = scaled(1280);
    shapes.conv('layers.14', channels, last, 1).batchNorm('layers.15', last).linear('classifier.1', last, classes);
  });
}

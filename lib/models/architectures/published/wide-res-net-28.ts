import type * as tf from '../../../tf.js';
import { wideResNet as architecture } from '../../formats/torch/architectures/wide-res-net.js';
import type { ArchitectureOptions } from '../architecture-options.js';
import { publishedNetwork } from './published-network.js';

/**
 * WideResNet-28-10 (Zagoruyko & Komodakis 2016), under the names of the common PyTorch code for CIFAR. 36,479,194 parameters
 * and 5,243,328,768 multiply-adds for 10 classes at 32×32; `width: 0.1` gives WideResNet-28-1.
 * @returns model from [batch, height, width, channels], 32×32×3 by default, to logits [batch, classes]
 * @throws OptionError
 */
export function wideResNet28(options: ArchitectureOptions = {}): tf.LayersModel {
  const published = { name: 'wideresnet28', architecture, inputShape: [32, 32, 3] as const, classes: 10 };
  return publishedNetwork(published, options, (shapes, { inputShape, scaled, classes }) => {
    shapes.conv('conv1', inputShape[2], 16, 3);
    let channels = 16;
    [160, 320, 640].map(scaled).forEach((width, stage) => {
      for (let i = 0; i < 4; i++) {
        const path = `block${stage + 1}.layer.${i}`;
        shapes.batchNorm(`${path}.bn1`, channels).conv(`${path}.conv1`, channels, width, 3);
        shapes.batchNorm(`${path}.bn2`, width).conv(`${path}.conv2`, width, width, 3);
        if (channels !== width || (i === 0 && stage > 0)) shapes.conv(`${path}.convShortcut`, channels, width, 1);
        channels = width;
      }
    });
    shapes.batchNorm('bn1', channels).linear('fc', channels, classes);
  });
}

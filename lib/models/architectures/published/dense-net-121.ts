import type * as tf from '../../../tf.js';
import { denseNet as architecture } from '../../formats/torch/architectures/dense-net.js';
import { publishedNetwork } from './published-network.js';
import type { FourStageOptions } from './res-nets.js';

const BLOCKS = [6, 12, 24, 16];

/**
 * DenseNet-121 as in torchvision (Huang et al. 2017), growth 32. 7,978,856 parameters and 2,834,161,664 multiply-adds for 1000
 * classes at 224×224. `width` scales the growth.
 * @throws OptionError; ModelError for images that are too small
 */
export function denseNet121(options: FourStageOptions = {}): tf.LayersModel {
  const published = { name: 'densenet121', architecture, inputShape: [224, 224, 3] as const };
  return publishedNetwork(published, options, (shapes, { inputShape, scaled, classes }) => {
    const growth = scaled(32);
    let channels = 2 * growth;
    shapes.conv('features.conv0', inputShape[2], channels, options.stem === 'small' ? 3 : 7);
    if (options.stem !== 'small') shapes.batchNorm('features.norm0', channels);
    BLOCKS.forEach((layers, b) => {
      for (let i = 1; i <= layers; i++) {
        const path = `features.denseblock${b + 1}.denselayer${i}`;
        shapes.batchNorm(`${path}.norm1`, channels).conv(`${path}.conv1`, channels, 4 * growth, 1);
        shapes.batchNorm(`${path}.norm2`, 4 * growth).conv(`${path}.conv2`, 4 * growth, growth, 3);
        channels += growth;
      }
      if (b === BLOCKS.length - 1) return;
      const path = `features.transition${b + 1}`;
      const half = Math.floor(channels / 2);
      shapes.batchNorm(`${path}.norm`, channels).conv(`${path}.conv`, channels, half, 1);
      channels = half;
    });
    shapes.batchNorm('features.norm5', channels).linear('classifier', channels, classes);
  });
}

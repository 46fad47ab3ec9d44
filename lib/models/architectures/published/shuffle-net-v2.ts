import type * as tf from '../../../tf.js';
import { shuffleNetV2 as architecture } from '../../formats/torch/architectures/shuffle-net-v2.js';
import type { ArchitectureOptions } from '../architecture-options.js';
import { publishedNetwork } from './published-network.js';

/**
 * ShuffleNetV2 1.0× as in torchvision (Ma et al. 2018). 2,278,604 parameters and 144,907,992 multiply-adds for 1000 classes at
 * 224×224.
 * @throws OptionError
 */
export function shuffleNetV2(options: ArchitectureOptions = {}): tf.LayersModel {
  const published = { name: 'shufflenet_v2', architecture, inputShape: [224, 224, 3] as const };
  return publishedNetwork(published, options, (shapes, { inputShape, scaled, classes }) => {
    let channels = scaled(24);
    shapes.conv('conv1.0', inputShape[2], channels, 3).batchNorm('conv1.1', channels);
    [4, 8, 4].forEach((count, stage) => {
      const half = scaled(58 * 2 ** stage); // of 116, 232 and 464 channels
      for (let i = 0; i < count; i++) {
        const path = `stage${stage + 2}.${i}`;
        if (i === 0) {
          shapes.depthwise(`${path}.branch1.0`, channels, 3).batchNorm(`${path}.branch1.1`, channels);
          shapes.conv(`${path}.branch1.2`, channels, half, 1).batchNorm(`${path}.branch1.3`, half);
        }
        shapes.conv(`${path}.branch2.0`, i === 0 ? channels : half, half, 1).batchNorm(`${path}.branch2.1`, half);
        shapes.depthwise(`${path}.branch2.3`, half, 3).batchNorm(`${path}.branch2.4`, half);
        shapes.conv(`${path}.branch2.5`, half, half, 1).batchNorm(`${path}.branch2.6`, half);
        channels = 2 * half;
      }
    });
    const last = scaled(1024);
    shapes.conv('conv5.0', channels, last, 1).batchNorm('conv5.1', last).linear('fc', last, classes);
  });
}

import type * as tf from '../../../tf.js';
import { mobileNetV2 as architecture } from '../../formats/torch/architectures/mobile-net-v2.js';
import type { ArchitectureOptions } from '../architecture-options.js';
import { publishedNetwork } from './published-network.js';

/** [expansion, channels, blocks]. */
const STAGES = [[1, 16, 1], [6, 24, 2], [6, 32, 3], [6, 64, 4], [6, 96, 3], [6, 160, 3], [6, 320, 1]]; // prettier-ignore

/**
 * MobileNetV2 as in torchvision (Sandler et al. 2018). 3,504,872 parameters and 300,774,272 multiply-adds for 1000 classes at
 * 224×224.
 * @throws OptionError
 */
export function mobileNetV2(options: ArchitectureOptions = {}): tf.LayersModel {
  const published = { name: 'mobilenet_v2', architecture, inputShape: [224, 224, 3] as const };
  return publishedNetwork(published, options, (shapes, { inputShape, scaled, classes }) => {
    let channels = scaled(32);
    shapes.conv('features.0.0', inputShape[2], channels, 3).batchNorm('features.0.1', channels);
    let index = 1;
    for (const [expand, width, count] of STAGES) {
      for (let i = 0; i < count; i++) {
        const path = `features.${index++}.conv`;
        const wide = channels * expand;
        let at = 0;
        if (expand > 1) shapes.conv(`${path}.${at}.0`, channels, wide, 1).batchNorm(`${path}.${at++}.1`, wide);
        shapes.depthwise(`${path}.${at}.0`, wide, 3).batchNorm(`${path}.${at++}.1`, wide);
        channels = scaled(width);
        shapes.conv(`${path}.${at}`, wide, channels, 1).batchNorm(`${path}.${at + 1}`, channels);
      }
    }
    const last = scaled(1280);
    shapes.conv(`features.${index}.0`, channels, last, 1).batchNorm(`features.${index}.1`, last);
    shapes.linear('classifier.1', last, classes);
  });
}

import type * as tf from '../../../tf.js';
import { xception as architecture } from '../../formats/torch/architectures/xception.js';
import type { ArchitectureOptions } from '../architecture-options.js';
import { publishedNetwork } from './published-network.js';

/** Channels behind each of the twelve blocks; all but the last widen at their first convolution. */
const BLOCKS = [128, 256, ...new Array<number>(9).fill(728), 1024];

/**
 * Xception as in timm's `legacy_xception` (Chollet 2017). 22,855,952 parameters and 8,357,403,496 multiply-adds for 1000 classes
 * at 299×299.
 * @throws OptionError; ModelError for images that are too small
 */
export function xception(options: ArchitectureOptions = {}): tf.LayersModel {
  const published = { name: 'xception', architecture, inputShape: [299, 299, 3] as const };
  return publishedNetwork(published, options, (shapes, { inputShape, scaled, classes }) => {
    const separable = (path: string, bn: string, from: number, to: number) => {
      shapes.depthwise(`${path}.conv1`, from, 3).conv(`${path}.pointwise`, from, to, 1).batchNorm(bn, to);
      return to;
    };
    const [first, second] = [scaled(32), scaled(64)];
    shapes.conv('conv1', inputShape[2], first, 3).batchNorm('bn1', first);
    shapes.conv('conv2', first, second, 3).batchNorm('bn2', second);
    let channels = second;
    BLOCKS.map(scaled).forEach((to, i) => {
      const path = `block${i + 1}`;
      const repeats = i < 3 || i === BLOCKS.length - 1 ? 2 : 3;
      const late = i === BLOCKS.length - 1;
      let at = channels;
      for (let n = 0; n < repeats; n++) {
        const index = 3 * n + (i === 0 ? 0 : 1); // the first block begins without ReLU
        const wide = !late || n === repeats - 1;
        at = separable(`${path}.rep.${index}`, `${path}.rep.${index + 1}`, at, wide ? to : channels);
      }
      if (repeats === 2) shapes.conv(`${path}.skip`, channels, to, 1).batchNorm(`${path}.skipbn`, to);
      channels = to;
    });
    channels = separable('conv3', 'bn3', channels, scaled(1536));
    channels = separable('conv4', 'bn4', channels, scaled(2048));
    shapes.linear('fc', channels, classes);
  });
}

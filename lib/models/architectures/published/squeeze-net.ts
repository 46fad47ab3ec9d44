import type * as tf from '../../../tf.js';
import { squeezeNet as architecture } from '../../formats/torch/architectures/squeeze-net.js';
import type { ArchitectureOptions } from '../architecture-options.js';
import { publishedNetwork } from './published-network.js';

/** How a SqueezeNet is made. */
export interface SqueezeNetOptions extends ArchitectureOptions {
  /** '1.1' pools earlier and computes less than half of '1.0'. Default '1.1'. */
  version?: '1.0' | '1.1';
}

/** [index in `features`, squeezed channels]; each side of a fire module puts out four times as many. */
const FIRES = {
  '1.0': [[3, 16], [4, 16], [5, 32], [7, 32], [8, 48], [9, 48], [10, 64], [12, 64]],
  '1.1': [[3, 16], [4, 16], [6, 32], [7, 32], [9, 48], [10, 48], [11, 64], [12, 64]],
}; // prettier-ignore

/**
 * SqueezeNet as in torchvision (Iandola et al. 2016). 1,235,496 parameters and 349,151,936 multiply-adds ('1.0': 1,248,424 and
 * 818,924,576) for 1000 classes at 224×224.
 * @throws OptionError; ModelError for images that are too small
 */
export function squeezeNet(options: SqueezeNetOptions = {}): tf.LayersModel {
  const { version = '1.1' } = options;
  const published = { name: 'squeezenet', architecture, inputShape: [224, 224, 3] as const };
  return publishedNetwork(published, options, (shapes, { inputShape, scaled, classes }) => {
    let channels = scaled(version === '1.0' ? 96 : 64);
    shapes.conv('features.0', inputShape[2], channels, version === '1.0' ? 7 : 3, { bias: true });
    for (const [index, squeezed] of FIRES[version]) {
      const [narrow, wide] = [scaled(squeezed), scaled(4 * squeezed)];
      const path = `features.${index}`;
      shapes.conv(`${path}.squeeze`, channels, narrow, 1, { bias: true });
      shapes.conv(`${path}.expand1x1`, narrow, wide, 1, { bias: true });
      shapes.conv(`${path}.expand3x3`, narrow, wide, 3, { bias: true });
      channels = 2 * wide;
    }
    shapes.conv('classifier.1', channels, classes, 1, { bias: true });
  });
}

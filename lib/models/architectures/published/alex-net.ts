import type * as tf from '../../../tf.js';
import { alexNet as architecture } from '../../formats/torch/architectures/alex-net.js';
import type { ArchitectureOptions } from '../architecture-options.js';
import { denseHead, type HeadOptions } from './dense-head.js';
import { publishedNetwork } from './published-network.js';

/** [index in `features`, filters, kernel]. */
const CONVOLUTIONS = [[0, 64, 11], [3, 192, 5], [6, 384, 3], [8, 256, 3], [10, 256, 3]] as const; // prettier-ignore

/**
 * AlexNet as in torchvision (Krizhevsky 2014): five convolutions, average pooling to 6×6, dense layers of 4096, 4096 and the
 * classes. 61,100,840 parameters and 714,188,480 multiply-adds for 1000 classes at 224×224.
 * @throws OptionError; ModelError for images below 63×63
 */
export function alexNet(options: ArchitectureOptions & HeadOptions = {}): tf.LayersModel {
  return publishedNetwork({ name: 'alexnet', architecture, inputShape: [224, 224, 3] }, options, (shapes, resolved) => {
    let [, , channels] = resolved.inputShape;
    for (const [index, filters, kernel] of CONVOLUTIONS) {
      shapes.conv(`features.${index}`, channels, resolved.scaled(filters), kernel, { bias: true });
      channels = resolved.scaled(filters);
    }
    denseHead(shapes, resolved, channels, 6, [1, 4, 6], options);
  });
}

import type * as tf from '../../../tf.js';
import { vgg as architecture } from '../../formats/torch/architectures/vgg.js';
import type { ArchitectureOptions } from '../architecture-options.js';
import { denseHead, type HeadOptions } from './dense-head.js';
import { publishedNetwork } from './published-network.js';

/** Filters of the convolutions between two poolings. */
const STAGES = [[64, 64], [128, 128], [256, 256, 256], [512, 512, 512], [512, 512, 512]]; // prettier-ignore

/** How a VGG can differ from the published one. */
export interface VggOptions extends ArchitectureOptions, HeadOptions {
  /** Batch normalisation behind every convolution. Default false. */
  batchNorm?: boolean;
}

/**
 * VGG-16 as in torchvision (Simonyan & Zisserman 2015): thirteen 3×3 convolutions, pooling to 7×7, dense layers of 4096, 4096 and
 * the classes. 138,357,544 parameters (138,365,992 with batch normalisation) and 15,470,264,320 multiply-adds for 1000
 * classes at 224×224.
 * @throws OptionError; ModelError for images below 32×32
 */
export function vgg16(options: VggOptions = {}): tf.LayersModel {
  const { batchNorm = false } = options;
  return publishedNetwork({ name: 'vgg16', architecture, inputShape: [224, 224, 3] }, options, (shapes, resolved) => {
    let [, , channels] = resolved.inputShape;
    let index = 0;
    for (const stage of STAGES) {
      for (const width of stage) {
        const filters = resolved.scaled(width);
        shapes.conv(`features.${index}`, channels, filters, 3, { bias: true });
        if (batchNorm) shapes.batchNorm(`features.${index + 1}`, filters);
        channels = filters;
        index += batchNorm ? 3 : 2;
      }
      index++; // the pooling
    }
    denseHead(shapes, resolved, channels, 7, [0, 3, 6], options);
  });
}

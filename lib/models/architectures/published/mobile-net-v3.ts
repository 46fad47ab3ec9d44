import type * as tf from '../../../tf.js';
import { mobileNetV3 as architecture } from '../../formats/torch/architectures/mobile-net-v3.js';
import type { ArchitectureOptions } from '../architecture-options.js';
import { publishedNetwork } from './published-network.js';

/** [kernel, expanded channels, channels, squeeze-and-excitation]. */
type Block = readonly [kernel: number, wide: number, channels: number, excited: 0 | 1];

const SMALL: readonly Block[] = [
  [3, 16, 16, 1], [3, 72, 24, 0], [3, 88, 24, 0], [5, 96, 40, 1], [5, 240, 40, 1], [5, 240, 40, 1],
  [5, 120, 48, 1], [5, 144, 48, 1], [5, 288, 96, 1], [5, 576, 96, 1], [5, 576, 96, 1],
]; // prettier-ignore
const LARGE: readonly Block[] = [
  [3, 16, 16, 0], [3, 64, 24, 0], [3, 72, 24, 0], [5, 72, 40, 1], [5, 120, 40, 1], [5, 120, 40, 1],
  [3, 240, 80, 0], [3, 200, 80, 0], [3, 184, 80, 0], [3, 184, 80, 0], [3, 480, 112, 1], [3, 672, 112, 1],
  [5, 672, 160, 1], [5, 960, 160, 1], [5, 960, 160, 1],
]; // prettier-ignore

/** To a multiple of 8, at most a tenth below (Howard et al. 2017). */
function divisible(n: number): number {
  const rounded = Math.max(8, Math.floor((n + 4) / 8) * 8);
  return rounded < 0.9 * n ? rounded + 8 : rounded;
}

function build(name: string, blocks: readonly Block[], dense: number, options: ArchitectureOptions): tf.LayersModel {
  const published = { name, architecture, inputShape: [224, 224, 3] as const };
  return publishedNetwork(published, options, (shapes, { inputShape, scaled, classes }) => {
    let channels = scaled(16);
    shapes.conv('features.0.0', inputShape[2], channels, 3).batchNorm('features.0.1', channels);
    blocks.forEach(([kernel, published, width, excited], i) => {
      const path = `features.${i + 1}.block`;
      const wide = scaled(published);
      let at = 0;
      if (i > 0) shapes.conv(`${path}.${at}.0`, channels, wide, 1).batchNorm(`${path}.${at++}.1`, wide);
      shapes.depthwise(`${path}.${at}.0`, wide, kernel).batchNorm(`${path}.${at++}.1`, wide);
      if (excited) {
        const narrow = divisible(wide / 4);
        shapes.conv(`${path}.${at}.fc1`, wide, narrow, 1, { bias: true });
        shapes.conv(`${path}.${at++}.fc2`, narrow, wide, 1, { bias: true });
      }
      channels = scaled(width);
      shapes.conv(`${path}.${at}.0`, wide, channels, 1).batchNorm(`${path}.${at}.1`, channels);
    });
    const last = 6 * channels;
    shapes
      .conv(`features.${blocks.length + 1}.0`, channels, last, 1)
      .batchNorm(`features.${blocks.length + 1}.1`, last);
    shapes.linear('classifier.0', last, scaled(dense)).linear('classifier.3', scaled(dense), classes);
  });
}

/**
 * MobileNetV3-Small as in torchvision (Howard et al. 2019). 2,542,856 parameters and 56,510,400 multiply-adds for 1000 classes at
 * 224×224.
 * @throws OptionError
 */
export const mobileNetV3Small = (options: ArchitectureOptions = {}): tf.LayersModel =>
  build('mobilenet_v3_small', SMALL, 1024, options);

/** MobileNetV3-Large. 5,483,032 parameters and 216,589,760 multiply-adds for 1000 classes at 224×224. @throws OptionError */
export const mobileNetV3Large = (options: ArchitectureOptions = {}): tf.LayersModel =>
  build('mobilenet_v3_large', LARGE, 1280, options);

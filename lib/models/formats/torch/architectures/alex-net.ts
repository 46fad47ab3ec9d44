import { exportAdvice } from '../export-advice.js';
import type { TorchArchitecture } from './architecture.js';
import { denseHead } from './vgg.js';

/** AlexNet under torchvision's names (Krizhevsky 2014), of any widths; strides and paddings are torchvision's. */
export const alexNet: TorchArchitecture = {
  name: 'AlexNet',
  recognises: (net) =>
    net.has('features.0.weight') && net.shape('features.0.weight')[2] === 11 && net.has('features.3.weight'),
  channels: (net) => net.shape('features.0.weight')[1],
  build(net, input) {
    if (net.has('classifier.weight')) {
      net.fail(
        `an AlexNet with one dense layer, as for small images: its padding and pooling cannot be known. ${exportAdvice()}`,
      );
    }
    net.assumed.add('stride 4 and padding 2 in the first convolution, as in torchvision');
    let x = net.relu('features.1', net.conv('features.0', input, { stride: 4, padding: 2 }));
    x = net.maxPool('features.2', x, 3, 2);
    x = net.maxPool('features.5', net.relu('features.4', net.conv('features.3', x)), 3, 2);
    for (const index of net.indices('features.').filter((i) => i >= 6)) {
      x = net.relu(`features.${index + 1}`, net.conv(`features.${index}`, x));
    }
    x = net.maxPool('features.12', x, 3, 2);
    return denseHead(net, x);
  },
};

import type { Placed } from '../../channels-first-layers.js';
import type { TorchNetwork } from '../torch-network.js';
import type { TorchArchitecture } from './architecture.js';

function fire(net: TorchNetwork, path: string, x: Placed): Placed {
  const squeezed = net.relu(`${path}.squeeze_activation`, net.conv(`${path}.squeeze`, x));
  const parts = ['expand1x1', 'expand3x3'].map((name) =>
    net.relu(`${path}.${name}_activation`, net.conv(`${path}.${name}`, squeezed)),
  );
  return net.concat(path, parts);
}

/** SqueezeNet 1.0 and 1.1 under torchvision's names (Iandola et al. 2016): a missing number between two modules is a max pooling. */
export const squeezeNet: TorchArchitecture = {
  name: 'SqueezeNet',
  recognises: (net) =>
    net.has('features.0.weight') && net.has('features.3.squeeze.weight') && net.has('classifier.1.weight'),
  channels: (net) => net.shape('features.0.weight')[1],
  build(net, input) {
    const indices = net.indices('features.');
    let x = net.relu('features.1', net.conv('features.0', input, { stride: 2, padding: 0 }));
    x = net.maxPool('features.2', x, 3, 2, 0, true);
    indices.slice(1).forEach((index, n) => {
      if (n > 0 && index !== indices[n] + 1) x = net.maxPool(`features.${index - 1}`, x, 3, 2, 0, true);
      x = fire(net, `features.${index}`, x);
    });
    return net.globalPool(net.relu('classifier.2', net.conv('classifier.1', x)), 'classifier.3');
  },
};

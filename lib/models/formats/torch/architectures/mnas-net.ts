import type { Placed } from '../../channels-first-layers.js';
import type { TorchNetwork } from '../torch-network.js';
import type { TorchArchitecture } from './architecture.js';

/** Strides of the six stacks. */
const STRIDES = [2, 2, 2, 1, 2, 1];

function invertedResidual(net: TorchNetwork, path: string, x: Placed, stride: number): Placed {
  let y = net.convBn(`${path}.layers.0`, `${path}.layers.1`, x);
  y = net.convBn(`${path}.layers.3`, `${path}.layers.4`, y, { stride });
  y = net.convBn(`${path}.layers.6`, `${path}.layers.7`, y, { activation: null });
  return stride === 1 && y.shape[2] === x.shape[2] ? net.add(`${path}.add`, [x, y]) : y;
}

/** MnasNet under torchvision's names (Tan et al. 2019), of any width. */
export const mnasNet: TorchArchitecture = {
  name: 'MnasNet',
  recognises: (net) =>
    net.has('layers.0.weight') && net.has('layers.8.0.layers.0.weight') && net.has('classifier.1.weight'),
  channels: (net) => net.shape('layers.0.weight')[1],
  build(net, input) {
    let x = net.convBn('layers.0', 'layers.1', input, { stride: 2 });
    x = net.convBn('layers.3', 'layers.4', x);
    x = net.convBn('layers.6', 'layers.7', x, { activation: null });
    STRIDES.forEach((stride, stack) => {
      for (const index of net.indices(`layers.${8 + stack}.`)) {
        x = invertedResidual(net, `layers.${8 + stack}.${index}`, x, index === 0 ? stride : 1);
      }
    });
    net.assumed.add(`strides ${STRIDES.join(', ')} of the stacks, as published`);
    return net.linear('classifier.1', net.globalPool(net.convBn('layers.14', 'layers.15', x)));
  },
};

import type { Placed } from '../../channels-first-layers.js';
import type { TorchNetwork } from '../torch-network.js';
import type { TorchArchitecture } from './architecture.js';

function block(net: TorchNetwork, path: string, x: Placed, stride: number): Placed {
  const first = net.relu(`${path}.relu1`, net.batchNorm(`${path}.bn1`, x));
  let y = net.conv(`${path}.conv1`, first, { stride });
  y = net.conv(`${path}.conv2`, net.relu(`${path}.relu2`, net.batchNorm(`${path}.bn2`, y)));
  // Where the width changes the shortcut starts behind the activation.
  const skip = net.has(`${path}.convShortcut.weight`) ? net.conv(`${path}.convShortcut`, first, { stride }) : x;
  return net.add(`${path}.add`, [y, skip]);
}

/** Wide ResNets for CIFAR (Zagoruyko & Komodakis 2016) under the names of the common PyTorch code (`block1.layer.0.conv1`). */
export const wideResNet: TorchArchitecture = {
  name: 'WideResNet',
  recognises: (net) => net.has('conv1.weight') && net.has('block1.layer.0.conv1.weight'),
  channels: (net) => net.shape('conv1.weight')[1],
  build(net, input) {
    let x = net.conv('conv1', input);
    for (const stage of [1, 2, 3]) {
      for (const index of net.indices(`block${stage}.layer.`)) {
        x = block(net, `block${stage}.layer.${index}`, x, stage > 1 && index === 0 ? 2 : 1);
      }
    }
    net.assumed.add('strides of 2 from the second stage on');
    return net.linear('fc', net.globalPool(net.relu('relu', net.batchNorm('bn1', x))));
  },
};

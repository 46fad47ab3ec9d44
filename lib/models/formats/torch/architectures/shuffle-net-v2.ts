import type { Placed } from '../../channels-first-layers.js';
import type { TorchNetwork } from '../torch-network.js';
import type { TorchArchitecture } from './architecture.js';

function branch2(net: TorchNetwork, path: string, x: Placed, stride: number): Placed {
  let y = net.convBn(`${path}.0`, `${path}.1`, x);
  y = net.convBn(`${path}.3`, `${path}.4`, y, { stride, activation: null });
  return net.convBn(`${path}.5`, `${path}.6`, y);
}

function unit(net: TorchNetwork, path: string, x: Placed): Placed {
  const first = net.has(`${path}.branch1.0.weight`);
  const half = x.shape[2]! / 2;
  const run = (from: number) => Array.from({ length: half }, (_, i) => from + i);
  let left: Placed;
  let right = x;
  if (first) {
    left = net.convBn(`${path}.branch1.0`, `${path}.branch1.1`, x, { stride: 2, activation: null });
    left = net.convBn(`${path}.branch1.2`, `${path}.branch1.3`, left);
  } else {
    left = net.layers.channels(`${path}.left`, x, run(0));
    right = net.layers.channels(`${path}.right`, x, run(half));
  }
  const both = net.concat(`${path}.concat`, [left, branch2(net, `${path}.branch2`, right, first ? 2 : 1)]);
  return net.layers.add(`${path}.shuffle`, 'ChannelShuffle', { groups: 2 }, [both.layer], both.shape);
}

/** ShuffleNetV2 under torchvision's names (Ma et al. 2018), of any width and depth. */
export const shuffleNetV2: TorchArchitecture = {
  name: 'ShuffleNetV2',
  recognises: (net) => net.has('conv1.0.weight') && net.has('stage2.0.branch2.0.weight') && net.has('conv5.0.weight'),
  channels: (net) => net.shape('conv1.0.weight')[1],
  build(net, input) {
    let x = net.maxPool('maxpool', net.convBn('conv1.0', 'conv1.1', input, { stride: 2 }), 3, 2, 1);
    for (const stage of [2, 3, 4]) {
      for (const index of net.indices(`stage${stage}.`)) x = unit(net, `stage${stage}.${index}`, x);
    }
    return net.linear('fc', net.globalPool(net.convBn('conv5.0', 'conv5.1', x)));
  },
};

import type { Placed } from '../../channels-first-layers.js';
import type { TorchNetwork } from '../torch-network.js';
import type { TorchArchitecture } from './architecture.js';

/** A depthwise convolution, one of 1×1, and batch normalisation. */
const separable = (net: TorchNetwork, path: string, bn: string, x: Placed): Placed =>
  net.batchNorm(bn, net.conv(`${path}.pointwise`, net.conv(`${path}.conv1`, x)));

function block(net: TorchNetwork, path: string, x: Placed): Placed {
  const shrinks = net.has(`${path}.skip.weight`);
  const convs = net.indices(`${path}.rep.`).filter((i) => net.has(`${path}.rep.${i}.pointwise.weight`));
  let y = x;
  for (const i of convs) {
    if (i > 0) y = net.relu(`${path}.rep.${i - 1}`, y);
    y = separable(net, `${path}.rep.${i}`, `${path}.rep.${i + 1}`, y);
  }
  if (!shrinks) return net.add(`${path}.add`, [y, x]);
  y = net.maxPool(`${path}.rep.${convs[convs.length - 1] + 2}`, y, 3, 2, 1);
  const skip = net.batchNorm(`${path}.skipbn`, net.conv(`${path}.skip`, x, { stride: 2 }));
  return net.add(`${path}.add`, [y, skip]);
}

/** Xception (Chollet 2017) under the names of timm's `legacy_xception`, which other code has too; `last_linear` is its old `fc`. */
export const xception: TorchArchitecture = {
  name: 'Xception',
  recognises: (net) => net.has('conv1.weight') && net.has('block1.rep.0.conv1.weight') && net.has('conv4.conv1.weight'),
  channels: (net) => net.shape('conv1.weight')[1],
  build(net, input) {
    let x = net.convBn('conv1', 'bn1', input, { stride: 2, padding: 0 });
    x = net.convBn('conv2', 'bn2', x, { padding: 0 });
    for (let i = 1; net.indices(`block${i}.rep.`).length > 0; i++) x = block(net, `block${i}`, x);
    x = net.relu('act3', separable(net, 'conv3', 'bn3', x));
    x = net.relu('act4', separable(net, 'conv4', 'bn4', x));
    return net.linear(net.has('fc.weight') ? 'fc' : 'last_linear', net.globalPool(x));
  },
};

import type { Placed } from '../../channels-first-layers.js';
import type { TorchNetwork } from '../torch-network.js';
import type { TorchArchitecture } from './architecture.js';
import { squeezeExcite } from './efficient-net.js';

function block(net: TorchNetwork, path: string, x: Placed, stride: number): Placed {
  let y = net.convBn(`${path}.f.a.0`, `${path}.f.a.1`, x);
  y = net.convBn(`${path}.f.b.0`, `${path}.f.b.1`, y, { stride });
  if (net.has(`${path}.f.se.fc1.weight`)) y = squeezeExcite(net, `${path}.f.se`, y, 'relu', 'sigmoid');
  y = net.convBn(`${path}.f.c.0`, `${path}.f.c.1`, y, { activation: null });
  const skip = net.has(`${path}.proj.0.weight`)
    ? net.convBn(`${path}.proj.0`, `${path}.proj.1`, x, { stride, activation: null })
    : x;
  return net.relu(`${path}.activation`, net.add(`${path}.add`, [skip, y]));
}

/** RegNet X and Y under torchvision's names (Radosavovic et al. 2020). */
export const regNet: TorchArchitecture = {
  name: 'RegNet',
  recognises: (net) => net.has('stem.0.weight') && net.has('trunk_output.block1.block1-0.f.a.0.weight'),
  channels: (net) => net.shape('stem.0.weight')[1],
  build(net, input) {
    let x = net.convBn('stem.0', 'stem.1', input, { stride: 2 });
    for (let stage = 1; net.has(`trunk_output.block${stage}.block${stage}-0.f.a.0.weight`); stage++) {
      for (let i = 0; net.has(`trunk_output.block${stage}.block${stage}-${i}.f.a.0.weight`); i++) {
        x = block(net, `trunk_output.block${stage}.block${stage}-${i}`, x, i === 0 ? 2 : 1);
      }
    }
    return net.linear('fc', net.globalPool(x));
  },
};
